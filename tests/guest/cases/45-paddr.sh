# Physical memory: what is accessed is found at its physical addresses, of whatever kind it is.
. /guest/lib.sh
. /guest/hot.sh
load || exit

# frames_of: the workload's hot and cold frames, in /tmp/hot and /tmp/cold
frames_of() {
	set -- $(range hot)
	frames_at $W_PID $1 $2 $W_MAP_START $1
}

it "paddr: is there, and needs no pid"
kdamonds 1
grep -qx paddr $C/avail_operations || wrong "not in avail_operations"
system_ram >/tmp/ram
[ -s /tmp/ram ] || wrong "no System RAM in /proc/iomem"

it "paddr: finds the hot part of a process in all System RAM"
start_workload <<'END'
map 256M
hot 128M 96M 5
END
frames_of
paddr_kdamond /tmp/ram
wr_ok $D/state on
expect_found 48 160

it "paddr: the kdamond stays when the process is gone"
stop_workload $W_PID
gone() { snapshot; [ "$(hot_mib)" -le 16 ]; }
within 30 gone || wrong "still $(hot_mib) MiB are accessed"
is_on || wrong "not on"
wr_ok $D/state off

it "paddr: huge pages"
start_workload <<'END'
map 256M
thp
hot 128M 96M 5
END
frames_of
paddr_kdamond /tmp/ram
wr_ok $D/state on
expect_found 48 160
verify
wr_ok $D/state off
stop_workload $W_PID

# slow_kdamond: samples far enough apart that even a slow machine goes through the memory between
# two of them
slow_kdamond() {
	paddr_kdamond /tmp/ram
	intervals 200000 2000000 10000000
	SAMPLES=10
	wr_ok $D/state on
}

# mib_between MIN MAX
mib_between() { snapshot; mib=$(hot_mib); [ "$mib" -ge $1 ] && [ "$mib" -le $2 ]; }

it "paddr: page cache that is read, and nobody maps"
mkdir -p /tmp/cache
dd if=/dev/zero of=/tmp/cache/hot bs=1M count=24 2>/dev/null
dd if=/dev/zero of=/tmp/cache/cold bs=1M count=64 2>/dev/null
echo 'while :; do cat /tmp/cache/hot >/dev/null; sleep 0.01; done' >/tmp/reader
sh /tmp/reader &
reader=$!
slow_kdamond
within 60 mib_between 10 60 || wrong "$mib MiB are accessed, 24 are read"

it "paddr: page cache that is read, and mapped by one who does not"
kill $reader
wait $reader 2>/dev/null
start_program hold file /tmp/cache/hot
within 60 mib_between 0 8 || wrong "still $mib MiB are accessed"
sh /tmp/reader &
reader=$!
within 60 mib_between 10 60 || wrong "$mib MiB are accessed, 24 are read"
kill $reader
wait $reader 2>/dev/null
within 60 mib_between 0 8 || wrong "still $mib MiB are accessed"
wr_ok $D/state off
stop_workload $W_PID
rm -r /tmp/cache

it "paddr: shared by 20 processes, of which one accesses"
# eight of the 21 mappings of a frame are looked at
fresh /tmp/share.out
share 64 20 3 >/tmp/share.out &
W_PID=$!
within 30 grep -q ready /tmp/share.out || wrong "it did not start"
slow_kdamond
within 60 mib_between 10 64 || wrong "$mib MiB are accessed; about 24 of 64 could be seen"
wr_ok $D/state off
stop_workload $W_PID

# A guest of Xen has none.
if [ -e /sys/kernel/mm/transparent_hugepage ]; then
	it "paddr: huge pages, accessed only by one of two who maps them by small pages"
	start_program share 64 1 1 split
	huge=$(awk '/^AnonHugePages/ { s += $2 } END { print s }' /proc/$W_PID/smaps)
	[ "$huge" -ge 61440 ] || wrong "only $huge KiB of huge pages"
	slow_kdamond
	within 60 mib_between 48 80 || wrong "$mib MiB are accessed, of 64 that are read"
	wr_ok $D/state off
	stop_workload $W_PID
fi
SAMPLES=20

it "paddr: holes, devices and addresses without memory are never accessed"
echo "0 $((1 << 46))" >/tmp/everything
start_workload <<'END'
map 64M
hot 0 64M 5
END
paddr_kdamond /tmp/everything
wr_ok $D/state on
sleep 5
snapshot
mib=$(hot_mib)
[ "$mib" -le 4096 ] || wrong "$mib MiB accessed, there are not that many"
same total_bytes $((1 << 46)) "$(cat $S/tried_regions/total_bytes)"
wr_ok $D/state off

