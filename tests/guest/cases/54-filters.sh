# Filters of folios: how much of a workload that has both kinds each lets through.
. /guest/lib.sh
load || exit
swap_on

# measure [FILTER]...: a stat scheme over all regions
measure() {
	wr_ok $C/schemes/nr_schemes 1
	scheme $S stat
	filters "$@"
	wr_ok $D/state on
}

# on_ram [FILTER]...: what is charged to the cgroup w, wherever it is
on_ram() {
	kdamonds 1
	intervals 20000 200000 10000000
	on_all_ram
	measure "memcg N N memcg_path=/w" "$@"
}

# on_process [FILTER]...: what the workload's map maps
on_process() {
	kdamonds 1
	intervals 20000 200000 10000000
	target $W_PID
	wr_ok $C/operations fvaddr
	wr_ok $C/targets/0/regions/nr_regions 1
	wr_ok $C/targets/0/regions/0/start $W_MAP_START
	wr_ok $C/targets/0/regions/0/end $W_MAP_END
	measure "$@"
}

# passes MIN MAX: so many MiB of it
passes() {
	expect_passed $1 $2
	wr_ok $D/state off
}

memcg w start_workload <<'END'
map 64M
huge 0 16M
file 32M 24M
hot 16M 8M 5
END

it "filters: what is mapped, by kind"
for on in on_ram on_process; do
	# the program itself is in the cgroup too
	$on "anon Y Y"
	passes 40 44
	$on "anon N Y"
	passes 24 28
	$on "anon Y N"
	passes 24 28
	$on "hugepage_size Y Y min=2097152 max=2097152"
	passes 16 16
	$on "hugepage_size N Y min=2097152 max=$ULONG_MAX"
	passes 48 56
	# the first that matches decides
	$on "hugepage_size Y N min=8192 max=$ULONG_MAX" "anon Y Y"
	passes 24 28
done

it "filters: memcg is exact"
memcg other true
for on in on_ram on_process; do
	$on "memcg Y Y memcg_path=/w"
	passes 64 70
	$on "memcg Y Y memcg_path=/other"
	passes 0 0
done
on_process "memcg N Y memcg_path=/w"
passes 0 0

it "filters: young, and whoever was asked is old"
for on in on_ram on_process; do
	$on "young Y Y"
	passes 8 12
	# asked is only whom no filter before decided about
	$on "hugepage_size Y Y min=2097152 max=$ULONG_MAX" "young N N"
	passes 24 26
	$on "young N Y"
	passes 52 62
done

it "filters: active"
act() {
	kdamonds 1
	intervals 20000 200000 10000000
	on_all_ram
	wr_ok $C/schemes/nr_schemes 1
	scheme $S $1
	filters "memcg N N memcg_path=/w" "anon N N"
	wr_ok $D/state on
	sleep 2
	wr_ok $D/state off
}
[ ! -e $MGLRU ] || lru_gen=$(cat $MGLRU)
set_lru_gen n
act lru_deprio
on_ram "anon N N" "active Y Y"
passes 0 3
on_process "anon N N" "active N Y"
passes 38 40
act lru_prio
on_ram "anon N N" "active Y Y"
passes 38 44
on_process "active Y N" "anon Y Y"
passes 0 2
if [ -n "${lru_gen-}" ]; then
	# the two youngest generations are active, whatever PG_active says, and they exist
	set_lru_gen y
	act lru_prio
	on_ram "anon N N" "active Y Y"
	passes 38 44
	# two more make them old
	id=$(awk '$1 == "memcg" && $3 == "/w" { print $2 }' /sys/kernel/debug/lru_gen)
	kill -STOP $W_PID
	for n in 1 2 3; do
		seq=$(awk '$1 == "memcg" { mine = $3 == "/w" } mine && NF == 4 { last = $1 }
			END { print last }' /sys/kernel/debug/lru_gen)
		echo "+ $id 0 $seq 1" >/sys/kernel/debug/lru_gen
	done
	on_ram "anon N N" "active Y Y"
	passes 0 12
	kill -CONT $W_PID
	set_lru_gen "$lru_gen"
fi

it "filters: unmapped"
cat /sys/class/zram-control/hot_add >/tmp/zram
disk=zram$(cat /tmp/zram)
echo 32M >/sys/block/$disk/disksize
exec 9</dev/$disk # its page cache goes with the last who has it open
dd if=/dev/urandom of=/dev/$disk bs=1M count=16 conv=fsync 2>/dev/null
echo 3 >/proc/sys/vm/drop_caches
memcg w dd if=/dev/$disk of=/dev/null bs=1M count=16 2>/dev/null
on_ram "unmapped Y Y"
passes 16 18
on_ram "unmapped N Y"
passes 64 72
on_process "unmapped Y Y"
passes 0 0
on_process "unmapped N Y"
passes 64 64

it "filters: stat without any reports nothing"
on_process
passes 0 0
verify

it "filters: nonsense is refused"
kdamonds 1
target $W_PID
wr_ok $C/schemes/nr_schemes 1
scheme $S stat
filters "memcg Y Y memcg_path=/nowhere"
wr_fails EINVAL $D/state on
stop_workload $W_PID
exec 9<&-
echo 1 >/sys/block/$disk/reset

unload
finish
