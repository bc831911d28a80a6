# shellcheck shell=sh disable=SC2034,SC2086
# What the scripts in the guest share: reporting, files, the module, workloads.
# Sourced by busybox's shell.

# --- reporting -----------------------------------------------------------------
# it NAME begins a test and ends the one before; wrong WHY says that it failed;
# finish ends the last one.

TEST='' WRONG=''

report() { printf '%s\n' "$*" >/dev/ttyS1; printf '%s\n' "$*"; }

finish() {
	[ -n "$TEST" ] || return 0
	if [ -z "$WRONG" ]; then
		report "ok $TEST"
	else
		report "not ok $TEST: $WRONG"
	fi
	TEST='' WRONG=''
}

it() {
	finish
	TEST=$*
	echo "guest: it $TEST" >/dev/kmsg
}

wrong() {
	WRONG="${WRONG:+$WRONG; }$*"
	echo "guest: wrong: $*" >/dev/kmsg
}

data() { printf 'data %s\n' "$*" >/dev/ttyS1; }

# same WHAT EXPECTED ACTUAL
same() { [ "$2" = "$3" ] || wrong "$1 is '$3', expected '$2'"; }

# uptime_s: seconds since boot, in NOW
# A signal, such as of a child that ends, may cut a read short: only "123.45 ..." is whole.
uptime_s() {
	NOW=
	until read -r NOW _idle </proc/uptime; [ "${NOW#*.??}" != "$NOW" ] && [ -n "$_idle" ]; do :; done
	NOW=${NOW%.*}
}

# within SECONDS COMMAND...: it becomes true by then (tried ten times a second).  The
# debug kernel, emulated, is several times slower than the others.
PATIENCE=1
case $KERNEL in debug) PATIENCE=3 ;; xen-*) PATIENCE=2 ;; esac
within() {
	uptime_s
	_deadline=$((NOW + $1 * PATIENCE))
	shift
	while ! "$@"; do
		uptime_s
		[ "$NOW" -lt $_deadline ] || return 1
		sleep 0.1
	done
}

# --- files ---------------------------------------------------------------------

# reads FILE EXPECTED
reads() { same "${1#"$K"/}" "$2" "$(cat "$1" 2>&1)"; }

# wr_ok FILE TEXT: the write succeeds.  The interface may be busy serving another
# command, and then says so; a user tries again, and so does this.
wr_ok() {
	_tries=50
	while _got=$(wr "$1" "$2"); [ "$_got" = EBUSY ] && [ $_tries -gt 0 ]; do
		_tries=$((_tries - 1))
		sleep 0.1
	done
	[ "$_got" = OK ] || wrong "'$2' > ${1#"$K"/} gave $_got"
}

# wr_fails ERRNO FILE TEXT
wr_fails() {
	_got=$(wr "$2" "$3")
	[ "$_got" = "$1" ] || wrong "'$3' > ${2#"$K"/} gave $_got, expected $1"
}

# --- the module ----------------------------------------------------------------
# ROOT is its directory in sysfs; K the kdamonds directory; D, C and S a kdamond,
# its context and its first scheme.  With DAMON_IN_TREE=1
# the same scripts drive the kernel's own DAMON, to compare.

# (init sets HAS_IN_TREE before our module is loaded.)

# use_kdamond N: short names for the most frequent case, one context and scheme
use_kdamond() { D=$K/$1 C=$K/$1/contexts/0 S=$K/$1/contexts/0/schemes/0; }

# use_tree ROOT
use_tree() { ROOT=$1 K=$1/admin/kdamonds; use_kdamond 0; }

IN_TREE_ROOT=/sys/kernel/mm/damon
if [ "${DAMON_IN_TREE-0}" = 1 ] || [ "$HAS_IN_TREE" = 0 ]; then
	OUR_ROOT=/sys/kernel/mm/damon
else
	OUR_ROOT=/sys/kernel/mm/damon_module
fi
use_tree $OUR_ROOT

load() {
	[ "${DAMON_IN_TREE-0}" = 0 ] || return 0
	[ -d /sys/module/damon ] && [ -d $K ] && return 0
	insmod /damon.ko "$@" || { wrong "insmod failed"; return 1; }
	[ -d $K ] || { wrong "no $K after insmod"; return 1; }
}

unload() {
	stop_all
	[ "${DAMON_IN_TREE-0}" = 0 ] || return 0
	rmmod damon || { wrong "rmmod failed"; return 1; }
	[ ! -e "$ROOT" ] || wrong "$ROOT is there after rmmod"
}

stop_all() {
	for _state in "$K"/[0-9]*/state; do
		[ -e "$_state" ] || continue
		wr "$_state" off >/dev/null
	done
	_tries=50
	while [ "$(wr $K/nr_kdamonds 0)" = EBUSY ] && [ $_tries -gt 0 ]; do
		_tries=$((_tries - 1))
		sleep 0.1
	done
}

