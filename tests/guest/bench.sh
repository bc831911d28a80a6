# Instructions that a kdamond spends, counted by its CPU time: under --icount one
# nanosecond of guest time is one instruction.  Where the kernel has its own DAMON,
# that one is measured too, with the same workload in the same boot.
# shellcheck shell=dash disable=SC1091,SC2086
. /guest/lib.sh

SECONDS_EACH=${BENCH_SECONDS:-10}

cpu() { cut -d' ' -f1 "/proc/$1/schedstat"; }
# Every tick ends with a sleep.
sleeps() { awk '/^voluntary/ { print $2 }' "/proc/$1/status"; }
now_ms() { awk '{ printf "%d\n", $1 * 1000 }' /proc/uptime; }

# measure WHO REGIONS: with min = max = REGIONS, 5 ms / 100 ms
measure() {
	kdamonds 1
	intervals 5000 100000 60000000
	wr_ok $C/monitoring_attrs/nr_regions/min $2
	wr_ok $C/monitoring_attrs/nr_regions/max $2
	target $W_PID
	wr_ok $C/schemes/nr_schemes 1
	scheme $S stat
	wr_ok $D/state on
	sleep 3	# until the regions are split and the caches filled
	pid=$(kdamond_pid)
	cpu0=$(cpu $pid) sleeps0=$(sleeps $pid) ms0=$(now_ms)
	sleep $SECONDS_EACH
	cpu1=$(cpu $pid) sleeps1=$(sleeps $pid) ms1=$(now_ms)
	snapshot
	count=$(regions | wc -l)
	wr_ok $D/state off
	[ -z "$WRONG" ] || return
	data "bench $1 $2 $count $((cpu1 - cpu0)) $((sleeps1 - sleeps0)) $((ms1 - ms0))"
}

it "bench: measures"
start_workload <<'END'
map 256M
END
load
for regions in 1000 10; do
	use_tree $OUR_ROOT
	[ "${DAMON_IN_TREE-0}" = 1 ] || measure damon.ko $regions
	[ "$HAS_IN_TREE" = 1 ] || continue
	use_tree $IN_TREE_ROOT
	measure in-tree $regions
	stop_all
done
stop_workload $W_PID
use_tree $OUR_ROOT
unload
finish
