# The ready-made modules (`make clients`) at work.
# shellcheck shell=dash disable=SC1091,SC2046,SC2086
. /guest/lib.sh
load || exit

MIB=1048576

# name_of reclaim: what the module is called here
name_of() { basename /damon*_$1.ko .ko; }

# use NAME ARG...: loads it; then P has its parameters
use() {
	M=$(name_of $1)
	P=/sys/module/$M/parameters
	shift
	insmod "/$M.ko" "$@" || wrong "insmod $M failed: $(dmesg | tail -n 3)"
}
end() { rmmod $M || wrong "rmmod $M failed"; }
said() { dmesg | grep -q "$1" || wrong "the log does not say: $1"; }

at_least() { [ "$(cat $P/$1)" -ge "$2" ]; }
grows() { _was=$(cat $P/$1) && within $2 at_least $1 $((_was + 1)); }
set_to() { wr_ok $P/$1 "$2"; }
commit() { wr_ok $P/commit_inputs Y; }
rss_mib() { echo $(($(kib $W_PID VmRSS) / 1024)); }
free_permille() { awk '/^MemTotal/ { t = $2 } /^MemFree/ { print int($2 * 1000 / t) }' /proc/meminfo; }
is_free() { [ "$(free_permille)" -ge "$1" ]; }
meminfo_mib() { awk -v f="$1:" '$1 == f { print int($2 / 1024) }' /proc/meminfo; }

it "ready-made: a name that this kernel uses itself is not taken from it"
for one in reclaim lru_sort stat; do
	own=0
	[ ! -d /sys/module/damon_$one ] || own=1
	use $one enabled=N
	if [ $own = 1 ]; then
		same "with a built-in damon_$one, its name" damon_module_$one "$M"
		said "$M: this kernel has damon_$one built in"
	else
		same "its name" damon_$one "$M"
	fi
	end
done

it "damon_reclaim: nothing while more than the high watermark is free"
swap_on
start_workload <<'END'
map 384M
END
use reclaim
same 'enabled after insmod' N "$(cat $P/enabled)"
same 'kdamond_pid' -1 "$(cat $P/kdamond_pid)"
wr_fails EINVAL $P/commit_inputs Y
set_to min_age 1000000
set_to quota_ms 0
set_to quota_sz $((128 * MIB))
set_to wmarks_interval 200000
set_to wmarks_high 100
set_to wmarks_mid 80
set_to wmarks_low 0
set_to enabled Y
same 'enabled' Y "$(cat $P/enabled)"
[ -d /proc/"$(cat $P/kdamond_pid)" ] || wrong "kdamond_pid is $(cat $P/kdamond_pid)"
sleep 4
same 'bytes_reclaim_tried_regions' 0 "$(cat $P/bytes_reclaim_tried_regions)"

it "damon_reclaim: monitors all System RAM, and shows it"
set -- $(system_ram | sed -n '1s/ .*//p; $s/.* //p')
same monitor_region_start $1 "$(cat $P/monitor_region_start)"
[ "$(cat $P/monitor_region_end)" -ge $2 ] || wrong "monitor_region_end is $(cat $P/monitor_region_end), not $2"

it "damon_reclaim: what is wrong is refused, and it goes on as before"
set_to aggr_interval 0
wr_fails EINVAL $P/commit_inputs Y
said "$M: aggr_interval: is 0"
set_to aggr_interval 100000
same 'enabled' Y "$(cat $P/enabled)"

it "damon_reclaim: skip_anon leaves anonymous memory alone"
high=$(($(free_permille) + 200))
set_to wmarks_high $high
set_to wmarks_mid $((high - 20))
set_to skip_anon Y
commit
grows bytes_reclaim_tried_regions 30 || wrong "it tries nothing"
sleep 2
[ "$(rss_mib)" -ge 380 ] || wrong "RSS is $(rss_mib) MiB of 384"

it "damon_reclaim: reclaims below the mid watermark, until the high one is reached"
set_to skip_anon N
commit
within 60 is_free $high || wrong "$(free_permille) permille are free, not $high"
at_least bytes_reclaimed_regions $((128 * MIB)) || wrong "bytes_reclaimed_regions is $(cat $P/bytes_reclaimed_regions)"
rests() {
	before=$(rss_mib)
	sleep 3
	[ "$(rss_mib)" -ge $((before - 8)) ]
}
# first it ends what it had begun: up to a window's quota, between two looks at the watermarks
within 20 rests || wrong "it goes on: RSS was $before MiB, is $(rss_mib)"
[ "$before" -ge 16 ] || wrong "it took too much: RSS is $before MiB"
data "reclaim: free $(free_permille) permille, high $high; RSS $before MiB"
verify

it "damon_reclaim: keeps its results when it is off"
reclaimed=$(cat $P/bytes_reclaimed_regions)
set_to enabled N
same 'kdamond_pid' -1 "$(cat $P/kdamond_pid)"
[ "$(cat $P/bytes_reclaimed_regions)" -ge "$reclaimed" ] || wrong "results are gone"
wr_fails ECANCELED $P/commit_inputs Y