it "paddr: takes no accessed bits away"
stop_workload $W_PID
start_workload <<'END'
map 128M
END
frames $W_PID $W_MAP_START $W_MAP_END >/tmp/idle
referenced() {
	awk -v s="$(printf '%08x' $W_MAP_START)" '
	/^[0-9a-f]+-/ { mine = index($1, s) == 1 }
	mine && /^Referenced/ { print $2 }' /proc/$W_PID/smaps
}
before=$(referenced)
[ "$before" -ge 131072 ] || wrong "only $before KiB are referenced at the start"
paddr_kdamond /tmp/idle
wr_ok $C/monitoring_attrs/intervals/sample_us 5000
wr_ok $C/monitoring_attrs/intervals/aggr_us 100000
wr_ok $D/state on
sleep 4
wr_ok $D/state off
after=$(referenced)
[ "$after" -ge $((before - 16)) ] || wrong "$before KiB were referenced, now $after"
stop_workload $W_PID

it "paddr: nor those of huge pages that regions share"
start_workload <<'END'
map 128M
thp
END
frames $W_PID $W_MAP_START $W_MAP_END >/tmp/idle
referenced() { awk '/^Referenced/ { s += $2 } END { print s }' /proc/$W_PID/smaps; }
before=$(referenced)
[ "$before" -ge 126976 ] || wrong "only $before KiB are referenced at the start"
paddr_kdamond /tmp/idle
intervals 5000 100000 1000000
wr_ok $C/monitoring_attrs/nr_regions/min 100
wr_ok $C/monitoring_attrs/nr_regions/max 400
wr_ok $D/state on
sleep 4
wr_ok $D/state off
after=$(referenced)
[ "$after" -ge $((before - 1024)) ] || wrong "$before KiB were referenced, now $after"
stop_workload $W_PID

it "paddr: nor flags of page cache, mapped or not"
for f in mapped unmapped; do
	dd if=/dev/zero of=/tmp/$f bs=1M count=8 2>/dev/null
	# from the first to the last state that folio_mark_accessed() knows
	for i in 1 2 3 4; do cat /tmp/$f >/dev/null; done
done
start_program hold file /tmp/unmapped
frames $W_PID $W_MAP_START $W_MAP_END >/tmp/idle
stop_workload $W_PID
start_program hold file /tmp/mapped
frames $W_PID $W_MAP_START $W_MAP_END >>/tmp/idle
# the largest pieces, if they are many
awk '{ print $2 - $1, $1, $2 }' /tmp/idle | sort -rn | head -n 60 | awk '{ print $2, $3 }' | sort -n >/tmp/pieces
pages=$(awk '{ s += ($2 - $1) / 4096 } END { print s }' /tmp/pieces)
[ "$pages" -ge 1024 ] || wrong "only $pages pages in large pieces"
# flags: PG_referenced and PG_idle, as /proc/kpageflags has them
flags() { echo "$(flagged 2 /tmp/pieces) $(flagged 25 /tmp/pieces)"; }
# near A B: but for one in a hundred, which the kernel itself may have changed
near() { [ $(($1 - $2)) -le $((pages / 100)) ] && [ $(($2 - $1)) -le $((pages / 100)) ]; }
set -- $(flags)
[ "$1" -ge $((pages * 9 / 10)) ] || wrong "only $1 of $pages pages are referenced at the start"
paddr_kdamond /tmp/pieces
intervals 5000 100000 1000000
wr_ok $C/monitoring_attrs/nr_regions/min 100
wr_ok $C/monitoring_attrs/nr_regions/max 200
wr_ok $D/state on
sleep 4
wr_ok $D/state off
set -- "$@" $(flags)
near $1 $3 || wrong "$1 of $pages pages were referenced, now $3"
near $2 $4 || wrong "$2 of $pages pages were idle, now $4"
stop_workload $W_PID
rm /tmp/mapped /tmp/unmapped

# unknown MIN: regions are told of as never accessed, and one at least has so many samples that told
# nothing; all of them if MIN is followed by "all"
unknown() {
	cat $D/snapshot >/tmp/snapshot
	awk -v min=$1 -v all=${2-} '
	/^#/ { next }
	$4 > 0 { bad++ }
	$6 >= min { n++ }
	$6 < min && all { bad++ }
	END { exit !(n && !bad) }' /tmp/snapshot
}

it "paddr: where there is no memory, all samples are unknown"
echo "$((1 << 45)) $(((1 << 45) + (1 << 30)))" >/tmp/hole
paddr_kdamond /tmp/hole
wr_ok $D/state on
within 10 unknown $SAMPLES all || wrong "$(head -n 4 /tmp/snapshot)"
wr_ok $D/state off

it "fvaddr: what is mapped without being memory, is unknown"
start_workload <<'END'
map 16M
hot 0 16M 5
END
kdamonds 1
wr_ok $C/operations fvaddr
intervals 20000 400000 1000000
# the kernel's clock, that everyone reads
sed -n 's/^\([0-9a-f]*\)-\([0-9a-f]*\) .*\[vvar\]$/\1 \2/p' /proc/$W_PID/maps >/tmp/vvar
read -r start end </tmp/vvar
echo "$((0x$start)) $((0x$end))" >/tmp/vvar
regions_of /tmp/vvar
wr_ok $C/targets/0/pid_target $W_PID
wr_ok $D/state on
within 10 unknown $((SAMPLES - 2)) || wrong "$(head -n 6 /tmp/snapshot)"
wr_ok $D/state off
stop_workload $W_PID

unload
finish
