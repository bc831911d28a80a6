# Mainline's own selftests, unmodified: needs the files of damo-root.sh with "selftests" in the guest.
# Where the kernel has its own DAMON, ours is mounted over it: they know one place only.
# shellcheck shell=dash disable=SC1091,SC2086
. /guest/lib.sh

DAMON=/sys/kernel/mm/damon
PATH=/bin:/usr/bin
load || exit
[ $ROOT = $DAMON ] || mount --bind $ROOT $DAMON
use_tree $DAMON
cd /selftests/damon || exit
data "selftests of $(cat version)"

# Two are about modules that have their own tests: reclaim.sh and lru_sort.sh.
for name in sysfs.sh sysfs_update_removed_scheme_dir.sh sysfs_memcg_path_leak.sh sysfs.py \
	sysfs_no_op_commit_break.py damos_tried_regions.py damon_nr_regions.py damos_quota.py \
	damos_quota_goal.py damos_apply_interval.py sysfs_update_schemes_tried_regions_hang.py \
	sysfs_update_schemes_tried_regions_wss_estimation.py; do
	[ -z "${SELFTESTS-}" ] || case " $SELFTESTS " in *" $name "*) ;; *) continue ;; esac
	it "selftests: $name"
	stop_all
	case $name in *.sh) run=bash ;; *) run=python3 ;; esac
	timeout 240 $run ./$name >/tmp/out 2>&1
	status=$?
	data "$name status $status: $(tail -n 1 /tmp/out)"
	# 4: it cannot be run here, such as for want of kmemleak or drgn.
	case $status in
	0 | 4) ;;
	*) wrong "status $status: $(tail -n 5 /tmp/out | tr '\n' '|')" ;;
	esac
done

cd /
stop_all
[ $OUR_ROOT = $DAMON ] || umount $DAMON
use_tree $OUR_ROOT
unload
finish