# trace_with_us: tracing and group, that of our events, are set.  Without command names: for them, the
# kernel replaces instructions of its scheduler, which old emulators may not survive (see boot.sh).
trace_with_us() {
	tracing=/sys/kernel/tracing
	[ -d $tracing/events ] || mount -t tracefs tracefs $tracing
	echo 0 >$tracing/options/record-cmd
	group=$tracing/events/damon
	[ "$OUR_ROOT" = /sys/kernel/mm/damon ] || group=$tracing/events/damon_module
}

# kdamonds N: a fresh tree of N kdamonds, each with one vaddr context
kdamonds() {
	stop_all
	wr_ok $K/nr_kdamonds "$1"
	_n=0
	while [ $_n -lt "$1" ]; do
		wr_ok $K/$_n/contexts/nr_contexts 1
		_n=$((_n + 1))
	done
}

# intervals SAMPLE AGGR UPDATE, in microseconds
intervals() {
	wr_ok $C/monitoring_attrs/intervals/sample_us "$1"
	wr_ok $C/monitoring_attrs/intervals/aggr_us "$2"
	wr_ok $C/monitoring_attrs/intervals/update_us "$3"
}

# target PID: the only target of the first context
target() {
	wr_ok $C/targets/nr_targets 1
	wr_ok $C/targets/0/pid_target "$1"
}

# system_ram: "start end" of each range, in bytes
system_ram() {
	sed -n 's/^\([0-9a-f]*\)-\([0-9a-f]*\) : System RAM$/\1 \2/p' /proc/iomem |
		while read -r _s _e; do echo "$((0x$_s)) $((0x$_e + 1))"; done
}

# regions_of FILE: the ranges that it lists are what the first target monitors
regions_of() {
	wr_ok $C/targets/nr_targets 1
	wr_ok $C/targets/0/regions/nr_regions "$(wc -l <"$1")"
	_i=0
	# echo, for it starts no process: there may be a thousand
	while read -r _s _e; do
		echo "$_s" >$C/targets/0/regions/$_i/start || wrong "start of region $_i"
		echo "$_e" >$C/targets/0/regions/$_i/end || wrong "end of region $_i"
		_i=$((_i + 1))
	done <"$1"
}

ULONG_MAX=18446744073709551615

# scheme DIR ACTION: one that takes every region
scheme() {
	wr_ok "$1/action" "$2"
	for _f in sz nr_accesses age; do
		wr_ok "$1/access_pattern/$_f/min" 0
		wr_ok "$1/access_pattern/$_f/max" $ULONG_MAX
	done
}

# one_kdamond PID: one kdamond that monitors PID, with a stat scheme over all.  The
# intervals suit an emulated machine.
one_kdamond() {
	kdamonds 1
	intervals 20000 400000 1000000
	target "$1"
	wr_ok $C/schemes/nr_schemes 1
	scheme $S stat
}

# on_all_ram: the first kdamond monitors all memory of the machine
on_all_ram() {
	wr_ok $C/operations paddr
	system_ram >/tmp/system-ram
	regions_of /tmp/system-ram
}

# filters "TYPE MATCHING ALLOW [FILE=VALUE]..."...: of the first scheme, about folios
filters() {
	wr_ok $S/ops_filters/nr_filters $#
	_n=0
	for _filter in "$@"; do
		_dir=$S/ops_filters/$_n
		set -- $_filter
		wr_ok $_dir/type "$1"
		wr_ok $_dir/matching "$2"
		wr_ok $_dir/allow "$3"
		shift 3
		for _file in "$@"; do
			wr_ok "$_dir/${_file%%=*}" "${_file#*=}"
		done
		_n=$((_n + 1))
	done
}

# act_on_cgroup ACTION [FILTER]...: on what is charged to the cgroup w, wherever it is, again and again
act_on_cgroup() {
	kdamonds 1
	intervals 20000 200000 10000000
	on_all_ram
	wr_ok $C/schemes/nr_schemes 1
	scheme $S "$1"
	shift
	filters "memcg N N memcg_path=/w" "$@"
	wr_ok $D/state on
}

state_is() { [ "$(cat "$1/state" 2>&1)" = "$2" ]; }
is_on() { state_is $D on; }
is_off() { state_is $D off; }

kdamond_pid() { cat "${1:-$D}/pid"; }

# regions [SCHEME]: "start end nr_accesses age" of each tried region, in order
regions() {
	_dir=${1:-$S}/tried_regions
	_n=0
	while [ -d "$_dir/$_n" ]; do
		# read, for it starts no process: there may be a thousand
		read -r _start <"$_dir/$_n/start"
		read -r _end <"$_dir/$_n/end"
		read -r _accesses <"$_dir/$_n/nr_accesses"
		read -r _age <"$_dir/$_n/age"
		echo "$_start $_end $_accesses $_age"
		_n=$((_n + 1))
	done
}

snapshot() { wr_ok "${1:-$D}/state" update_schemes_tried_regions; }

