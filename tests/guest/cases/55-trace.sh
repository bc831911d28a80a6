# Tracepoints: mainline's names, fields and formats; in a group of our own where the
# kernel has that group itself.
. /guest/lib.sh
load || exit

trace_with_us

# seen PATTERN: a line of the trace matches it as a whole
seen() { grep -Eq "$1" $tracing/trace || wrong "no line like $1: $(grep -v '^#' $tracing/trace | head -n 3)"; }

it "trace: the events are there"
for event in damon_aggregated damos_before_apply damos_stat_after_apply_interval \
	damon_monitor_intervals_tune damos_esz damon_region_aggregated; do
	[ -f $group/$event/enable ] || wrong "no $group/$event"
done

it "trace: each tells what happened"
start_workload <<'END'
map 32M
hot 0 8M 5
END
one_kdamond $W_PID
intervals 5000 50000 60000000
goal=$C/monitoring_attrs/intervals/intervals_goal
wr_ok $goal/access_bp 1
wr_ok $goal/aggrs 2
wr_ok $goal/min_sample_us 1000
wr_ok $goal/max_sample_us 10000
scheme $S stat
echo 1 >$group/enable
wr_ok $D/state on
sleep 2
wr_ok $D/state off
echo 0 >$group/enable
seen ': damon_aggregated: target_id=0 nr_regions=[0-9]+ [0-9]+-[0-9]+: [0-9]+ [0-9]+$'
seen ': damos_before_apply: ctx_idx=0 scheme_idx=0 target_idx=0 nr_regions=[0-9]+ [0-9]+-[0-9]+: [0-9]+ [0-9]+$'
seen ': damos_stat_after_apply_interval: ctx_idx=0 scheme_idx=0 nr_tried=[1-9][0-9]* sz_tried=[1-9][0-9]* nr_applied=0 sz_applied=0 sz_ops_filter_passed=0 qt_exceeds=0 nr_snapshots=[1-9][0-9]*$'
seen ': damon_monitor_intervals_tune: sample_us=[0-9]+$'

it "trace: update_tuned_intervals shows what tuning chose"
wr_ok $D/state on
sleep 2
wr_ok $D/state update_tuned_intervals
sample=$(cat $C/monitoring_attrs/intervals/sample_us)
[ "$sample" -lt 5000 ] || wrong "sample_us is $sample: so much is accessed that it should be less"
[ "$(cat $C/monitoring_attrs/intervals/aggr_us)" = $((sample * 10)) ] || wrong "aggr_us does not go with it"
wr_ok $D/state off

it "trace: how much a quota lets be done"
wr_ok $S/quotas/bytes 1048576
wr_ok $S/quotas/reset_interval_ms 100
echo 1 >$group/damos_esz/enable
wr_ok $D/state on
sleep 1
wr_ok $D/state off
echo 0 >$group/damos_esz/enable
seen ': damos_esz: ctx_idx=0 scheme_idx=0 esz=1048576$'

it "trace: perf records them, too"
wr_ok $D/state on
count=$(perfed "$(cat $group/damon_aggregated/id)" 2 2>&1)
[ "$count" -ge 10 ] || wrong "perf has $count records of two seconds"
wr_ok $D/state off

it "trace: nothing is left after unload"
unload
[ ! -d $group ] || wrong "$group is still there"
finish
