# Memory is refused at random while the tree is built, started and committed: every
# write may fail, none may do harm.
. /guest/lib.sh
[ -d /sys/kernel/debug/failslab ] || exit 0
load || exit

ROUNDS=${FAULT_ROUNDS:-60}

start_workload <<'END'
map 32M
hot 0 8M 5
END

# Only processes that ask for it are hit; not their page faults.
for f in failslab fail_page_alloc; do
	f=/sys/kernel/debug/$f
	echo Y >$f/task-filter
	echo -1 >$f/times
	echo 0 >$f/verbose
	echo 1 >$f/interval
	echo N >$f/ignore-gfp-wait
done
probability() {
	echo $1 >/sys/kernel/debug/failslab/probability
	echo $1 >/sys/kernel/debug/fail_page_alloc/probability
}

# hit COMMAND...: run by a process whose allocations fail.  The mark is inherited,
# and a command that cannot even start is one more way to fail.
hit() { (echo 1 >/proc/self/make-it-fail; exec "$@") >/dev/null 2>&1; }

# the writes of a whole session, and the kdamond is hit too
session() {
	hit wr $K/nr_kdamonds 1
	hit wr $D/contexts/nr_contexts 1
	hit wr $C/targets/nr_targets 2
	hit wr $C/targets/nr_targets 1
	hit wr $C/targets/0/pid_target $W_PID
	hit wr $C/targets/0/regions/nr_regions 2
	hit wr $C/targets/0/regions/nr_regions 0
	hit wr $C/schemes/nr_schemes 2
	hit wr $D/state on
	is_on && echo 1 >/proc/$(kdamond_pid)/make-it-fail
	hit wr $D/state commit
	hit wr $D/state update_schemes_tried_regions
	hit wr $C/schemes/nr_schemes 3
	hit wr $D/state commit
	hit wr $D/state update_schemes_stats
	hit wr $D/state off
	wr $D/state off >/dev/null
}

it "faults: sessions with failing allocations"
for p in 2 10 30; do
	probability $p
	n=0
	while [ $n -lt $((ROUNDS / 3)) ]; do
		session 2>/dev/null
		n=$((n + 1))
	done
done
probability 0

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
	probability 3
	n=0
	while [ $n -lt 15 ]; do
		hit insmod /damon.ko
		[ ! -d /sys/module/damon ] || rmmod damon || wrong "rmmod failed"
		[ ! -e $ROOT ] || wrong "$ROOT is there without the module"
		n=$((n + 1))
	done
	probability 0
	load && unload
fi
stop_workload $W_PID
finish
