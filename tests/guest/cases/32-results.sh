# Results without being asked for, and all regions in one file.
. /guest/lib.sh
load || exit

start_workload <<'END'
map 16M
hot 0 4M 5
END

stat_of() { cat $S/stats/$1; }
moved() { [ "$(stat_of nr_snapshots)" -gt $1 ]; }

it "results: refresh by themselves, if asked"
one_kdamond $W_PID
wr_ok $D/state on
sleep 2
reads $S/stats/nr_snapshots 0
wr_ok $C/monitoring_attrs/intervals/sample_us 1
wr_ok $D/refresh_ms 500
within 10 moved 0 || wrong "nothing came"
reads $C/monitoring_attrs/intervals/sample_us 20000
within 10 moved "$(stat_of nr_snapshots)" || wrong "nothing came again"
[ ! -e $S/tried_regions/0 ] || wrong "regions were listed too"
wr_ok $D/refresh_ms 0
sleep 1
before=$(stat_of nr_snapshots)
sleep 2
reads $S/stats/nr_snapshots "$before"

it "results: refresh while directories come and go"
wr_ok $D/refresh_ms 1
n=0
while [ $n -lt 20 ]; do
	wr_ok $C/schemes/nr_schemes $((n % 3))
	wr_ok $D/state off
	wr_ok $D/state on
	n=$((n + 1))
done
wr_ok $D/contexts/nr_contexts 0
sleep 1
is_on || wrong "it ended"

it "results: a snapshot in one file, and in one read"
one_kdamond $W_PID
wr_ok $C/monitoring_attrs/nr_regions/min 300
same "when it is off" '' "$(cat $D/snapshot)"
wr_ok $D/state on
full() { [ "$(wc -l <$D/snapshot)" -gt 200 ]; }
within 30 full || wrong "only $(wc -l <$D/snapshot) lines"
dd if=$D/snapshot of=/tmp/snapshot bs=1M count=1 2>/dev/null
[ "$(wc -c </tmp/snapshot)" -gt 4096 ] || wrong "a read got $(wc -c </tmp/snapshot) bytes"
head -n 1 /tmp/snapshot | grep -qE '^# damon_snapshot 1 targets 1 regions [0-9]+ sample_us 20000 aggr_us 400000 now_us [0-9]+ probes 0$' ||
	wrong "it begins with $(head -n 1 /tmp/snapshot)"
same "regions in the first line" $(($(wc -l </tmp/snapshot) - 1)) "$(awk 'NR == 1 { print $7 }' /tmp/snapshot)"
# sorted, disjoint, and where the workload is
awk 'NR > 1 { if (NF != 6 || $1 != 0 || $2 < end || $3 <= $2) exit 1; end = $3 }' /tmp/snapshot ||
	wrong "regions are not in order"
awk 'NR > 1 { print $2, $3, $4, $5 }' /tmp/snapshot >/tmp/regions
part=$(covered $W_MAP_START $W_MAP_END 0 </tmp/regions)
[ "$part" -ge 900 ] || wrong "it covers $part permille of the workload"

it "results: an open file shows one snapshot"
exec 5<$D/snapshot
dd bs=100 count=1 <&5 >/tmp/first 2>/dev/null
sleep 1
dd bs=100 <&5 >/tmp/rest 2>/dev/null
exec 5<&-
cat /tmp/first /tmp/rest >/tmp/both
same "regions in the first line" $(($(wc -l </tmp/both) - 1)) "$(awk 'NR == 1 { print $7 }' /tmp/both)"

it "results: snapshots of an open file whose kdamond goes"
exec 5<$D/snapshot
exec 6<$D/snapshot
dd bs=10 count=1 <&5 >/dev/null 2>&1
wr_ok $D/state off
wr_ok $K/nr_kdamonds 0
cat <&5 >/tmp/out 2>&1
cat <&6 >/tmp/out 2>&1
grep -q 'No such device' /tmp/out || wrong "it read: $(head -n 1 /tmp/out)"
exec 5<&- 6<&-

it "results: late ticks are counted"
one_kdamond $W_PID
reads $D/nr_late_ticks 0
wr_ok $D/state on
grep -qxE '[0-9]+' $D/nr_late_ticks || wrong "it reads $(cat $D/nr_late_ticks)"
wr_ok $D/state off
grep -qxE '[0-9]+' $D/nr_late_ticks || wrong "off, it reads $(cat $D/nr_late_ticks)"

it "results: unload with a snapshot held open"
wr_ok $D/state on
exec 5<$D/snapshot
dd bs=10 count=1 <&5 >/dev/null 2>&1
unload
exec 5<&-
stop_workload $W_PID
finish
