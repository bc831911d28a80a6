# Physical memory: what is accessed is found at its physical addresses, of whatever kind it is.
. /guest/lib.sh
load || exit

# paddr_kdamond FILE: one kdamond over these ranges
paddr_kdamond() {
	kdamonds 1
	wr_ok $C/operations paddr
	intervals 20000 400000 1000000
	regions_of "$1"
	wr_ok $C/schemes/nr_schemes 1
	scheme $S stat
}

# hot_mib: sum of the regions' sizes, weighted with how often they were accessed
SAMPLES=20	# of an aggregation
hot_mib() { regions | awk -v n=$SAMPLES '{ sum += ($2 - $1) / 1048576 * $3 / n } END { printf "%d\n", sum }'; }

# overlap RANGES MIN: permille of the ranges that the regions on standard input with at least MIN
# accesses cover.  Both are sorted.  In pages, for awk counts in floating point.
overlap() {
	awk -v min="$2" '
	NR == FNR { n++; s[n] = $1; e[n] = $2; total += ($2 - $1) / 4096; next }
	$3 >= min {
		for (i = 1; i <= n; i++) {
			a = s[i] > $1 ? s[i] : $1
			b = e[i] < $2 ? e[i] : $2
			if (b > a) sum += (b - a) / 4096
		}
	}
	END { printf "%d\n", sum * 1000 / total }' "$1" -
}

# found MIN MAX: accessed memory is between MIN and MAX MiB, and most of the hot frames, and little
# of the cold ones, are in regions that were accessed in half of the checks
found() {
	snapshot
	mib=$(hot_mib)
	hot=$(regions | overlap /tmp/hot 10)
	cold=$(regions | overlap /tmp/cold 10)
	[ "$mib" -ge "$1" ] && [ "$mib" -le "$2" ] && [ "$hot" -ge 700 ] && [ "$cold" -le 300 ]
}

expect_found() {
	within 60 found $1 $2 ||
		wrong "$mib MiB accessed, expected $1 to $2; $hot permille of the hot frames and $cold of the cold ones are seen as hot; $(regions | wc -l) regions"
}

# frames_of: the workload's hot and cold frames, in /tmp/hot and /tmp/cold
frames_of() {
	set -- $(range hot)
	frames $W_PID $1 $2 >/tmp/hot
	frames $W_PID $W_MAP_START $1 >/tmp/cold
	[ -s /tmp/hot ] || wrong "no frames"
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
kill $reader
wait $reader 2>/dev/null
within 60 mib_between 0 8 || wrong "still $mib MiB are accessed"
wr_ok $D/state off
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

unload
finish
