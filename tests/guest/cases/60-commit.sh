# Online changes take effect; those that are wrong change nothing.
. /guest/lib.sh
load || exit

start_workload <<'END'
map 64M
hot 0 8M 5
END

count() { snapshot; regions | wc -l; }

it "commit: a new pattern takes effect, and back"
one_kdamond $W_PID
wr_ok $D/state on
pid=$(kdamond_pid)
[ "$(count)" -ge 3 ] || wrong "no regions to begin with"
wr_ok $S/access_pattern/sz/min $ULONG_MAX
[ "$(count)" -ge 3 ] || wrong "it took effect without a commit"
wr_ok $D/state commit
same "regions that match" 0 "$(count)"
wr_ok $S/access_pattern/sz/min 0
wr_ok $D/state commit
[ "$(count)" -ge 3 ] || wrong "the commit back had no effect"
same "pid" "$pid" "$(kdamond_pid)"

it "commit: keeps the statistics"
wr_ok $D/state update_schemes_stats
before=$(cat $S/stats/nr_tried)
wr_ok $D/state commit
wr_ok $D/state update_schemes_stats
after=$(cat $S/stats/nr_tried)
[ "$before" -gt 0 ] && [ "$after" -ge "$before" ] || wrong "nr_tried was $before, is $after"

it "commit: fewer regions"
# regions are not merged beyond 1/min of the whole, so min has to give room
wr_ok $C/monitoring_attrs/nr_regions/min 3
wr_ok $C/monitoring_attrs/nr_regions/max 12
wr_ok $D/state commit
few() { n=$(count); [ "$n" -le 12 ]; }
within 20 few || wrong "still $n regions"

# commit_fails FILE VALUE
commit_fails() {
	was=$(cat $1)
	wr_ok $1 $2
	wr_fails EINVAL $D/state commit
	is_on || wrong "it ended"
	wr_ok $1 $was
}

it "commit: what is wrong is refused, and all goes on as before"
attrs=$C/monitoring_attrs
wr_ok $S/access_pattern/sz/min $ULONG_MAX	# would be seen if it got through
commit_fails $attrs/nr_regions/min 2
commit_fails $attrs/nr_regions/max 2
commit_fails $attrs/intervals/sample_us 10000000
commit_fails $C/targets/0/pid_target 4194303
[ "$(count)" -ge 3 ] || wrong "half of a refused commit took effect"
wr_ok $S/access_pattern/sz/min 0
same "pid" "$pid" "$(kdamond_pid)"

it "commit: schemes come and go"
wr_ok $C/schemes/nr_schemes 3
for n in 0 1 2; do scheme $C/schemes/$n stat; done
wr_ok $D/state commit
snapshot
for n in 0 1 2; do [ -d $C/schemes/$n/tried_regions/0 ] || wrong "scheme $n tried nothing"; done
wr_ok $C/schemes/nr_schemes 0
wr_ok $D/state commit
is_on || wrong "it ended"
wr_ok $C/schemes/nr_schemes 1
scheme $S stat
wr_ok $D/state commit
[ "$(count)" -ge 3 ] || wrong "no regions at the end"

it "commit: results of schemes that vanished from the files are dropped"
wr_ok $C/schemes/nr_schemes 0
wr_ok $D/state update_schemes_stats
wr_ok $D/state update_schemes_tried_regions
wr_ok $C/schemes/nr_schemes 1
scheme $S stat
wr_ok $D/state commit

it "commit: intervals"
intervals 10000 100000 1000000
wr_ok $D/state commit
wr_ok $D/state update_schemes_stats
before=$(cat $S/stats/nr_snapshots)
sleep 2
wr_ok $D/state update_schemes_stats
after=$(cat $S/stats/nr_snapshots)
# about 20 walks in 2 s; with the old intervals it would be 5
[ $((after - before)) -ge 10 ] || wrong "nr_snapshots went from $before to $after in 2 s of 100 ms aggregations"

it "commit: a second target"
first=$W_PID
start_workload <<'END'
map 32M
hot 0 8M 5
END
wr_ok $C/targets/nr_targets 2
wr_ok $C/targets/0/pid_target $first
wr_ok $C/targets/1/pid_target $W_PID
wr_ok $D/state commit
wr_ok $D/state update_schemes_tried_bytes
both=$(cat $S/tried_regions/total_bytes)
[ "$both" -ge $((96 << 20)) ] || wrong "total_bytes is $both"
wr_ok $C/targets/nr_targets 1
wr_ok $C/targets/0/pid_target $first
wr_ok $D/state commit
wr_ok $D/state update_schemes_tried_bytes
one=$(cat $S/tried_regions/total_bytes)
[ $((both - one)) -ge $((32 << 20)) ] || wrong "the surplus target is still monitored: total_bytes was $both, is $one"

it "commit: max_nr_snapshots stops a scheme"
if [ -e $S/stats/max_nr_snapshots ]; then
	wr_ok $D/state off
	wr_ok $S/stats/max_nr_snapshots 3
	wr_ok $D/state on
	sleep 2
	wr_ok $D/state update_schemes_stats
	reads $S/stats/nr_snapshots 3
fi

stop_workload $first
stop_workload $W_PID
unload
finish
