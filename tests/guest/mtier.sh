# The sample mtier in a guest of two nodes: cold memory leaves the fast one, hot memory comes there.
# shellcheck shell=dash disable=SC1091,SC2086
. /guest/lib.sh
load || exit
[ ! -e /proc/sys/kernel/numa_balancing ] || echo 0 >/proc/sys/kernel/numa_balancing

# on_node PID NODE: MiB of its largest mapping's kind, anonymous memory, that are there
on_node() {
	awk -v node="N$2" '
	/ anon=/ { for (i = 3; i <= NF; i++) { split($i, f, "="); if (f[1] == node) sum += f[2] } }
	END { printf "%d\n", sum / 256 }' "/proc/$1/numa_maps"
}
moved() { cat /sys/module/mtier/parameters/$1; }

it "mtier: two tiers"
start_workload <<'END'
map 400M
node 0
END
cold=$W_PID
start_workload <<'END'
map 56M
node 1
hot 0 48M 5
END
hot=$W_PID
before=$(on_node $hot 1)
[ $before -ge 48 ] || wrong "the hot process has only $before MiB on the slow node to begin with"
at_first=$(on_node $cold 0)

insmod /mtier.ko used=80 || wrong "insmod failed"
promoted() { [ "$(on_node $hot 0)" -ge 40 ]; }
within 90 promoted || wrong "the hot process has $(on_node $hot 0) MiB on the fast node, $(on_node $hot 1) on the slow"
[ "$(on_node $cold 0)" -le $((at_first - 32)) ] ||
	wrong "the cold process had $at_first MiB on the fast node and has $(on_node $cold 0)"
[ "$(moved promoted)" -ge $(((before - 16) * 1048576)) ] || wrong "promoted is $(moved promoted)"
[ "$(moved demoted)" -ge 33554432 ] || wrong "demoted is $(moved demoted)"
data "mtier: hot $before MiB on node 1, now $(on_node $hot 1); cold $at_first MiB on node 0, now $(on_node $cold 0)"
verify
rmmod mtier || wrong "rmmod failed"
stop_workload $hot
stop_workload $cold

unload
finish
