# damo, unmodified, drives the module: needs the files of damo-root.sh in the guest.  Where the kernel
# has its own DAMON, ours is mounted over it: damo knows one place only.
# shellcheck shell=dash disable=SC1091,SC2086,SC2154
. /guest/lib.sh

DAMON=/sys/kernel/mm/damon
PATH=/usr/bin:/bin # its less and ps are better than busybox's
mount -t tracefs tracefs /sys/kernel/tracing

# damo_ok ARG...: it succeeds; what it prints is in /tmp/out
damo_ok() {
	damo "$@" >/tmp/out 2>&1 || { wrong "damo $*: $(tail -n 3 /tmp/out)"; return 1; }
	! grep -q Traceback /tmp/out || wrong "damo $*: $(tail -n 3 /tmp/out)"
}

# says PATTERN: the last damo did
says() { grep -qE -e "$1" /tmp/out || wrong "it does not say '$1': $(tail -n 5 /tmp/out)"; }

# hot_mib: how much of what is in /tmp/out, JSON of damo, was accessed
hot_mib() {
	python3 - <<'END'
import json

def regions(part):
    if isinstance(part, list):
        return [r for p in part for r in regions(p)]
    if not isinstance(part, dict):
        return []
    if 'start' in part and 'nr_accesses' in part:
        return [part]
    return [r for p in part.values() for r in regions(p)]

def number(text):
    return int(str(text).replace(',', ''))

def accesses(region):
    count = region['nr_accesses']
    return number(count['samples'] if isinstance(count, dict) else count)

hot = [r for r in regions(json.load(open('/tmp/out'))) if accesses(r)]
print(sum(number(r['end']) - number(r['start']) for r in hot) >> 20)
END
}

it "damo: takes the module for DAMON"
load || exit
EVENTS=/sys/kernel/tracing/events
if [ $ROOT != $DAMON ]; then
	mount --bind $ROOT $DAMON
	mount --bind $EVENTS/damon_module $EVENTS/damon
fi
use_tree $DAMON
start_workload <<'END'
map 64M
hot 0 8M 5
END
damo_ok version

it "damo: finds every feature of the newest DAMON"
# Of those that a mainline release has; older versions of damo do not know all of them.
damo_ok features all
for feature in vaddr fvaddr paddr init_regions schemes schemes_stat_succ schemes_stat_qt_exceed \
	schemes_size_quota schemes_time_quota schemes_prioritization schemes_wmarks \
	schemes_tried_regions schemes_tried_regions_sz schemes_filters schemes_filters_anon \
	schemes_filters_memcg schemes_filters_addr schemes_filters_target schemes_filters_young \
	schemes_filters_hugepage_size schemes_filters_unmapped schemes_filters_active \
	schemes_filters_core_ops_dirs schemes_apply_interval schemes_quota_goals \
	schemes_quota_effective_bytes schemes_quota_goal_metric schemes_quota_goal_some_psi \
	schemes_quota_goal_node_mem_used_free schemes_quota_goal_node_memcg_used_free \
	schemes_migrate schemes_dests sz_ops_filter_passed allow_filter intervals_goal refresh_ms \
	addr_unit obsolete_target damos_stat_nr_snapshots damos_max_nr_snapshots \
	damos_quota_goal_in_active_mem_bp damos_quota_goal_tuner damos_action_collapse \
	damos_quota_goal_node_eligible_mem_bp ctx_pause damos_quota_fail_charge_ratio \
	attrs_monitoring probe_type_anon probe_type_memcg probe_weights; do
	! grep -qx "sysfs/$feature: Unsupported" /tmp/out || wrong "it misses $feature"
done
supported=$(grep -c '^sysfs/.*: Supported' /tmp/out)
[ "$supported" -ge 25 ] || wrong "it finds only $supported"

it "damo: start, and what runs is what was asked for"
damo_ok start --target_pid $W_PID --monitoring_intervals 20ms 400ms 1s \
	--monitoring_nr_regions_range 10 500 --damos_action stat \
	--damos_access_rate 0% 100% --damos_quotas 1s 1G 1s 0% 10% 10%
is_on || wrong "it is not on"
reads $C/operations vaddr
reads $C/targets/0/pid_target $W_PID
reads $C/monitoring_attrs/intervals/aggr_us 400000
reads $C/monitoring_attrs/nr_regions/max 500
reads $S/action stat
reads $S/quotas/bytes 1073741824

it "damo: the status"
sleep 2
damo_ok report damon
says 'state: on'
says 'aggr 400 ms'
damo_ok report damon --json
python3 -c 'import json; k = json.load(open("/tmp/out")); assert k[0]["state"] == "on", k' ||
	wrong "no state in the JSON"
damo_ok report damon --damos_stats
says 'nr_tried'

it "damo: the snapshot finds what is hot"
hot_is_seen() {
	damo_ok report access --json --raw_number || return 1
	hot=$(hot_mib)
	[ "${hot:-0}" -ge 4 ] && [ "$hot" -le 24 ]
}
within 30 hot_is_seen || wrong "$hot MiB are hot: $(tail -n 20 /tmp/out | tr -d ' \n')"

it "damo: tune, online"
damo_ok tune --target_pid $W_PID --monitoring_intervals 10ms 200ms 1s --damos_action pageout \
	--damos_access_rate 0% 0% --damos_age 1h max
is_on || wrong "it is off"
reads $C/monitoring_attrs/intervals/aggr_us 200000
reads $S/action pageout
damo_ok report damon
says 'aggr 200 ms'

it "damo: stop"
damo_ok stop
is_off || wrong "it is on"
! damo stop >/tmp/out 2>&1 || wrong "it stops what is off"
says 'not turned on'

it "damo: record and report"
damo_ok record $W_PID --monitoring_intervals 20ms 400ms 1s --timeout 8 --out /tmp/damon.data
is_off || wrong "it is on"
damo_ok report access --json --raw_number --input_file /tmp/damon.data
[ "$(hot_mib)" -ge 4 ] || wrong "nothing hot was recorded"
damo_ok report heatmap --input /tmp/damon.data --output stdout --resol 5 40
damo_ok report wss --input /tmp/damon.data

it "damo: physical memory"
damo_ok start paddr --monitoring_intervals 20ms 400ms 1s
is_on || wrong "it is not on"
reads $C/operations paddr
sleep 2
damo_ok report access
says '[MG]iB'
damo_ok stop

stop_workload $W_PID
stop_all
[ $OUR_ROOT = $DAMON ] || umount $DAMON $EVENTS/damon
use_tree $OUR_ROOT
unload
finish
