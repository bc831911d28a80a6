# Mainline's own selftests, unmodified: needs the files of damo-root.sh with "selftests" in the guest.
# Where the kernel has its own DAMON, ours is mounted over it: they know one place only.
# SELFTESTS: those to run, if not all that run on every kernel and machine.
# shellcheck shell=dash disable=SC1091,SC2086
. /guest/lib.sh

DAMON=/sys/kernel/mm/damon
PATH=/usr/bin:/bin
wss=sysfs_update_schemes_tried_regions_wss_estimation.py
# Not $wss: it measures how fast memory is written, which an emulated machine does steadily only if it
# counts instructions (--icount).  Not sysfs_memcg_path_leak.sh: it needs kmemleak (the debug kernel).
: "${SELFTESTS:=sysfs.sh sysfs.py sysfs_no_op_commit_break.py sysfs_update_removed_scheme_dir.sh
damos_tried_regions.py damon_nr_regions.py damos_quota.py damos_quota_goal.py damos_apply_interval.py
sysfs_update_schemes_tried_regions_hang.py reclaim.sh lru_sort.sh}"

load || exit
[ $ROOT = $DAMON ] || mount --bind $ROOT $DAMON
use_tree $DAMON
cd /selftests/damon || exit
data "selftests of $(cat version)"

# ready_module NAME: ours, where the test looks for mainline's
ready_module() {
	module=$(basename /damon*_$1.ko .ko)
	insmod /$module.ko || wrong "insmod $module failed"
	[ $module = damon_$1 ] || mount --bind /sys/module/$module /sys/module/damon_$1
}
no_ready_module() {
	[ $module = damon_$1 ] || umount /sys/module/damon_$1
	rmmod $module || wrong "rmmod $module failed"
}

# ticks: QEMU's emulated TLB is emptied only by a switch between processes, so a process that runs alone
# sets no accessed bit twice.  This one interrupts it, as any machine's TLB runs out of room.
ticks() {
	printf 'map 64K\nhot 0 4K 4\n' >/tmp/ticks
	workload /tmp/ticks >/dev/null &
	ticker=$!
}

for name in $SELFTESTS; do
	it "selftests: $name"
	stop_all
	expected=0 module='' ticker=''
	case $name in
	# Their last step reads mainline's structures out of kernel memory by drgn and mainline's debugging
	# information.  We have other structures, so there can be no such thing for them to read.
	sysfs.py) expected='1 drgn not found' ;;
	sysfs_no_op_commit_break.py) expected='1 before-commit status dump failed: drgn not found' ;;
	reclaim.sh | lru_sort.sh) ready_module ${name%.sh} ;;
	"$wss") ticks ;;
	esac
	case $name in *.sh) run=bash ;; *) run=python3 ;; esac
	timeout 240 $run ./$name >/tmp/out 2>&1
	status=$?
	data "$name status $status: $(tail -n 1 /tmp/out)"
	# 4, a skip, is no pass: whatever it misses is to be here.
	[ "$expected" = 0 ] || status="$status $(tail -n 1 /tmp/out)"
	[ "$status" = "$expected" ] || wrong "status $status: $(tail -n 5 /tmp/out | tr '\n' '|')"
	[ -z "$ticker" ] || stop_workload $ticker
	[ -z "$module" ] || no_ready_module ${name%.sh}
done

cd /
stop_all
[ $OUR_ROOT = $DAMON ] || umount $DAMON
use_tree $OUR_ROOT
unload
finish
