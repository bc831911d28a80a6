# Quotas, what their goals measure, and watermarks: on a system whose state is known.
. /guest/lib.sh
load || exit
swap_on

MIB=1048576
NODE=/sys/devices/system/node/node0/meminfo

# of the node, in KiB
node_kib() { awk -v f="$1:" '$3 == f { print $4 }' $NODE; }
meminfo() { awk -v f="$1:" '$1 == f { print $2 }' /proc/meminfo; }
kdamond_ns() { cut -d' ' -f1 "/proc/$(kdamond_pid)/schedstat"; }

# ACTION given to exactly the map
act() {
	one_kdamond $W_PID
	wr_ok $C/operations fvaddr
	wr_ok $C/targets/0/regions/nr_regions 1
	wr_ok $C/targets/0/regions/0/start $W_MAP_START
	wr_ok $C/targets/0/regions/0/end $W_MAP_END
	intervals 100000 200000 10000000
	wr_ok $S/action "$1"
}

effective() {
	wr_ok $D/state update_schemes_effective_quotas
	cat $S/quotas/effective_bytes
}
effective_is() { got=$(effective); [ "$got" = "$1" ]; }
# effective_becomes BYTES WHEN
effective_becomes() { within 20 effective_is "$1" || wrong "$2: the effective quota is $got, expected $1"; }

stat_of() {
	wr_ok $D/state update_schemes_stats
	cat "$S/stats/$1"
}
counts_to() { [ "$(stat_of "$1")" -ge "$2" ]; }

start_workload <<'END'
map 128M
END

it "quota: no more bytes than allowed in a window"
act cold
wr_ok $S/quotas/bytes $((4 * MIB))
wr_ok $S/quotas/reset_interval_ms 1000
uptime_s
began=$NOW
wr_ok $D/state on
effective_becomes $((4 * MIB)) 'bytes'
within 60 counts_to qt_exceeds 3 || wrong "qt_exceeds is $(stat_of qt_exceeds)"
tried=$(stat_of sz_tried)
uptime_s
most=$(((NOW - began + 2) * 4 * MIB))
[ "$tried" -le $most ] || wrong "$tried bytes tried in $((NOW - began)) s"
[ "$tried" -ge $((12 * MIB)) ] || wrong "only $tried bytes tried"
wr_ok $D/state off

it "quota: no more time than allowed"
act stat
wr_ok $D/state on
sleep 1
idle=$(kdamond_ns)
sleep 10
idle=$(($(kdamond_ns) - idle))
wr_ok $D/state off
act cold
wr_ok $S/quotas/ms 20
wr_ok $S/quotas/reset_interval_ms 1000
wr_ok $D/state on
within 60 counts_to qt_exceeds 3 || wrong "there is not enough work: qt_exceeds is $(stat_of qt_exceeds)"
spent=$(kdamond_ns)
sleep 10
spent=$(($(kdamond_ns) - spent))
used=$(((spent - idle) / 10000000))
data "time quota of 20 ms a second: used $used, of $((spent / 10000000)) in all"
# the emulator's own pauses count, too
[ $used -le $((20 + 10 * PATIENCE)) ] || wrong "$used ms a second were used of 20"
[ $used -ge 12 ] || wrong "only $used ms a second were used of 20"
wr_ok $D/state off

# A temporal goal that is met leaves nothing of the quota, one that is not leaves all.
temporal_goal() {
	wr_ok $S/quotas/bytes $((8 * MIB))
	wr_ok $S/quotas/reset_interval_ms 100
	wr_ok $S/quotas/goal_tuner temporal
	wr_ok $S/quotas/goals/nr_goals 1
	G=$S/quotas/goals/0
}

# measures METRIC VALUE: within a tenth
measures() {
	wr_ok $G/target_metric "$1"
	wr_ok $G/target_value $(($2 * 11 / 10 + 1))
	wr_ok $D/state commit_schemes_quota_goals
	effective_becomes $((8 * MIB)) "$1 of $2, more wanted"
	wr_ok $G/target_value $(($2 * 9 / 10))
	wr_ok $D/state commit_schemes_quota_goals
	effective_becomes 0 "$1 of $2, less wanted"
}

it "goals: what the user says"
act stat
temporal_goal
wr_ok $G/target_value 100
wr_ok $G/current_value 99
wr_ok $D/state on
effective_becomes $((8 * MIB)) 'user_input'
measures user_input 99

it "goals: a node's memory"
total=$(node_kib MemTotal)
free=$(node_kib MemFree)
measures node_mem_used_bp $(((total - free) * 10000 / total))
measures node_mem_free_bp $((free * 10000 / total))
# nothing of a node that is not there is used
wr_ok $G/nid 63
wr_ok $G/target_value 1
wr_ok $G/target_metric node_mem_used_bp
wr_ok $D/state commit_schemes_quota_goals
effective_becomes $((8 * MIB)) 'no such node'
wr_ok $G/nid 0

it "goals: active memory"
active=$(meminfo Active)
inactive=$(meminfo Inactive)
measures active_mem_bp $((active * 10000 / (active + inactive)))
# hardly anything may be inactive, and then there is no less to want
inactive=$((inactive * 10000 / (active + inactive)))
[ $inactive -lt 200 ] || measures inactive_mem_bp $inactive

