# shellcheck shell=dash disable=SC1091,SC2086,SC2154,SC2015
# What a package built: it loads with boot parameters, and the exporter tells what it does.
. /guest/lib.sh

# metric NAME LABELS: its value
metric() { awk -v name="$1{$2}" '$1 == name { print $2 }' /tmp/damon.prom; }
# at_least MIN NAME LABELS
at_least() {
	awk -v v="$(metric "$2" "$3")" -v min="$1" 'BEGIN { exit !(v != "" && v + 0 >= min + 0) }' ||
		wrong "$2{$3} is '$(metric "$2" "$3")', expected $1 or more"
}
K0='kdamond="0",operations="paddr"'
S0="$K0,scheme=\"0\",action=\"stat\""
S1="$K0,scheme=\"1\",action=\"stat\""

it "package: the exporter without DAMON"
[ "$HAS_IN_TREE" = 1 ] || same metrics "damon_up 0" "$(damon-textfile | grep -v '^#')"

it "package: the example for modprobe.d is taken"
options=$(sed -n 's/^options damon //p' /modprobe.conf | sed "s/\"[^\"]*\"/'&'/g")
eval "load $options"
is_on || wrong "it is not on with $options"
case $(cat $C/schemes/text) in 'pageout '*) ;; *) wrong "its scheme is $(cat $C/schemes/text)" ;; esac
unload

it "package: the module loads with a scheme, $(uname -r)"
load ops=paddr sample=20ms aggr=200ms refresh=500ms \
	'schemes="stat accesses 0% quota 64M/1s filter allow anon; stat accesses 1%.."' || { finish; exit; }
is_on || wrong "it is not on"

it "package: the exporter tells about it"
# 256 MiB that nobody uses, and 16 that are
start_workload <<'END'
map 272M
hot 0 16M 5
END
older() { damon-textfile -o /tmp/damon.prom && [ "$(metric damon_idle_bytes "$K0,at_least_seconds=\"5\"")" -gt 100000000 ] 2>/dev/null; }
within 60 older || wrong "no 100 MB were idle for 5 s: $(metric damon_idle_bytes "$K0,at_least_seconds=\"5\"")"
same damon_up 1 "$(awk '$1 == "damon_up" { print $2 }' /tmp/damon.prom)"
same running 1 "$(metric damon_kdamond_running "$K0")"
same refresh 0.5 "$(metric damon_kdamond_refresh_seconds "$K0")"
same "quota bytes" 67108864 "$(metric damon_scheme_quota_bytes "$S0")"
at_least 256000000 damon_known_bytes "$K0"
at_least 5 damon_idle_seconds "$K0,percentile=\"99\""
at_least 0 damon_kdamond_late_ticks_total "$K0"
at_least 1 damon_scheme_tried_bytes_total "$S0"
at_least 1 damon_scheme_snapshots_total "$S1"
at_least 1 damon_scheme_quota_effective_bytes "$S0"
same "what it left beside the file" /tmp/damon.prom "$(echo /tmp/damon.prom*)"
sed 's/^/metric /' /tmp/damon.prom >/dev/ttyS1

it "package: it tells that the kdamond is off"
wr_ok $D/state off
damon-textfile -o /tmp/damon.prom
same running 0 "$(metric damon_kdamond_running "$K0")"
same "idle memory" '' "$(metric damon_idle_seconds "$K0,percentile=\"99\"")"
stop_workload $W_PID
unload
finish
