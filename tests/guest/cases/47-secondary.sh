# Secondary MMUs: what only they access (a KVM guest, its memory) counts as accessed.
. /guest/lib.sh
. /guest/hot.sh
load || exit

P=/sys/module/secondary_mmu/parameters
MIB=1048576

# secondary FROM SIZE: that part of the map is accessed, but not by the process
secondary() {
	HOT_START=$((W_MAP_START + $1)) HOT_END=$((W_MAP_START + $1 + $2))
	[ -d $P ] || insmod /test/secondary_mmu.ko pid=$W_PID start=$W_MAP_START end=$W_MAP_END ||
		wrong "no secondary MMU"
	echo $HOT_END >$P/hot_end
	echo $HOT_START >$P/hot_start
}
no_secondary() { rmmod secondary_mmu || wrong "the secondary MMU stays"; }

# seen KIND
seen() {
	one_kdamond $W_PID
	wr_ok $D/state on
	sleep 1
	snapshot
	same "accessed before" 0 "$(regions | covered $W_MAP_START $W_MAP_END $MIN_ACCESSES)"
	secondary $((32 * MIB)) $((32 * MIB))
	expect_hot_at $HOT_START $HOT_END 40
	secondary 0 $((16 * MIB))
	expect_hot_at $HOT_START $HOT_END 40
	wr_ok $D/state off
	seen_in_frames
}

seen_in_frames() {
	frames_at $W_PID $HOT_START $HOT_END $HOT_END $W_MAP_END
	system_ram >/tmp/ram
	paddr_kdamond /tmp/ram
	wr_ok $D/state on
	expect_found 8 40
	wr_ok $D/state off
}

# whole: each of the map's pages is marked as accessed, here or there
referenced_kib() {
	awk -v from="$(printf %x "$W_MAP_START")" -v to="$(printf %x "$W_MAP_END")" '
	$1 ~ /^[0-9a-f]+-[0-9a-f]+$/ { split($1, a, "-"); mine = a[1] >= from && a[2] <= to }
	mine && $1 == "Referenced:" { sum += $2 }
	END { printf "%d\n", sum }' /proc/$W_PID/smaps
}
whole_is_given() { [ "$(referenced_kib)" -ge $(((W_MAP_END - W_MAP_START) / 1024 - 64)) ]; }
whole() {
	marked=$(($(cat $P/young) + $(referenced_kib) / 4))
	[ $marked -ge $(((W_MAP_END - W_MAP_START) / 4096 - 16)) ] ||
		wrong "$1: only $marked pages are marked as accessed, by either MMU"
	[ "$(referenced_kib)" -ge $2 ] || wrong "$1: no mark moved: $(referenced_kib) KiB"
}

it "secondary: accesses are seen by virtual and by physical address"
# For what is scattered all over physical memory takes more regions to tell than there may be.
echo 3 >/proc/sys/vm/drop_caches
echo 1 >/proc/sys/vm/compact_memory
start_workload <<'END'
map 96M
END
seen

# filtered FILTER...: a stat scheme on the map
filtered() {
	one_kdamond $W_PID
	wr_ok $C/operations fvaddr
	wr_ok $C/monitoring_attrs/nr_regions/max 10 # samples, which hold on to so many marks
	echo "$W_MAP_START $W_MAP_END" >/tmp/map
	regions_of /tmp/map
	wr_ok $C/targets/0/pid_target $W_PID
	filters "$@"
	wr_ok $D/state on
}

# filters_see: what only the secondary MMU accesses is young, again and again
filters_see() {
	secondary 0 $((16 * MIB))
	filtered "young Y Y"
	expect_passed 16 16
	sleep 1
	expect_passed 16 16
	wr_ok $D/state off
	secondary 0 0
	filtered "young Y Y"
	expect_passed 0 0
	wr_ok $D/state off
}

it "secondary: filters of schemes see it"
filters_see
it "secondary: marks that a filter takes are given to the process where another one decides"
echo 1 >/proc/$W_PID/clear_refs
filtered "anon N Y" "anon Y N" "young Y Y"
echo 1 >$P/all
within 20 whole_is_given || wrong "only $(referenced_kib) KiB of the process are marked"
wr_ok $D/state off

it "secondary: marks that sampling takes are given to the process"
secondary 0 0
for ops in vaddr paddr; do
	echo 1 >/proc/$W_PID/clear_refs
	echo 1 >$P/all
	same "$ops: marked there" $((96 * 256)) "$(cat $P/young)"
	same "$ops: marked here" 0 "$(referenced_kib)"
	if [ $ops = vaddr ]; then
		one_kdamond $W_PID
	else
		frames $W_PID $W_MAP_START $W_MAP_END >/tmp/frames
		paddr_kdamond /tmp/frames
	fi
	intervals 5000 100000 1000000
	wr_ok $C/monitoring_attrs/nr_regions/min 100
	wr_ok $D/state on
	sleep 3
	wr_ok $D/state off
	whole $ops 1000
done
stop_workload $W_PID
no_secondary

it "secondary: the same with huge pages"
start_workload <<'END'
map 96M
thp
END
seen
filters_see
stop_workload $W_PID

if [ -s /modules/kvm ]; then
	it "secondary: what the guest of a real virtual machine accesses, with KVM"
	no_secondary
	while read -r module; do
		insmod "/modules/$module" || wrong "insmod $module failed"
	done </modules/kvm
	start_program vmguest 96 32 32
	HOT_START=$((W_MAP_START + 32 * MIB)) HOT_END=$((W_MAP_START + 64 * MIB))
	one_kdamond $W_PID
	wr_ok $D/state on
	expect_hot_at $HOT_START $HOT_END 40
	wr_ok $D/state off
	seen_in_frames
	filtered "young Y Y"
	expect_passed 31 34
	sleep 1
	expect_passed 31 34
	stop_workload $W_PID
	within 10 is_off || wrong "the kdamond outlives its target"
	start_workload <<'END'
map 32M
END
	secondary 0 0
fi

it "secondary: it may leave at any time"
no_secondary
start_workload <<'END'
map 32M
END
one_kdamond $W_PID
intervals 1000 20000 1000000
wr_ok $D/state on
n=0
while [ $n -lt 10 ]; do
	secondary 0 $((8 * MIB))
	usleep 50000
	no_secondary
	n=$((n + 1))
done
secondary 0 $((8 * MIB))
stop_workload $W_PID
within 10 is_off || wrong "the kdamond outlives its target"
no_secondary

unload
finish
