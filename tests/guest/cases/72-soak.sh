# Everything at once, for SOAK_SECONDS: processes that map, split, move, fork, exec and end, under all
# that the kernel itself does to memory, while kdamonds of all kinds watch them, with schemes that act,
# and are committed, paused, stopped, started and removed.  The single write may fail; a process whose
# data is wrong, a write that hangs, a kernel that complains or memory that is lost may not.
#
# A run by hand: make soak.
# shellcheck disable=SC2154,SC2231,SC2317,SC3028	# LASTING1 and so on come from eval, RANDOM from busybox
. /guest/lib.sh
[ "${DAMON_IN_TREE-0}" = 0 ] || exit 0
load || exit

SOAK_SECONDS=${SOAK_SECONDS:-15}
# Of a round, after each of which all must work as new.
ROUND_SECONDS=${SOAK_ROUND_SECONDS:-10}
MEMORY=/sys/devices/system/memory
THP=/sys/kernel/mm/transparent_hugepage

# one_of WORD...: any of them, in ONE
one_of() {
	shift $((RANDOM % $#))
	ONE=$1
}

# --- what others do to memory ----------------------------------------------------------------------

compact() { echo 1 >/proc/sys/vm/compact_memory; usleep 700000; }
drop_caches() { echo 3 >/proc/sys/vm/drop_caches; usleep 1500000; }
huge_pool() { echo $((RANDOM % 12)) >/proc/sys/vm/nr_hugepages; usleep 900000; }

# Any block that the kernel lets go; it cannot always, and a signal ends its tries.
offline() {
	set -- $MEMORY/memory[0-9]*
	shift $((RANDOM % $#))
	timeout 5 sh -c "echo offline >$1/state" 2>/dev/null && echo "$1" >>/tmp/soak.offlined
	usleep 500000
	for _block in $MEMORY/memory[0-9]*; do
		read -r _state <$_block/state
		[ "$_state" = online ] || echo online >$_block/state
	done
	usleep 500000
}

# Never at once: 6.12's __reset_isolation_pfn() may look for a page's compound head after offline_pages()
# has overwritten it, which KASAN then finds, whether DAMON is there or not.
compact_and_offline() { compact; offline; }

# Pages come back from swap under everybody's eyes.
swapping() {
	timeout 10 swapoff /dev/zram0
	usleep 300000
	swapon /dev/zram0 2>/dev/null
	usleep 3000000
}

# --- processes -------------------------------------------------------------------------------------

# victim N: a process that is killed at any moment
victim() {
	churn 1 >/dev/null &
	_victim=$!
	echo $_victim >/tmp/soak.victim$1
	usleep $((RANDOM * 60))
	kill -9 $_victim
	wait $_victim
}

# a memory cgroup that comes and goes, with a process in it
group() {
	mkdir -p /cg/soak
	(echo 0 >/cg/soak/cgroup.procs; exec timeout 1 churn 1 >/dev/null)
	rmdir /cg/soak
}

# --- kdamonds --------------------------------------------------------------------------------------

# What one of them cannot do is refused.
VADDR_SCHEMES='stat
pageout
pageout age 2..2 intervals quota 5ms/200ms 4M/200ms
pageout filter reject young; stat filter allow anon
cold accesses 0%; willneed
hugepage accesses 10%..; nohugepage accesses 0%
collapse quota 10ms/500ms; stat apply every 50ms
stat filter allow memcg /soak; stat filter reject hugepage_size 2M..; stat filter allow unmapped no
migrate_cold to nodes 0:1,1:1 quota 8M/200ms
migrate_hot accesses 10%.. to node 0; stat filter reject target 0
willneed quota 1M/100ms weights accesses:3,age:1 goal user 100 current 80 tuner temporal
pageout goal psi 1ms quota 1G/1s fail_charge 1/10; stat snapshots 20
stat watermarks free 99% 98% 1% every 50ms; pageout watermarks free 30% 20% 10% every 100ms'
PADDR_SCHEMES='stat
pageout accesses 0% quota 5ms/200ms 8M/200ms
pageout filter allow memcg /soak; stat filter reject anon
lru_prio accesses 10%..; lru_deprio accesses 0% age 2..9 intervals
lru_deprio; lru_prio filter allow young
migrate_hot to node 0 quota 16M/200ms; migrate_cold accesses 0% to node 1 quota 16M/200ms
stat filter allow active; stat filter allow unmapped; stat filter allow hugepage_size 2M..
pageout filter reject young quota 20ms/500ms goal node0 used 90%
stat goal node0 eligible 60% quota 1G/1s; stat filter reject addr 1M..64M'

# any_line LIST: any line of it, in LINE
any_line() {
	LINE=$(printf '%s\n' "$1" | sed -n "$((1 + RANDOM % $(printf '%s\n' "$1" | wc -l)))p")
}

targets_of_vaddr() {
	read -r _victim </tmp/soak.victim$((1 + RANDOM % 2))
	one_of "$LASTING1" "$LASTING2" "$LASTING3" "$_victim"
	wr $C/targets/nr_targets $((1 + RANDOM % 3))
	for _target in $C/targets/[0-9]*; do
		wr $_target/pid_target $ONE
		ONE=$_victim
	done
}

# the mappings of a process that lasts, as they were a moment ago
targets_of_fvaddr() {
	sed -n 's/^\([0-9a-f]*\)-\([0-9a-f]*\) .*/\1 \2/p' /proc/$LASTING1/maps | head -n 12 |
		while read -r _s _e; do case $_s in ffff*) ;; *) echo $((0x$_s)) $((0x$_e)) ;; esac; done >/tmp/soak.maps$N
	regions_of /tmp/soak.maps$N
	wr $C/targets/0/pid_target $LASTING1
}

targets_of_paddr() {
	system_ram >/tmp/soak.ram$N
	one_of ram whole
	[ $ONE = ram ] || echo "0 $((1 << 34))" >/tmp/soak.ram$N
	regions_of /tmp/soak.ram$N
}

# stage: new inputs of the kdamond N, of what is OPERATIONS
stage() {
	one_of 1000 2000 5000 20000
	wr $C/monitoring_attrs/intervals/sample_us $ONE
	wr $C/monitoring_attrs/intervals/aggr_us $((ONE * (5 + RANDOM % 10)))
	wr $C/monitoring_attrs/intervals/update_us $((ONE * 20))
	one_of 10 100 300
	wr $C/monitoring_attrs/nr_regions/max $ONE
	one_of 0 0 4
	wr $C/monitoring_attrs/intervals/intervals_goal/aggrs $ONE
	wr $C/monitoring_attrs/intervals/intervals_goal/access_bp 400
	wr $C/monitoring_attrs/intervals/intervals_goal/min_sample_us 1000
	wr $C/monitoring_attrs/intervals/intervals_goal/max_sample_us 100000
	targets_of_$OPERATIONS
	any_line "$VADDR_SCHEMES"
	[ $OPERATIONS != paddr ] || any_line "$PADDR_SCHEMES"
	wr $C/schemes/text "$LINE"
}

# work: one thing that a user may do to the kdamond N
work() {
	case $((RANDOM % 16)) in
	0 | 1 | 2) stage; wr $D/state commit ;;
	3) wr $D/state off ;;
	4) stage; wr $D/state off; wr $D/state on ;;
	5) wr $C/pause Y; wr $D/state commit; usleep 100000; wr $C/pause N; wr $D/state commit ;;
	6) wr $D/state update_schemes_tried_regions; cat $S/tried_regions/[0-3]/* ;;
	7) wr $D/state update_schemes_stats; wr $D/state update_schemes_effective_quotas ;;
	8) wr $D/state update_tuned_intervals; wr $D/state update_schemes_tried_bytes ;;
	9) wr $D/state clear_schemes_tried_regions; wr $D/state commit_schemes_quota_goals ;;
	10) one_of 0 1 3; wr $C/schemes/nr_schemes $ONE; wr $D/state commit ;;
	11) wr $D/refresh_ms $((RANDOM % 200)) ;;
	12) one_of 0 1; wr $C/targets/nr_targets $ONE; wr $C/targets/0/obsolete_target Y; wr $D/state commit ;;
	13) cat $D/snapshot $C/schemes/text $D/last_error $D/pid ;;
	14) probe; wr $D/state commit ;;
	*) wr $D/state on ;;
	esac
	usleep $((RANDOM * 6))
}

probe() {
	wr $C/monitoring_attrs/probes/nr_probes $((RANDOM % 3))
	wr $C/monitoring_attrs/probes/0/filters/nr_filters 1
	wr $C/monitoring_attrs/probes/0/weight $((RANDOM % 2))
	wr $C/monitoring_attrs/probes/1/filters/nr_filters 1
	wr $C/monitoring_attrs/probes/1/filters/0/type memcg
	wr $C/monitoring_attrs/probes/1/filters/0/path /soak
}

read_all() { find $K -type f -exec cat {} +; }

# hold_files: reads and writes files that were opened some time ago
hold_files() {
	set -- $(find $K -type f | head -n 400)
	shift $((RANDOM % ($# + 1)))
	[ $# -ge 3 ] || return
	{ usleep 300000; cat <&3; cat <&4; echo 1 >&5; } 3<"$1" 4<"$2" 5<>"$3"
}

# --- all of it -------------------------------------------------------------------------------------

# again_and_again COMMAND...: in a process of its own, until /tmp/soak.stop is there
again_and_again() {
	SEED=$((SEED + 7919))
	{
		RANDOM=$SEED
		wrong() { :; }
		while [ ! -e /tmp/soak.stop ]; do "$@"; done
	} >/dev/null 2>&1 &
	JOBS="$JOBS $!"
}

# drive N OPERATIONS
drive() {
	N=$1 OPERATIONS=$2
	use_kdamond $N
	wr $C/operations $OPERATIONS >/dev/null
	again_and_again work
}

# lasting ARGUMENT...: a process whose data is verified at the end
lasting() {
	NR_LASTING=$((NR_LASTING + 1))
	churn "$@" >/tmp/soak.out$NR_LASTING &
	eval "LASTING$NR_LASTING=$!"
}

# what_holds PID: where it is, and what it waits for
what_holds() {
	for _pid in $1 $(pgrep -P $1); do
		tr '\0' ' ' </proc/$_pid/cmdline
		head -n 12 /proc/$_pid/stack
	done
}

# all_ended: each of these processes ends when it is told to
all_ended() {
	touch /tmp/soak.stop
	for _job in $JOBS; do
		within 180 [ ! -d /proc/$_job ] ||
			wrong "process $_job does not end: $(what_holds $_job)"
	done
	JOBS=''
}

begin_round() {
	rm -f /tmp/soak.stop
	JOBS=''
	load
	kdamonds 4
	again_and_again drop_caches
	again_and_again huge_pool
	again_and_again compact_and_offline
	again_and_again swapping
	again_and_again group
	again_and_again victim 1
	again_and_again victim 2
	drive 0 vaddr
	drive 1 vaddr
	drive 2 paddr
	drive 3 fvaddr
	again_and_again read_all
	again_and_again hold_files
}

# as_new: after all that
as_new() {
	use_kdamond 0
	one_kdamond $LASTING2
	wr_ok $D/state on
	snapshot
	[ -d $S/tried_regions/0 ] || wrong "no regions afterwards"
	wr_ok $D/state off
}

it "soak: all at once, for $SOAK_SECONDS s"
uptime_s
SEED=${SOAK_SEED:-$NOW} NR_LASTING=0
echo "guest: seed $SEED" >/dev/kmsg
swap_on 256M
[ -d /cg ] || { mkdir /cg; mount -t cgroup2 none /cg; echo +memory >/cg/cgroup.subtree_control; }
echo 1 >/sys/kernel/mm/ksm/run
echo 5 >/sys/kernel/mm/ksm/sleep_millisecs
echo 500 >/sys/kernel/mm/ksm/pages_to_scan
thp=$(sed 's/.*\[\(.*\)\].*/\1/' $THP/enabled)
echo always >$THP/enabled
# A nice thread of the kernel that is in an RCU critical section, and gets no processor because all
# others are busy, is a stall to the kernel.
for thread in khugepaged ksmd; do renice 0 -p "$(pidof $thread)"; done
echo 50 >$THP/khugepaged/scan_sleep_millisecs
echo 50 >$THP/khugepaged/alloc_sleep_millisecs
: >/tmp/soak.offlined
echo $$ >/tmp/soak.victim1
echo $$ >/tmp/soak.victim2
lasting 2
lasting 1
lasting 1 again

uptime_s
over=$((NOW + SOAK_SECONDS)) round=0
while [ "$NOW" -lt $over ] && [ -z "$WRONG" ]; do
	round=$((round + 1))
	begin_round
	sleep $ROUND_SECONDS
	echo "guest: end of round $round" >/dev/kmsg
	# Every other time the module goes away under all of them.
	[ $((round % 2)) = 0 ] || rmmod damon || wrong "rmmod failed"
	all_ended
	load && as_new
	echo "guest: round $round, $(wc -l </tmp/soak.offlined) blocks went offline, pages of ksm $(cat /sys/kernel/mm/ksm/pages_sharing)" >/dev/kmsg
	uptime_s
done

it "soak: what the processes read is what they wrote"
for n in 1 2 3; do
	eval "pid=\$LASTING$n"
	kill $pid
	wait $pid || wrong "process $n ended with status $?"
	grep -q '^churn ok' /tmp/soak.out$n || wrong "process $n: $(head -n 6 /tmp/soak.out$n)"
done

# as it was
unload
echo 2 >/sys/kernel/mm/ksm/run
echo 0 >/proc/sys/vm/nr_hugepages
echo $thp >$THP/enabled
swapoff /dev/zram0
echo 1 >/sys/block/zram0/reset
finish