it "damon_reclaim: addresses in units"
set_to addr_unit 4096
set_to wmarks_high 999
set_to wmarks_mid 998
set_to quota_sz 0
set_to enabled Y
same 'monitor_region_end' $((($2 + 4095) / 4096)) "$(cat $P/monitor_region_end)"
grows bytes_reclaimed_regions 60 || wrong "nothing is reclaimed"
is_out() { [ "$(rss_mib)" -le 64 ]; }
within 60 is_out || wrong "RSS is $(rss_mib) MiB"
! at_least bytes_reclaimed_regions 262144 || wrong "more units than there is memory: $(cat $P/bytes_reclaimed_regions)"

it "damon_reclaim: alone, if not told otherwise"
one_kdamond $W_PID
wr_fails EBUSY $D/state on
set_to enabled N
set_to exclusive N
set_to enabled Y
wr_ok $D/state on
wr_ok $D/state off

it "damon_reclaim: unload at work"
end
stop_workload $W_PID

it "damon_lru_sort: hot memory is active, cold memory is not"
# The lists that Active and Inactive are about; case 53-paddr-actions has the multi-generation ones.
[ ! -e $MGLRU ] || lru_gen=$(cat $MGLRU)
set_lru_gen n
start_workload <<'END'
map 256M
hot 0 96M 5
END
use lru_sort enabled=Y quota_ms=0 cold_min_age=1000000 wmarks_high=1000 wmarks_mid=999 wmarks_low=0 \
	sample_interval=20000 aggr_interval=400000 wmarks_interval=200000 hot_thres_access_freq=400
sorted() {
	active=$(meminfo_mib 'Active(anon)')
	inactive=$(meminfo_mib 'Inactive(anon)')
	[ $active -ge 64 ] && [ $active -le 128 ] && [ $inactive -ge 112 ]
}
within 60 sorted || wrong "active $active MiB, inactive $inactive MiB"
data "lru_sort: active $active MiB, inactive $inactive MiB"
within 30 at_least bytes_lru_sorted_hot_regions $((64 * MIB)) || wrong "hot: $(cat $P/bytes_lru_sorted_hot_regions)"
within 30 at_least bytes_lru_sorted_cold_regions $((96 * MIB)) || wrong "cold: $(cat $P/bytes_lru_sorted_cold_regions)"

it "damon_lru_sort: what is wrong is refused"
set_to active_mem_bp 10001
wr_fails EINVAL $P/commit_inputs Y
said "$M: active_mem_bp: is more than 10000"
set_to active_mem_bp 5000
set_to filter_young_pages Y
set_to autotune_monitoring_intervals Y
commit
end
stop_workload $W_PID
set_lru_gen "${lru_gen-}"

it "damon_stat: bandwidth and idle times of a known workload"
start_workload <<'END'
map 512M
hot 0 192M 200
END
use stat
uptime_s
began=$NOW
same 'enabled after insmod' Y "$(cat $P/enabled)"
# 192 MiB are accessed five times a second: 960 MiB/s.  They are 19 percentiles of 1 GiB.
bandwidth_mib() { echo $(($(cat $P/estimated_memory_bandwidth) / MIB)); }
nr_hot() { tr , '\n' <$P/memory_idle_ms_percentiles | grep -c '^-'; }
known() {
	uptime_s
	[ $((NOW - began)) -ge 20 ] || return 1
	mib=$(bandwidth_mib) hot=$(nr_hot) age=$(((NOW - began) * 1000))
	oldest=$(sed 's/.*,//' $P/memory_idle_ms_percentiles)
	[ $mib -ge 600 ] && [ $mib -le 1400 ] && [ $hot -ge 14 ] && [ $hot -le 26 ] &&
		[ "$oldest" -ge $((age / 2)) ] && [ "$oldest" -le $((age + 2000)) ]
}
within 90 known || wrong "$mib MiB/s are accessed, $hot percentiles are, the coldest for $oldest ms of $age"
data "stat: $mib MiB/s of 960, $hot percentiles of 19, coldest $oldest ms of $age, aggr_us $(cat $P/aggr_interval_us)"
tr , '\n' <$P/memory_idle_ms_percentiles >/tmp/percentiles
same 'number of percentiles' 101 "$(wc -l </tmp/percentiles)"
sort -n /tmp/percentiles | cmp -s - /tmp/percentiles || wrong "percentiles are not in order: $(cat /tmp/percentiles)"

it "damon_stat: what has become idle"
stop_workload $W_PID
idle() { [ "$(nr_hot)" -le 4 ] && [ "$(bandwidth_mib)" -le 300 ]; }
within 60 idle || wrong "$(nr_hot) percentiles are accessed, $(bandwidth_mib) MiB/s"
set_to enabled N
set_to enabled Y
end

it "ready-made: damon.ko goes after them"
unload
finish
