# The demo's part inside of the guest.  Every write to sysfs is shown as the
# command that a reader would type.
# shellcheck shell=dash disable=SC1091,SC2086,SC2154
. /guest/lib.sh

HEATMAP_SECONDS=${HEATMAP_SECONDS:-38}
PAGEOUT_SECONDS=${PAGEOUT_SECONDS:-22}
IDLE_SECONDS=5

if [ "${COLOR-0}" = 1 ]; then
	bold=$(printf '\033[1m') dim=$(printf '\033[2m') green=$(printf '\033[32m') plain=$(printf '\033[0m')
else
	bold='' dim='' green='' plain=''
fi

title() { printf '\n%s== %s%s\n' "$bold" "$*" "$plain"; }
note() { printf '%s   %s%s\n' "$dim" "$*" "$plain"; }
typed() { printf '%s# %s%s\n' "$green" "$*" "$plain"; }

fail() {
	printf '\n%s\n' "The demo stops: $*"
	data "fail $*"
	exit 0
}

# put VALUE FILE: shown, then written
put() {
	typed "echo $1 > $2"
	wr_ok "$2" "$1"
	[ -z "$WRONG" ] || fail "$WRONG"
	sleep 0.05
}

# cpu PID: nanoseconds that it has run
cpu() { cut -d' ' -f1 "/proc/$1/schedstat"; }
uptime_ms() { awk '{ printf "%d\n", $1 * 1000 }' /proc/uptime; }
mib() { echo $((($1 + 512) / 1024)); }

# share CPU_NS MS: "0.42", percent of one processor
share() { awk -v ns="$1" -v ms="$2" 'BEGIN { printf "%.2f\n", ns / ms / 10000 }'; }

title "The kernel"
note "Linux $(uname -r), as Debian ships it"
typed "insmod damon.ko"
load || fail "$WRONG: $(dmesg | tail -n 3)"
dmesg | grep -i 'damon' | grep -vi 'command line\|taint\|verification' | sed "s/^/   /"

title "A process to watch, and swap on zram"
swap_on 512M >/dev/null 2>&1
[ -z "$WRONG" ] || fail "$WRONG"
start_workload </guest/workload.txt
[ -z "$WRONG" ] || fail "$WRONG"
note "pid $W_PID has 160 MiB: 16 MiB hot, 24 MiB warm, 16 MiB hot that move every 12 s,"
note "and 104 MiB that nobody touches"

title "Monitoring: what to watch, how often to look, how many regions to spend"
put 1 $K/nr_kdamonds
put 1 $D/contexts/nr_contexts
put vaddr $C/operations
put 10000 $C/monitoring_attrs/intervals/sample_us
put 200000 $C/monitoring_attrs/intervals/aggr_us
put 1000000 $C/monitoring_attrs/intervals/update_us
put 10 $C/monitoring_attrs/nr_regions/min
put 200 $C/monitoring_attrs/nr_regions/max
put 1 $C/targets/nr_targets
put $W_PID $C/targets/0/pid_target
note "two schemes; the first only looks: every region, every access frequency, every age"
note "(the second is for later: it starts with a pattern that matches nothing)"
put 2 $C/schemes/nr_schemes
put stat $S/action
for pattern in sz nr_accesses age; do
	put $ULONG_MAX $S/access_pattern/$pattern/max
done
put on $D/state

title "What it sees (the regions of schemes/0/tried_regions)"
kdamond=$(kdamond_pid)
export DATA=/dev/ttyS1 BINS=160
cpu_began=$(cpu $kdamond) ms_began=$(uptime_ms)
heatmap $D $W_MAP_START $W_MAP_END $W_PID $HEATMAP_SECONDS 500 || fail "the heat map ended early"
data "monitor_cpu $(share $(($(cpu $kdamond) - cpu_began)) $(($(uptime_ms) - ms_began)))"
data "regions $(regions | wc -l)"

title "The second scheme: page out what had no access for $IDLE_SECONDS s"
DRAW=0 heatmap $D $W_MAP_START $W_MAP_END $W_PID $((PAGEOUT_SECONDS + 3)) 500 &
recorder=$!
cpu_began=$(cpu $kdamond) ms_began=$(uptime_ms)
put pageout $C/schemes/1/action
put $ULONG_MAX $C/schemes/1/access_pattern/sz/max
put 0 $C/schemes/1/access_pattern/nr_accesses/max
note "ages count aggregation intervals, here 200 ms"
put $((IDLE_SECONDS * 5)) $C/schemes/1/access_pattern/age/min
put $ULONG_MAX $C/schemes/1/access_pattern/age/max
rss_before=$(kib $W_PID VmRSS) swap_before=$(kib $W_PID VmSwap)
data "pageout_at $(uptime_ms)"
put commit $D/state

echo
second=0
while [ $second -lt $PAGEOUT_SECONDS ]; do
	if [ $((second % 2)) = 0 ]; then
		rss=$(mib "$(kib $W_PID VmRSS)") swap=$(mib "$(kib $W_PID VmSwap)")
		bar=$(printf "%$((rss / 4))s" '' | tr ' ' '#')$(printf "%$((swap / 4))s" '' | tr ' ' '.')
		printf ' %3d s  in memory %3d MiB, in swap %3d MiB  %s\n' $second $rss $swap "$bar"
	fi
	sleep 1
	second=$((second + 1))
done
wait $recorder || fail "recording ended early"
rss_after=$(kib $W_PID VmRSS) swap_after=$(kib $W_PID VmSwap)
data "pageout_cpu $(share $(($(cpu $kdamond) - cpu_began)) $(($(uptime_ms) - ms_began)))"

put update_schemes_stats $D/state
for f in nr_tried sz_tried nr_applied sz_applied; do
	typed "cat $C/schemes/1/stats/$f"
	cat $C/schemes/1/stats/$f
	data "$f $(cat $C/schemes/1/stats/$f)"
done
put off $D/state
data "rss $rss_before $rss_after"
data "swap $swap_before $swap_after"

title "Is all of its data still there?"
note "the process reads every page, swapped out or not, and compares"
verify
[ -z "$WRONG" ] || fail "$WRONG"
note "$_said"
data "intact $_said"
grep ^moved $W_OUT | while read -r _ _ from _; do data "moved $(((from - W_MAP_START) >> 20))"; done

title "Unloading"
typed "rmmod damon"
unload
[ -z "$WRONG" ] || fail "$WRONG"
dmesg | sed 's/^/kmsg /' >/dev/ttyS1
data "end"
