# Monitoring finds what is hot, where it is, and when it moves.
. /guest/lib.sh
. /guest/hot.sh
load || exit

it "monitor: finds the hot range"
start_workload <<'END'
map 128M
hot 32M 16M 5 0 96M
END
one_kdamond $W_PID
wr_ok $D/state on
expect_hot hot 40

it "monitor: tried regions are sorted, disjoint, and add up to total_bytes"
snapshot
regions >/tmp/regions
awk '$1 < last || $2 <= $1 { exit 1 } { last = $2 }' /tmp/regions || wrong "bad order or size: $(head -c 500 /tmp/regions)"
same total_bytes "$(cat $S/tried_regions/total_bytes)" "$(awk '{ s += $2 - $1 } END { printf "%d", s }' /tmp/regions)"
[ "$(wc -l </tmp/regions)" -ge 3 ] || wrong "only $(wc -l </tmp/regions) regions"
[ "$(wc -l </tmp/regions)" -le 1000 ] || wrong "$(wc -l </tmp/regions) regions"
for f in start end nr_accesses age; do
	same "mode of $f" 400 "$(stat -c %a $S/tried_regions/0/$f)"
done

it "monitor: what is idle grows old"
old() {
	snapshot
	# half of the map untouched for ten aggregations
	regions | awk -v s=$W_MAP_START -v e=$W_MAP_END '
		{ start = $1 > s ? $1 : s; end = $2 < e ? $2 : e }
		$4 >= 10 && $3 == 0 && start < end { sum += end - start }
		END { exit !(sum >= (e - s) / 2) }'
}
within 30 old || wrong "no half of the map has age 10"

it "monitor: update_schemes_tried_bytes sums without directories"
wr_ok $D/state update_schemes_tried_bytes
[ ! -e $S/tried_regions/0 ] || wrong "region directories are there"
[ "$(cat $S/tried_regions/total_bytes)" -ge $((W_MAP_END - W_MAP_START)) ] || wrong "total_bytes $(cat $S/tried_regions/total_bytes)"

it "monitor: clear_schemes_tried_regions"
snapshot
[ -d $S/tried_regions/0 ] || wrong "no regions"
wr_ok $D/state clear_schemes_tried_regions
[ ! -e $S/tried_regions/0 ] || wrong "regions are still there"
reads $S/tried_regions/total_bytes 0

it "monitor: stats count"
wr_ok $D/state update_schemes_stats
for f in nr_tried sz_tried nr_snapshots; do
	[ -e $S/stats/$f ] || { [ "${DAMON_IN_TREE-0}" = 1 ] || wrong "no $f"; continue; }
	[ "$(cat $S/stats/$f)" -gt 0 ] || wrong "$f is 0"
done

it "monitor: follows the hot range when it moves"
kill -USR2 $W_PID
within 10 grep -q ^moved $W_OUT || wrong "the workload did not move it"
expect_hot hot 40

it "monitor: the kdamond ends when its target does"
stop_workload $W_PID
within 20 is_off || wrong "still on"
reads $D/pid -1

it "monitor: results stay readable after the end"
[ "$(cat $S/stats/nr_tried)" -gt 0 ] || wrong "nr_tried is $(cat $S/stats/nr_tried)"

# A guest of Xen has none.
if [ -e /sys/kernel/mm/transparent_hugepage ]; then
	it "monitor: huge pages"
	start_workload <<'END'
map 128M
thp
hot 64M 16M 5
END
	huge=$(awk '/^AnonHugePages/ { s += $2 } END { print s }' /proc/$W_PID/smaps)
	[ "$huge" -ge 65536 ] || wrong "the workload has only $huge KiB of huge pages"
	finds_hot
fi

it "monitor: many small mappings"
start_workload <<'END'
map 64M
pieces 512
hot 40M 8M 5
END
one_kdamond $W_PID
wr_ok $D/state on
expect_hot hot 40
wr_ok $D/state off