# passed_mib: what the filters of the first scheme let through
passed_mib() {
	snapshot "$D"
	_sum=0
	_n=0
	while [ -d $S/tried_regions/$_n ]; do
		read -r _bytes <$S/tried_regions/$_n/sz_filter_passed
		_sum=$((_sum + _bytes))
		_n=$((_n + 1))
	done
	echo $((_sum / 1048576))
}
passed_between() {
	PASSED=$(passed_mib)
	[ "$PASSED" -ge "$1" ] && [ "$PASSED" -le "$2" ]
}
# expect_passed MIN MAX: so many MiB, in some round to come
expect_passed() {
	within 30 passed_between $1 $2 || wrong "$PASSED MiB pass, expected $1 to $2"
}

# covered FROM TO MIN: permille of [FROM, TO) that the regions on standard input
# with at least MIN accesses cover.  In KiB, for awk counts in floating point.
covered() {
	awk -v from="$1" -v to="$2" -v min="$3" '
	$3 >= min {
		s = $1 > from ? $1 : from
		e = $2 < to ? $2 : to
		if (e > s) sum += e - s
	}
	END { printf "%d\n", sum * 1000 / (to - from) }'
}

# --- failing allocations ---------------------------------------------------------

can_fail() { [ -d /sys/kernel/debug/failslab ]; }

# failures PERCENT: so many allocations fail of processes that ask for it (make-it-fail); not of their
# page faults
failures() {
	for _f in failslab fail_page_alloc; do
		_f=/sys/kernel/debug/$_f
		echo Y >$_f/task-filter
		echo -1 >$_f/times
		echo 0 >$_f/verbose
		echo 1 >$_f/interval
		echo N >$_f/ignore-gfp-wait
		echo "$1" >$_f/probability
	done
}

# --- workloads -----------------------------------------------------------------

W_OUT=/tmp/workload.out

# fresh FILE: what another case left there is gone.  A command in the background empties its output
# itself, but maybe only after we looked whether it is ready.
fresh() { : >"$1"; }

# start_program COMMAND...: one that says what it mapped, and that it is ready.  Sets W_PID, and
# W_MAP_START and W_MAP_END.
start_program() {
	W_OUT=/tmp/workload.$((W_COUNT = ${W_COUNT:-0} + 1)).out
	fresh $W_OUT
	"$@" >$W_OUT &
	W_PID=$!
	within 60 grep -q '^ready\|^error' $W_OUT
	grep -q '^ready' $W_OUT || { wrong "the workload did not start: $(cat $W_OUT)"; return 1; }
	W_MAP_START=$(awk '/^map/ { print $2 }' $W_OUT)
	W_MAP_END=$(awk '/^map/ { print $3 }' $W_OUT)
}

# start_workload: what to do is on standard input (see workload.cpp)
start_workload() {
	cat >/tmp/workload.in
	start_program workload /tmp/workload.in
}

stop_workload() {
	kill "$1" 2>/dev/null
	wait "$1" 2>/dev/null
}

# memcg NAME COMMAND...: runs it as a member of that memory cgroup, in /cg
memcg() {
	if [ ! -d /cg ]; then
		mkdir /cg
		mount -t cgroup2 none /cg
		echo +memory >/cg/cgroup.subtree_control
	fi
	mkdir -p "/cg/$1"
	echo $$ >"/cg/$1/cgroup.procs"
	shift
	"$@"
	echo $$ >/cg/cgroup.procs
}

# memcg_mib NAME FIELD: of its memory.stat
memcg_mib() { awk -v f="$2" '$1 == f { printf "%d\n", $2 / 1048576 }' "/cg/$1/memory.stat"; }

# range NAME: "start end" of where it is now
range() { awk -v name="$1" '($1 == "range" || $1 == "moved") && $2 == name { r = $3 " " $4 } END { print r }' $W_OUT; }

# set_lru_gen VALUE: turns the multi-generation LRU on or off, where there is one.  That patches code of
# the kernel, which an emulated processor that runs there just then sees half patched ("Oops: int3"),
# so the workload, which makes the kernel run it, pauses.
MGLRU=/sys/kernel/mm/lru_gen/enabled
set_lru_gen() {
	[ -e $MGLRU ] || return 0
	kill -STOP "$W_PID" 2>/dev/null
	sleep 0.1
	echo "$1" >$MGLRU
	kill -CONT "$W_PID" 2>/dev/null
}

# verify: every byte of the workload's area is as it was
verify() {
	_asked=$(($(grep -c '^verify' "$W_OUT") + 1))
	kill -USR1 "$W_PID" || { wrong "the workload is gone"; return 1; }
	within 120 verified $_asked || { wrong "the workload does not answer"; return 1; }
	_said=$(grep '^verify' "$W_OUT" | tail -n 1)
	case $_said in 'verify ok'*) ;; *) wrong "the workload's data: $_said" ;; esac
}
verified() { [ "$(grep -c '^verify' "$W_OUT")" -ge "$1" ]; }

# kib PID FIELD: of /proc/PID/status, in KiB
kib() { awk -v f="$2:" '$1 == f { print $2 }' "/proc/$1/status"; }

swap_on() {
	grep -q zram0 /proc/swaps && return
	[ -b /dev/zram0 ] || { wrong "no zram"; return 1; }
	echo "${1:-512M}" >/sys/block/zram0/disksize
	mkswap /dev/zram0 >/dev/null
	swapon /dev/zram0
}
