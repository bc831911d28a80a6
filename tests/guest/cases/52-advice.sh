# Actions that give advice on a process's memory: what they do to it, not what they return.
. /guest/lib.sh
load || exit
swap_on

MIB=1048576
THP=/sys/kernel/mm/transparent_hugepage

# of_map FIELD: that field of /proc/PID/smaps, in KiB, over the workload's map
of_map() {
	awk -v from="$(printf %x "$W_MAP_START")" -v to="$(printf %x "$W_MAP_END")" -v field="$1:" '
	$1 ~ /^[0-9a-f]+-[0-9a-f]+$/ { split($1, a, "-"); mine = a[1] >= from && a[2] <= to }
	mine && $1 == field { sum += $2 }
	END { printf "%d\n", sum }' "/proc/$W_PID/smaps"
}

# flagged FLAG: KiB of the map in mappings that have this one of VmFlags
flagged() {
	awk -v from="$(printf %x "$W_MAP_START")" -v to="$(printf %x "$W_MAP_END")" -v flag="$1" '
	$1 ~ /^[0-9a-f]+-[0-9a-f]+$/ { split($1, a, "-"); mine = a[1] >= from && a[2] <= to }
	mine && $1 == "Size:" { size = $2 }
	mine && $1 == "VmFlags:" && index($0 " ", " " flag " ") { sum += size }
	END { printf "%d\n", sum }' "/proc/$W_PID/smaps"
}

meminfo() { awk -v f="$1:" '$1 == f { print $2 }' /proc/meminfo; }
# ACTION given to exactly the map, all of it, again and again
act() {
	one_kdamond $W_PID
	wr_ok $C/operations fvaddr
	wr_ok $C/targets/0/regions/nr_regions 1
	wr_ok $C/targets/0/regions/0/start $W_MAP_START
	wr_ok $C/targets/0/regions/0/end $W_MAP_END
	intervals 20000 200000 10000000
	# few, so that most of the huge pages are in one region each
	wr_ok $C/monitoring_attrs/nr_regions/min 3
	wr_ok $C/monitoring_attrs/nr_regions/max 10
	wr_ok $S/action "$1"
	wr_ok $D/state on
}

stat_of() {
	wr_ok $D/state update_schemes_stats
	cat $S/stats/$1
}

at_least() { got=$($3 $4); [ "$got" -ge "$1" ]; }
at_most() { got=$($3 $4); [ "$got" -le "$1" ]; }
# rises COMMAND ARG TO; falls COMMAND ARG TO: it becomes that much, in KiB
rises() { within 60 at_least "$3" - "$1" "$2" || wrong "$1 $2 is only $got, expected $3 KiB"; }
falls() { within 60 at_most "$3" - "$1" "$2" || wrong "$1 $2 is still $got, expected $3 KiB"; }

start_workload <<'END'
map 64M
END

it "advice: willneed brings swapped pages back before they are asked for"
act pageout
rises of_map Swap 60000
wr_ok $D/state off
before=$(meminfo SwapCached)
act willneed
rises meminfo SwapCached $((before + 50000))
[ "$(stat_of sz_applied)" -ge $((64 * MIB)) ] || wrong "sz_applied is $(cat $S/stats/sz_applied)"
wr_ok $D/state off
major() { awk '{ print $12 }' /proc/$W_PID/stat; }
before=$(major)
verify
faults=$(($(major) - before))
# all 16384 pages are swapped
[ $faults -le 2000 ] || wrong "$faults major faults although the memory was wanted"
falls of_map Swap 1000

it "advice: cold makes active memory inactive"
[ ! -e $MGLRU ] || lru_gen=$(cat $MGLRU)
set_lru_gen n
for n in 1 2 3; do
	# reading it so marks each page as accessed, until it is active
	dd if=/proc/$W_PID/mem of=/dev/null bs=1M skip=$((W_MAP_START / MIB)) count=64 2>/dev/null
done
rises meminfo 'Active(anon)' 50000
active=$got
referenced=$(of_map Referenced)
[ "$referenced" -ge 60000 ] || wrong "only $referenced KiB are referenced"
act cold
falls meminfo 'Active(anon)' $((active - 40000))
falls of_map Referenced 2000
[ "$(stat_of sz_applied)" -ge $((64 * MIB)) ] || wrong "sz_applied is $(cat $S/stats/sz_applied)"
wr_ok $D/state off
verify
set_lru_gen "${lru_gen-}"

it "advice: collapse does not override nohugepage, and says so"
old_thp=$(sed 's/.*\[\(.*\)\].*/\1/' $THP/enabled)
echo never >$THP/enabled
same "not to be huge" 65536 "$(flagged nh)"
act collapse
sleep 2
same sz_applied 0 "$(stat_of sz_applied)"
[ "$(stat_of nr_tried)" -gt 0 ] || wrong "not tried"
wr_ok $D/state off
same "huge pages" 0 "$(of_map AnonHugePages)"

it "advice: hugepage asks for huge pages, nohugepage against"
act hugepage
rises flagged hg 65536
same "not to be huge" 0 "$(flagged nh)"
same "huge pages where they are off" 0 "$(of_map AnonHugePages)"
[ "$(stat_of sz_applied)" -ge $((64 * MIB)) ] || wrong "sz_applied is $(cat $S/stats/sz_applied)"
wr_ok $S/action nohugepage
wr_ok $D/state commit
rises flagged nh 65536
wr_ok $S/action hugepage
wr_ok $D/state commit
rises flagged hg 65536
wr_ok $D/state off
stop_workload $W_PID

it "advice: collapse makes huge pages at once"
start_workload <<'END'
map 64M
thp
END
same "huge pages where they are off" 0 "$(of_map AnonHugePages)"
act collapse
rises of_map AnonHugePages 60000
[ "$(stat_of sz_applied)" -ge $((60000 * 1024)) ] || wrong "sz_applied is $(cat $S/stats/sz_applied)"
wr_ok $D/state off
verify
stop_workload $W_PID

it "advice: what hugepage asked for, khugepaged makes"
start_workload <<'END'
map 64M
END
echo madvise >$THP/enabled
echo 10 >$THP/khugepaged/scan_sleep_millisecs
echo 16384 >$THP/khugepaged/pages_to_scan
same "huge pages" 0 "$(of_map AnonHugePages)"
act hugepage
rises of_map AnonHugePages 32768
wr_ok $D/state off
verify
stop_workload $W_PID
echo "$old_thp" >$THP/enabled

it "advice: none on physical memory, and the previous state stays"
kdamonds 1
wr_ok $C/operations paddr
wr_ok $C/targets/nr_targets 1
wr_ok $C/targets/0/regions/nr_regions 1
wr_ok $C/targets/0/regions/0/start $((16 * MIB))
wr_ok $C/targets/0/regions/0/end $((64 * MIB))
wr_ok $C/schemes/nr_schemes 1
scheme $S stat
wr_ok $D/state on
for action in willneed cold hugepage nohugepage collapse; do
	wr_ok $S/action $action
	wr_fails EOPNOTSUPP $D/state commit
	is_on || wrong "not on"
done
wr_ok $D/state off

unload
swapoff /dev/zram0 || wrong "swapoff failed"
echo 1 >/sys/block/zram0/reset
finish
