# The two schemes that DAMON began with, and what they do to programs: proactive reclamation and
# access-aware huge pages.  Where the kernel has its own DAMON, that one does the same with the same
# program in the same boot.  Needs --icount: a nanosecond of CPU time is one instruction.
#
# FOUNDING_CASES: which (see tools/founding.sh).  FOUNDING_SECONDS: how long redis works; the joins half of it.
# shellcheck shell=dash disable=SC1091,SC2034,SC2086
. /guest/lib.sh
. /guest/measure.sh
PATH=/bin:/usr/bin

SECONDS_EACH=${FOUNDING_SECONDS:-40}

# busy: nanoseconds in which the processor ran anything but the idle task
busy() { awk '/^cpu0/ { print $8 }' /proc/schedstat; }
vmstat() { awk -v f=$1 '$1 == f { print $2 }' /proc/vmstat; }
major() { awk '{ print $12 }' /proc/$1/stat; }

# watch_rss CASE WHO PID: twice a second, until it is killed; "data rss CASE WHO SECOND MIB"
watch_rss() {
	_half=0
	while read -r _total _resident _rest </proc/$3/statm; do
		data "rss $1 $2 $((_half / 2)).$((_half % 2 * 5)) $((_resident / 256))"
		_half=$((_half + 1))
		sleep 0.5
	done
}

# begin_watch CASE WHO PID, end_watch: with the kdamond, if its context is set up, whose CPU time is in
# CPU_OF_KDAMOND then
begin_watch() {
	KDAMOND_PID=0 CPU_OF_KDAMOND=0
	if [ "$(cat $K/nr_kdamonds)" = 1 ]; then
		wr_ok $D/state on
		KDAMOND_PID=$(kdamond_pid)
	fi
	watch_rss $1 $2 $3 &
	WATCHER=$!
}
end_watch() {
	kill $WATCHER
	wait $WATCHER 2>/dev/null
	[ $KDAMOND_PID = 0 ] || CPU_OF_KDAMOND=$(cpu $KDAMOND_PID)
}

# founding_context PID: what both DAMONs are given: 5 ms, 100 ms, mappings each second, 10 to 1000 regions
founding_context() {
	kdamonds 1
	intervals 5000 100000 1000000
	wr_ok $C/monitoring_attrs/nr_regions/min 10
	wr_ok $C/monitoring_attrs/nr_regions/max 1000
	target $1
}

# --- reclamation -----------------------------------------------------------------

KEYS=${FOUNDING_KEYS:-14000}
SIZE=16000			# of each
HOT=$((KEYS / 100))
ROUNDS_A_SECOND=180
GETS=40				# of those that are hot, every 5 ms and what they take
AGE=5				# seconds that memory is idle before it is paged out
# What we would give ours, as text.  Its age ends with the first access that is seen, so it needs less.
OWN_LINE="pageout accesses 0% age 2s.."

cli() { redis-cli -s /tmp/redis.sock "$@"; }
redis_answers() { [ "$(cli PING 2>/dev/null)" = PONG ]; }

# start_redis: with all keys; those that will be asked for are in the middle
start_redis() {
	cat >/tmp/redis.conf <<'END'
port 0
unixsocket /tmp/redis.sock
save ""
appendonly no
END
	redis-server /tmp/redis.conf >/tmp/redis.log 2>&1 &
	R_PID=$!
	within 20 redis_answers || { wrong "redis does not answer: $(tail -n 3 /tmp/redis.log)"; return 1; }
	requests /tmp/redis.sock fill $KEYS $HOT $SIZE >/tmp/filled 2>&1 || wrong "fill: $(cat /tmp/filled)"
	same "keys of redis" $KEYS "$(cli DBSIZE)"
}