it "monitor: only the regions that the user gave"
one_kdamond $W_PID
set -- $(range hot)
for op in $(grep -x -e vaddr -e fvaddr $C/avail_operations); do
	wr_ok $C/operations $op
	wr_ok $C/targets/0/regions/nr_regions 1
	wr_ok $C/targets/0/regions/0/start $(($1 - 4 * 1048576))
	wr_ok $C/targets/0/regions/0/end $2
	wr_ok $C/monitoring_attrs/intervals/update_us 100000000
	wr_ok $D/state on
	expect_hot hot 40
	same "$op: bytes" $(($2 - $1 + 4 * 1048576)) "$(awk '{ s += $2 - $1 } END { printf "%d", s }' /tmp/regions)"
	wr_ok $D/state off
done
stop_workload $W_PID

# A page's accessed bit tells reclaim that it was used.  The fill set them all, and
# nobody but the monitor looks at them here.
referenced() { awk '/^Referenced/ { s += $2 } END { print s }' /proc/$W_PID/smaps; }

# leaves_marks MAX-REGIONS AT-LEAST LOST: in KiB, marked before, and no longer after
leaves_marks() {
	one_kdamond $W_PID
	intervals 5000 100000 1000000
	wr_ok $C/monitoring_attrs/nr_regions/min 100
	wr_ok $C/monitoring_attrs/nr_regions/max $1
	before=$(referenced)
	wr_ok $D/state on
	sleep 5
	wr_ok $D/state off
	after=$(referenced)
	[ "$before" -ge $2 ] || wrong "only $before KiB are marked before"
	[ "$after" -ge $((before - $3)) ] || wrong "$before KiB were marked as accessed, then $after"
}

it "monitor: sampling leaves no trace in huge pages that regions share"
# in more batches than one
start_workload <<'END'
map 128M
thp
END
leaves_marks 400 126976 1024
stop_workload $W_PID

it "monitor: nr_regions bounds the number of regions"
start_workload <<'END'
map 64M
hot 0 8M 5
END
one_kdamond $W_PID
wr_ok $C/monitoring_attrs/nr_regions/min 10
wr_ok $C/monitoring_attrs/nr_regions/max 20
wr_ok $D/state on
n=0
while [ $n -lt 8 ]; do
	snapshot
	count=$(regions | wc -l)
	[ $count -le 20 ] || wrong "$count regions"
	[ $count -ge 3 ] || wrong "$count regions"
	n=$((n + 1))
done
wr_ok $D/state off

it "monitor: sampling leaves no trace"
leaves_marks 200 60000 1200

it "monitor: two kdamonds at once"
first=$W_PID first_out=$W_OUT first_start=$W_MAP_START first_end=$W_MAP_END
start_workload <<'END'
map 64M
hot 48M 8M 5
END
kdamonds 2
for n in 0 1; do
	use_kdamond $n
	intervals 20000 400000 1000000
	target $W_PID
	[ $n = 1 ] || target $first
	wr_ok $C/schemes/nr_schemes 1
	scheme $S stat
	wr_ok $D/state on
done
[ "$(cat $K/0/pid)" != "$(cat $K/1/pid)" ] || wrong "the same pid twice"
expect_hot hot 40
use_kdamond 0
W_OUT_2=$W_OUT
W_OUT=$first_out W_MAP_START=$first_start W_MAP_END=$first_end
expect_hot hot 40
state_is $K/1 on || wrong "the second is not on"

it "monitor: two targets in one context"
stop_all
one_kdamond $first
wr_ok $C/targets/nr_targets 2
wr_ok $C/targets/0/pid_target $first
wr_ok $C/targets/1/pid_target $W_PID
wr_ok $D/state on
expect_hot hot 40
W_OUT=$W_OUT_2
set -- $(awk '/^map/ { print $2, $3 }' $W_OUT)
W_MAP_START=$1 W_MAP_END=$2
# the targets' addresses may overlap, so only what is found counts here
found() { snapshot; [ "$(regions | covered $(range hot) $MIN_ACCESSES)" -ge 800 ]; }
within 40 found || wrong "the second target's hot range is not found"
stop_workload $first
sleep 3
is_on || wrong "it ended with the first of two targets"
stop_workload $W_PID
within 20 is_off || wrong "still on without targets"

unload
finish
