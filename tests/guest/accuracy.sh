# How well hot memory is told from cold, and what that costs: workloads whose hot
# memory is known, 5 ms / 100 ms, 10 to 1000 regions.  Where the kernel has its own
# DAMON, that one watches the same process in the same boot.
#
# ACCURACY_CASES: which (see tools/accuracy.sh).  ACCURACY_RUNS: how often each.
# shellcheck shell=dash disable=SC1091,SC2034,SC2086,SC2154
. /guest/lib.sh
. /guest/measure.sh

TRACED=20	# seconds that snapshots are taken; steady after STEADY of them
STEADY=10
COUNTED=5	# seconds more that the CPU time is counted, without tracing
HALF=10		# accesses of the 20 samples: from there on, a region is called hot

trace_with_us

# event: damon_aggregated, of the DAMON in use
event() {
	_group=damon
	[ $ROOT = $IN_TREE_ROOT ] || [ "$HAS_IN_TREE" = 0 ] || _group=damon_module
	echo $tracing/events/$_group/damon_aggregated
}

# watch CASE WHO: the process W_PID
watch() {
	kdamonds 1
	intervals 5000 100000 60000000
	wr_ok $C/monitoring_attrs/nr_regions/min 10
	wr_ok $C/monitoring_attrs/nr_regions/max 1000
	target $W_PID
	echo >$tracing/trace
	echo 1 >"$(event)/enable"
	wr_ok $D/state on
	sleep $TRACED
	echo 0 >"$(event)/enable"
	pid=$(kdamond_pid)
	cpu0=$(cpu $pid) sleeps0=$(sleeps $pid) ms0=$(now_ms)
	sleep $COUNTED
	cpu1=$(cpu $pid) sleeps1=$(sleeps $pid) ms1=$(now_ms)
	wr_ok $D/state off
	score $SCORE_OPTIONS $W_OUT $HALF $STEADY <$tracing/trace >/tmp/score || wrong "$1, $2: $(cat /tmp/score)"
	sed '$d' /tmp/score | while read -r _line; do data "snapshot $1 $2 $_line"; done
	data "accuracy $1 $2 $(tail -n 1 /tmp/score) $((cpu1 - cpu0)) $((sleeps1 - sleeps0)) $((ms1 - ms0))"
}

# scattered COUNT STRIDE-KIB SIZE-KIB JITTER-PAGES: so many hot chunks, each somewhere in its stride
scattered() {
	awk -v n=$1 -v stride=$2 -v size=$3 -v jitter=$4 'BEGIN {
		srand(1)
		for (i = 0; i < n; i++)
			printf "hot%d %dK %dK 5\n", i, i * stride + int(rand() * jitter) * 4, size
	}'
}

# plan CASE: of the workload
plan() {
	case $1 in
	tenth)
		echo map 256M
		echo hot 100M 25M 5
		;;
	moving)
		echo map 1G
		echo hot 100M 100M 5 5 600M
		;;
	rates)
		echo map 1G
		echo hot 100M 100M 5
		echo warm 500M 100M 40
		;;
	tiny)
		echo map 8G
		echo hot 5003M 4M 5
		;;
	scattered)
		echo map 1G
		scattered 32 32768 1024 7000
		;;
	crumbs)
		echo map 1G
		scattered 32 32768 256 7000
		;;
	pages)
		echo map 1G
		scattered 512 2048 4 512
		;;
	esac
	echo bare
}

it "accuracy: measures"
load
echo mono >$tracing/trace_clock
echo 16384 >$tracing/buffer_size_kb
for case in $ACCURACY_CASES; do
	run=0
	while [ $run -lt ${ACCURACY_RUNS:-1} ]; do
		run=$((run + 1))
		plan $case >/tmp/plan
		start_workload </tmp/plan || break
		each watch $case
		stop_workload $W_PID
	done
done
unload
finish
