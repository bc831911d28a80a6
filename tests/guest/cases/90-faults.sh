# Memory is refused at random while the tree is built, started and committed: every
# write may fail, none may do harm.
. /guest/lib.sh
can_fail || exit 0
load || exit

ROUNDS=${FAULT_ROUNDS:-12}
# Of the allocations of a command, every so many-th fails, one at a time.  1 takes long.
STEP=${FAULT_STEP:-7}

start_workload <<'END'
map 32M
hot 0 8M 5
END

# hit COMMAND...: run by a process whose allocations fail.  The mark is inherited,
# and a command that cannot even start is one more way to fail.
hit() { (echo 1 >/proc/self/make-it-fail; exec "$@") >/dev/null 2>&1; }

ALL_SCHEMES='stat filter reject anon; stat filter reject addr 1M..2M; pageout size 15E.. quota 10ms/1s 1M/1s goal psi 1ms'

# session OPERATIONS: the writes of a whole one, and the kdamond is hit too
session() {
	hit wr $K/nr_kdamonds 1
	hit wr $D/contexts/nr_contexts 1
	hit wr $C/operations $1
	hit wr $C/targets/nr_targets 2
	hit wr $C/targets/nr_targets 1
	hit wr $C/targets/0/pid_target $W_PID
	hit wr $C/targets/0/regions/nr_regions 2
	hit wr $C/targets/0/regions/nr_regions 1
	hit wr $C/targets/0/regions/0/end $((1 << 30))
	[ $1 = paddr ] || hit wr $C/targets/0/regions/nr_regions 0
	hit wr $C/schemes/nr_schemes 2
	hit wr $D/state on
	is_on && echo 1 >/proc/$(kdamond_pid)/make-it-fail
	hit wr $D/state commit
	hit wr $D/state update_schemes_tried_regions
	hit wr $C/schemes/text "$ALL_SCHEMES"
	hit wr $D/state commit
	hit wr $D/state update_schemes_tried_regions
	hit wr $D/state update_schemes_stats
	hit cat $D/snapshot
	hit wr $D/state off
	wr $D/state off >/dev/null
}

it "faults: sessions with failing allocations"
for p in 2 10 30; do
	failures $p
	n=0
	while [ $n -lt $((ROUNDS / 6)) ]; do
		session vaddr 2>/dev/null
		session paddr 2>/dev/null
		n=$((n + 1))
	done
done
failures 0

# --- one allocation after the other --------------------------------------------------------------

# two configurations, told apart by their intervals, numbers of targets (of vaddr) and schemes
stage_A() {
	intervals 5000 50000 1000000
	[ $OPERATIONS = paddr ] || target $W_PID
	wr_ok $C/schemes/text "stat; stat filter reject anon; stat"
}
stage_B() {
	intervals 8000 40000 1000000
	if [ $OPERATIONS = vaddr ]; then
		wr_ok $C/targets/nr_targets 2
		wr_ok $C/targets/0/pid_target $W_PID
		wr_ok $C/targets/1/pid_target $$
	fi
	wr_ok $C/schemes/text "stat size 15E..; $ALL_SCHEMES"
}

# runs CONFIGURATION: it, and nothing of the other
runs() {
	head -n 1 $D/snapshot >/tmp/snapshot
	_wanted='targets 1 .* sample_us 5000 aggr_us 50000'
	if [ $1 = B ]; then
		_wanted='targets 2 .* sample_us 8000 aggr_us 40000'
		[ $OPERATIONS = vaddr ] || _wanted='targets 1 .* sample_us 8000 aggr_us 40000'
	fi
	grep -q "$_wanted" /tmp/snapshot || wrong "allocation $n: not $1 runs, but $(cat /tmp/snapshot)"
	wr_ok $D/state update_schemes_tried_bytes
	read -r _bytes <$S/tried_regions/total_bytes
	case $1 in
	A) [ "$_bytes" -gt 0 ] ;;
	B) [ "$_bytes" = 0 ] ;;
	esac || wrong "allocation $n: the schemes are not those of $1"
}