# reclaim WHO: the work, while WHO pages out what is idle
reclaim() {
	start_redis || return
	case $1 in
	none) ;;
	line)
		founding_context $R_PID
		wr_ok $C/schemes/text "$OWN_LINE"
		;;
	*)
		founding_context $R_PID
		wr_ok $C/schemes/nr_schemes 1
		scheme $S pageout
		wr_ok $S/access_pattern/sz/min 4096
		wr_ok $S/access_pattern/nr_accesses/max 0
		wr_ok $S/access_pattern/age/min $((AGE * 10))
		;;
	esac
	busy0=$(busy) server0=$(cpu $R_PID) major0=$(major $R_PID) in0=$(vmstat pswpin) out0=$(vmstat pswpout) ms0=$(now_ms)
	begin_watch reclaim $1 $R_PID
	requests /tmp/redis.sock ask $((SECONDS_EACH * ROUNDS_A_SECOND)) $GETS $HOT >/tmp/asked 2>&1 ||
		wrong "ask: $(cat /tmp/asked)"
	end_watch
	busy1=$(busy) server1=$(cpu $R_PID) major1=$(major $R_PID) in1=$(vmstat pswpin) out1=$(vmstat pswpout) ms1=$(now_ms)
	data "reclaim $1 $((busy1 - busy0)) $((server1 - server0)) $(awk '{ print $3 }' /tmp/asked) $CPU_OF_KDAMOND" \
		"$((in1 - in0)) $((out1 - out0)) $((major1 - major0)) $((ms1 - ms0))" \
		"$(awk '{ print int($3 / 1048576) }' /sys/block/zram0/mm_stat)"
	[ $1 = none ] || [ $out1 -gt $out0 ] || wrong "$1 paged nothing out"
	stop_all
	cli SHUTDOWN NOSAVE
	wait $R_PID
}

# for_each_who FUNCTION WHO...: the kernel's own DAMON where there is one; ours for all others
for_each_who() {
	_function=$1
	shift
	for who in "$@"; do
		if [ $who = in-tree ]; then
			[ "$HAS_IN_TREE" = 1 ] || continue
			use_tree $IN_TREE_ROOT
		fi
		$_function $who
		stop_all
		use_tree $OUR_ROOT
	done
}

case_reclaim() {
	swap_on 1G
	for_each_who reclaim none in-tree damon.ko line
	swapoff /dev/zram0
	echo 1 >/sys/block/zram0/reset
}

# --- huge pages --------------------------------------------------------------------

THP=/sys/kernel/mm/transparent_hugepage
QUERIES_A_SECOND=60
COLD=7	# seconds that memory is idle before it shall have no huge pages
# What we would give ours, as text: memory that is there already gets huge pages at once.
OWN_THP_LINES="hugepage accesses 20%..
collapse accesses 20%.. apply every 500ms
nohugepage accesses 0% age ${COLD}s.. size 2M.."

# thp_schemes: for what is accessed huge pages, for what is not none
thp_schemes() {
	wr_ok $C/schemes/nr_schemes 2
	scheme $S hugepage
	wr_ok $S/access_pattern/nr_accesses/min 4
	_cold=$C/schemes/1
	scheme $_cold nohugepage
	wr_ok $_cold/access_pattern/sz/min 2097152
	wr_ok $_cold/access_pattern/nr_accesses/max 0
	wr_ok $_cold/access_pattern/age/min $((COLD * 10))
}

# huge WHO: the joins, while WHO says what has huge pages
huge() {
	case $1 in
	never | always) echo $1 >$THP/enabled ;;
	*) echo madvise >$THP/enabled ;;
	esac
	fresh /tmp/joined
	join $((SECONDS_EACH * QUERIES_A_SECOND / 2)) >/tmp/joined 2>&1 &
	J_PID=$!
	within 60 grep -q ready /tmp/joined || { wrong "join: $(cat /tmp/joined)"; return; }
	case $1 in
	never | always) ;;
	*)
		founding_context $J_PID
		if [ $1 = line ]; then wr_ok $C/schemes/text "$OWN_THP_LINES"; else thp_schemes; fi
		;;
	esac
	busy0=$(busy) ms0=$(now_ms)
	begin_watch thp $1 $J_PID
	while kill -0 $J_PID 2>/dev/null && ! grep -q joined /tmp/joined; do sleep 0.1; done
	end_watch
	busy1=$(busy) ms1=$(now_ms)
	data "thp $1 $((busy1 - busy0)) $(tail -n 1 /tmp/joined) $CPU_OF_KDAMOND $((ms1 - ms0))"
	kill $J_PID
	wait $J_PID 2>/dev/null
	same "what the joins found" "${FOUND:=$(grep joined /tmp/joined)}" "$(grep joined /tmp/joined)"
}

case_thp() {
	_old=$(sed 's/.*\[\(.*\)\].*/\1/' $THP/enabled)
	# not every ten seconds, for the whole takes only a minute
	echo 100 >$THP/khugepaged/scan_sleep_millisecs
	for_each_who huge never always in-tree damon.ko line
	echo $_old >$THP/enabled
}

load
for case in ${FOUNDING_CASES:-reclaim thp}; do
	it "founding: $case is measured"
	case_$case
done
unload
finish
