# What a locked-down kernel lets the module do.  Lockdown cannot be lowered again: this case is the last.
# With LOCKED_BOOT=1 it is for a kernel that is locked down from the start, by firmware that vouches for
# the keys of /signed/*.ko: `tests/run.sh lockdown`, see firmware.sh.
. /guest/lib.sh
[ "${DAMON_IN_TREE-0}" = 0 ] || exit 0
# The debug kernel is built without.
[ "$KERNEL" != debug ] || exit 0

LOCKDOWN=/sys/kernel/security/lockdown
mount -t securityfs securityfs /sys/kernel/security 2>/dev/null
mount -t tracefs tracefs /sys/kernel/tracing 2>/dev/null
level() { sed -n 's/.*\[\(.*\)\].*/\1/p' $LOCKDOWN; }

refused() {
	insmod /damon.ko >/tmp/out 2>&1 && wrong "an unsigned module was loaded"
	grep -qi 'not permitted\|key was rejected\|required key' /tmp/out || wrong "insmod: $(cat /tmp/out)"
	[ ! -e /sys/module/damon ] || wrong "there is a module"
	[ ! -e $OUR_ROOT ] || wrong "there is a tree"
}

# session: a kdamond of each kind that finds what is hot, and pages out
session() {
	one_kdamond $W_PID
	wr_ok $D/state on
	hot() { [ "$(awk 'NR > 1 && $4 > 0' $D/snapshot | wc -l)" -gt 0 ]; }
	within 30 hot || wrong "nothing is hot: $(head -n 5 $D/snapshot)"
	snapshot
	[ -d $S/tried_regions/0 ] || wrong "no regions"
	wr_ok $S/action pageout
	wr_ok $D/state commit
	sleep 2
	wr_ok $D/state off
	kdamonds 1
	on_all_ram
	wr_ok $D/state on
	within 30 hot || wrong "nothing is hot in physical memory"
	wr_ok $D/state off
}

[ -e $LOCKDOWN ] || { it "lockdown: is there"; wrong "no $LOCKDOWN"; finish; exit; }
if [ "${LOCKED_BOOT-0}" = 1 ]; then
	it "lockdown: an unsigned module is refused on a kernel booted with '$(level)'"
	[ "$(level)" != none ] || wrong "it is not locked"
	refused
	cp /damon.ko /unsigned.ko
	start_workload <<-'END'
		map 32M
		hot 0 8M 5
	END
	for lock in integrity confidentiality; do
		[ "$(level)" = $lock ] || echo $lock >$LOCKDOWN || wrong "cannot lock"
		for key in db mok; do
			it "lockdown: a module signed with a key in $key is loaded under '$lock', and works"
			same "the level" $lock "$(level)"
			insmod /signed/$key.ko >/tmp/out 2>&1 || wrong "insmod: $(cat /tmp/out)"
			[ -d $K ] || { wrong "no tree"; continue; }
			session
			unload
		done
		it "lockdown: unsigned, or changed after it was signed, it is refused under '$lock'"
		refused
		sed 's/license=GPL/license=gpl/' /signed/db.ko >/damon.ko
		! cmp -s /signed/db.ko /damon.ko || wrong "it was not changed"
		refused
		cp /unsigned.ko /damon.ko
	done
	stop_workload $W_PID
	finish
	exit
fi

start_workload <<'END'
map 32M
hot 0 8M 5
END
it "lockdown: nothing is locked"
same "the level" none "$(level)"
load || exit
session

for lock in integrity confidentiality; do
	it "lockdown: what is loaded works under '$lock'"
	echo $lock >$LOCKDOWN || wrong "cannot lock"
	same "the level" $lock "$(level)"
	session
done

it "lockdown: no events under 'confidentiality'"
# This is the kernel's: files of tracefs cannot be opened at all.
! cat /sys/kernel/tracing/events/damon*/enable >/dev/null 2>&1 || wrong "tracefs can be read"

it "lockdown: unload, and not again"
unload
refused
stop_workload $W_PID
finish