# Each of these leaves what came of it in _result.
# start_failing: the n-th allocation of a start
start_failing() {
	_result=$(wr -f $n $D/state on)
	case $_result in
	OK*)
		is_on || wrong "allocation $n: $_result, but it is off"
		wr $D/state off >/dev/null
		;;
	ENOMEM) is_off || wrong "allocation $n: $_result, but it is on" ;;
	*) wrong "allocation $n: on gave $_result" ;;
	esac
}

# stage_other: than what runs
stage_other() {
	OTHER=B
	[ $RUNNING = A ] || OTHER=A
	stage_$OTHER
}

# commit_failing WHO: the n-th allocation of a commit, by its writer or by the kdamond
commit_failing() {
	if [ $1 = kdamond ]; then
		_pid=$(kdamond_pid)
		echo $n >/proc/$_pid/fail-nth
		_got=$(wr $D/state commit)
		read -r _left </proc/$_pid/fail-nth
		echo 0 >/proc/$_pid/fail-nth
		[ "$_left" = 0 ] || _got="$_got beyond"
	else
		_got=$(wr -f $n $D/state commit)
	fi
	_result=$_got
	case $_result in
	OK*)
		RUNNING=$OTHER
		stage_other
		;;
	ENOMEM) ;;
	*) wrong "allocation $n: commit gave $_result" ;;
	esac
	is_on || wrong "allocation $n: commit gave $_result, and it is off"
	runs $RUNNING
}

# each_allocation COMMAND...: until there are no more
each_allocation() {
	n=1
	while :; do
		"$@"
		echo "guest: $OPERATIONS: $*: allocation $n: $_result" >/dev/kmsg
		case $_result in *beyond) break ;; esac
		[ -z "$WRONG" ] || return
		n=$((n + STEP))
		[ $n -lt 400 ] || { wrong "$*: still failing at allocation $n"; return; }
	done
	data "$OPERATIONS: $*: $n"
	[ $n -gt 1 ] || [ "$2" = kdamond ] || wrong "$*: nothing failed"
}

# Here only writes are hit, so single pages may be refused, too.
echo 0 >/sys/kernel/debug/fail_page_alloc/min-order
for OPERATIONS in vaddr paddr; do
	it "faults: $OPERATIONS: a start that gets no memory leaves it off"
	one_kdamond $W_PID
	if [ $OPERATIONS = paddr ]; then
		wr_ok $C/operations paddr
		wr_ok $C/targets/0/regions/nr_regions 1
		wr_ok $C/targets/0/regions/0/end $((1 << 30))
	fi
	stage_A
	each_allocation start_failing

	it "faults: $OPERATIONS: a commit that gets no memory changes nothing"
	RUNNING=A
	wr_ok $D/state on
	stage_other
	each_allocation commit_failing writer
	each_allocation commit_failing kdamond
	wr_ok $D/state off
done

echo 1 >/sys/kernel/debug/fail_page_alloc/min-order

it "faults: all is well afterwards"
one_kdamond $W_PID
wr_ok $D/state on
snapshot
[ -d $S/tried_regions/0 ] || wrong "no regions"
wr_ok $D/state off
unload

it "faults: loading with failing allocations"
if [ "${DAMON_IN_TREE-0}" = 0 ]; then
	# Only below the module's init function: the kernel's own part of loading warns
	# when it gets no memory.
	sort /proc/kallsyms | awk 'found && $1 != start { print start, $1; exit }
		$3 == "do_one_initcall" { found = 1; start = $1 }' >/tmp/range
	read -r start end </tmp/range
	for f in failslab fail_page_alloc; do
		echo 0x$start >/sys/kernel/debug/$f/require-start
		echo 0x$end >/sys/kernel/debug/$f/require-end
	done
	failures 3
	n=0
	while [ $n -lt 15 ]; do
		hit insmod /damon.ko
		[ ! -d /sys/module/damon ] || rmmod damon || wrong "rmmod failed"
		[ ! -e $ROOT ] || wrong "$ROOT is there without the module"
		n=$((n + 1))
	done
	failures 0
	load && unload
fi
stop_workload $W_PID
finish