it "goals: a cgroup's memory on a node"
mkdir -p /tmp/cgroup
mount -t cgroup2 cgroup2 /tmp/cgroup || wrong "no cgroup2"
echo +memory >/tmp/cgroup/cgroup.subtree_control
mkdir -p /tmp/cgroup/outer/inner
echo +memory >/tmp/cgroup/outer/cgroup.subtree_control
wr_ok $G/target_metric node_memcg_used_bp
wr_ok $G/target_value 1
wr_ok $G/path /nowhere
wr_fails EINVAL $D/state commit_schemes_quota_goals
echo $$ >/tmp/cgroup/outer/inner/cgroup.procs
first=$W_PID
start_workload <<'END'
map 64M
END
echo $$ >/tmp/cgroup/cgroup.procs
# lru_kib CGROUP: on its lists of node 0
lru_kib() {
	sed -n 's/^\(in\)*active_\(anon\|file\) N0=\([0-9]*\).*/\3/p' "/tmp/cgroup/$1/memory.numa_stat" |
		awk '{ sum += $1 } END { printf "%d\n", sum / 1024 }'
}
has=$(lru_kib outer/inner)
[ "$has" -ge 60000 ] || wrong "the cgroup has only $has KiB"
wr_ok $G/path /outer
measures node_memcg_used_bp $((has * 10000 / total))
wr_ok $G/path /outer/inner
measures node_memcg_used_bp $((has * 10000 / total))
measures node_memcg_free_bp $(((total - has) * 10000 / total))

it "goals: stalls for want of memory"
wr_ok $S/quotas/reset_interval_ms 0
wr_ok $G/target_metric some_mem_psi_us
wr_ok $G/target_value 1
wr_ok $D/state commit
sleep 5
effective_becomes $((8 * MIB)) 'no stalls'
# longer than a look at the file takes
wr_ok $S/quotas/reset_interval_ms 1000
wr_ok $D/state commit
reclaim() {
	echo 4M >/tmp/cgroup/outer/memory.reclaim 2>/dev/null
	effective_is 0
}
within 30 reclaim || wrong "stalls go unnoticed: $(head -1 /proc/pressure/memory)"
kill $W_PID
wait $W_PID 2>/dev/null
# what is dead has nothing
wr_ok $S/quotas/reset_interval_ms 100
wr_ok $G/target_metric node_memcg_used_bp
wr_ok $G/target_value 1
wr_ok $D/state commit
effective_becomes $((8 * MIB)) 'an empty cgroup'
W_PID=$first
rmdir /tmp/cgroup/outer/inner /tmp/cgroup/outer || wrong "the cgroup is busy"
sleep 1
effective_becomes $((8 * MIB)) 'a removed cgroup'
wr_ok $D/state off

it "goals: where memory is that a scheme looks for"
ram=$(awk -F'[- ]' '/ : System RAM$/ { print $1, $2 }' /proc/iomem | tail -n 1)
kdamonds 1
wr_ok $C/operations paddr
intervals 100000 200000 10000000
wr_ok $C/targets/nr_targets 1
wr_ok $C/targets/0/regions/nr_regions 1
wr_ok $C/targets/0/regions/0/start $((0x${ram% *}))
wr_ok $C/targets/0/regions/0/end $((0x${ram#* }))
wr_ok $C/schemes/nr_schemes 1
scheme $S stat
temporal_goal
wr_ok $G/target_metric node_eligible_mem_bp
wr_ok $G/target_value 1
wr_ok $D/state on
measures node_eligible_mem_bp 10000
wr_ok $G/nid 63
wr_ok $G/target_value 1
wr_ok $D/state commit_schemes_quota_goals
effective_becomes $((8 * MIB)) 'no such node'
wr_ok $D/state off

it "watermarks: a scheme works only between them"
# marks HIGH MID LOW
marks() {
	wr_ok $S/watermarks/high "$1"
	wr_ok $S/watermarks/mid "$2"
	wr_ok $S/watermarks/low "$3"
}
permil=$(($(meminfo MemFree) * 1000 / $(meminfo MemTotal)))
act stat
wr_ok $S/watermarks/metric free_mem_rate
wr_ok $S/watermarks/interval_us 500000
marks $((permil - 100)) $((permil - 150)) 0
wr_ok $D/state on
sleep 2
same 'snapshots above the high mark' 0 "$(stat_of nr_snapshots)"
wr_fails ECANCELED $D/state update_schemes_tried_regions
cpu=$(kdamond_ns)
sleep 2
cpu=$(($(kdamond_ns) - cpu))
[ $cpu -le 100000000 ] || wrong "it sleeps, and took $cpu ns"

marks $((permil + 200)) $((permil + 100)) 0
wr_ok $D/state commit
within 20 counts_to nr_snapshots 3 || wrong "inactive below the middle: $(stat_of nr_snapshots)"

marks 1000 1000 $((permil + 100))
wr_ok $D/state commit
sleep 1
snapshots=$(stat_of nr_snapshots)
sleep 2
same 'snapshots below the low mark' "$snapshots" "$(stat_of nr_snapshots)"
wr_ok $D/state off
stop_workload $W_PID
umount /tmp/cgroup

it "quota: nothing is left behind"
unload
swapoff /dev/zram0 || wrong "swapoff failed"
echo 1 >/sys/block/zram0/reset

finish
