# Everybody at once: readers and writers of every file while directories vanish
# and the state toggles.  Nothing is expected of the single writes; the kernel log
# and a sane module at the end are the test.
. /guest/lib.sh
load || exit

SECONDS_EACH=${HAMMER_SECONDS:-5}

start_workload <<'END'
map 32M
hot 0 8M 5
END

# for_a_while COMMAND: again and again until the end
for_a_while() {
	while [ ! -e /tmp/stop ]; do "$@"; done >/dev/null 2>&1 &
	JOBS="$JOBS $!"
}

read_all() { find $K -type f -exec cat {} +; }
resize() { for n in 0 1 5 2; do wr $1 $n; done; }
prepare() {
	wr $K/nr_kdamonds 2
	wr $D/contexts/nr_contexts 1
	wr $C/targets/nr_targets 1
	wr $C/targets/0/pid_target $W_PID
	wr $C/schemes/nr_schemes 1
	wr $S/access_pattern/sz/max $ULONG_MAX
	wr $S/access_pattern/nr_accesses/max $ULONG_MAX
	wr $S/access_pattern/age/max $ULONG_MAX
}
toggle() { prepare; wr $D/state on; sleep 0.2; wr $D/state off; }
command() { for c in commit update_schemes_stats update_schemes_tried_regions clear_schemes_tried_regions; do wr $D/state $c; done; }
garbage() { for f in $(find $K -type f); do [ -e /tmp/stop ] || wr $f '%s%n'; done; }

# hammer COMMAND...: each of them in a loop of its own
hammer() {
	rm -f /tmp/stop
	JOBS=''
	for c in "$@"; do for_a_while $c; done
	sleep $SECONDS_EACH
	touch /tmp/stop
	for j in $JOBS; do
		within 60 [ ! -d /proc/$j ] || { wrong "process $j ($c) hangs: $(cat /proc/$j/stack)"; kill -9 $j; }
	done
}

works() {
	one_kdamond $W_PID
	wr_ok $D/state on
	snapshot
	[ -d $S/tried_regions/0 ] || wrong "no regions afterwards"
	wr_ok $D/state off
}

it "hammer: readers while schemes and targets come and go"
one_kdamond $W_PID
wr_ok $D/state on
shrink() { resize $C/schemes/nr_schemes; resize $C/targets/nr_targets; }
hammer read_all read_all shrink command
works

it "hammer: the state toggles while others write"
hammer toggle command read_all garbage
works

it "hammer: kdamonds come and go"
kdamond_resize() { resize $K/nr_kdamonds; }
hammer kdamond_resize toggle read_all
works

it "hammer: unload while others read"
one_kdamond $W_PID
wr_ok $D/state on
rm -f /tmp/stop
JOBS=''
for_a_while read_all
for_a_while read_all
sleep 1
unload
touch /tmp/stop
stop_workload $W_PID
finish
