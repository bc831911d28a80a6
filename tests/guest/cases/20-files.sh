# Every file: mode, default, what it takes and what it refuses.
. /guest/lib.sh
load || exit

# path mode default; a default of - is not compared.  The kernel's own DAMON may lack a path in
# brackets.
table() {
	cat <<'END'
nr_kdamonds 600 1
0/state 600 off
0/pid 400 -1
(0/refresh_ms) 600 0
(0/nr_late_ticks) 400 0
(0/last_error) 400
(0/snapshot) 400
0/contexts/nr_contexts 600 1
0/contexts/0/avail_operations 400 -
0/contexts/0/operations 600 vaddr
(0/contexts/0/addr_unit) 600 1
(0/contexts/0/pause) 600 N
0/contexts/0/monitoring_attrs/intervals/sample_us 600 5000
0/contexts/0/monitoring_attrs/intervals/aggr_us 600 100000
0/contexts/0/monitoring_attrs/intervals/update_us 600 60000000
(0/contexts/0/monitoring_attrs/intervals/intervals_goal/access_bp) 600 0
(0/contexts/0/monitoring_attrs/intervals/intervals_goal/aggrs) 600 0
(0/contexts/0/monitoring_attrs/intervals/intervals_goal/min_sample_us) 600 0
(0/contexts/0/monitoring_attrs/intervals/intervals_goal/max_sample_us) 600 0
0/contexts/0/monitoring_attrs/nr_regions/min 600 10
0/contexts/0/monitoring_attrs/nr_regions/max 600 1000
(0/contexts/0/monitoring_attrs/probes/nr_probes) 600 1
(0/contexts/0/monitoring_attrs/probes/0/weight) 600 0
(0/contexts/0/monitoring_attrs/probes/0/filters/nr_filters) 600 1
(0/contexts/0/monitoring_attrs/probes/0/filters/0/type) 600 anon
(0/contexts/0/monitoring_attrs/probes/0/filters/0/matching) 600 N
(0/contexts/0/monitoring_attrs/probes/0/filters/0/allow) 600 N
(0/contexts/0/monitoring_attrs/probes/0/filters/0/path) 600
0/contexts/0/targets/nr_targets 600 1
0/contexts/0/targets/0/pid_target 600 0
(0/contexts/0/targets/0/obsolete_target) 600 N
0/contexts/0/targets/0/regions/nr_regions 600 1
0/contexts/0/targets/0/regions/0/start 600 0
0/contexts/0/targets/0/regions/0/end 600 0
0/contexts/0/schemes/nr_schemes 600 1
(0/contexts/0/schemes/text) 600 -
0/contexts/0/schemes/0/action 600 stat
0/contexts/0/schemes/0/target_nid 600 -1
0/contexts/0/schemes/0/apply_interval_us 600 0
0/contexts/0/schemes/0/access_pattern/sz/min 600 0
0/contexts/0/schemes/0/access_pattern/sz/max 600 0
0/contexts/0/schemes/0/access_pattern/nr_accesses/min 600 0
0/contexts/0/schemes/0/access_pattern/nr_accesses/max 600 0
0/contexts/0/schemes/0/access_pattern/age/min 600 0
0/contexts/0/schemes/0/access_pattern/age/max 600 0
0/contexts/0/schemes/0/quotas/ms 600 0
0/contexts/0/schemes/0/quotas/bytes 600 0
0/contexts/0/schemes/0/quotas/reset_interval_ms 600 0
0/contexts/0/schemes/0/quotas/effective_bytes 400 0
(0/contexts/0/schemes/0/quotas/goal_tuner) 600 consist
(0/contexts/0/schemes/0/quotas/fail_charge_num) 600 0
(0/contexts/0/schemes/0/quotas/fail_charge_denom) 600 0
0/contexts/0/schemes/0/quotas/weights/sz_permil 600 0
0/contexts/0/schemes/0/quotas/weights/nr_accesses_permil 600 0
0/contexts/0/schemes/0/quotas/weights/age_permil 600 0
0/contexts/0/schemes/0/quotas/goals/nr_goals 600 1
0/contexts/0/schemes/0/quotas/goals/0/target_metric 600 user_input
0/contexts/0/schemes/0/quotas/goals/0/target_value 600 0
0/contexts/0/schemes/0/quotas/goals/0/current_value 600 0
(0/contexts/0/schemes/0/quotas/goals/0/nid) 600 0
(0/contexts/0/schemes/0/quotas/goals/0/path) 600
0/contexts/0/schemes/0/watermarks/metric 600 none
0/contexts/0/schemes/0/watermarks/interval_us 600 0
0/contexts/0/schemes/0/watermarks/high 600 0
0/contexts/0/schemes/0/watermarks/mid 600 0
0/contexts/0/schemes/0/watermarks/low 600 0
(0/contexts/0/schemes/0/core_filters/nr_filters) 600 1
(0/contexts/0/schemes/0/core_filters/0/type) 600 anon
(0/contexts/0/schemes/0/core_filters/0/matching) 600 N
(0/contexts/0/schemes/0/core_filters/0/allow) 600 N
(0/contexts/0/schemes/0/core_filters/0/memcg_path) 600
(0/contexts/0/schemes/0/core_filters/0/addr_start) 600 0
(0/contexts/0/schemes/0/core_filters/0/addr_end) 600 0
(0/contexts/0/schemes/0/core_filters/0/min) 600 0
(0/contexts/0/schemes/0/core_filters/0/max) 600 0
(0/contexts/0/schemes/0/core_filters/0/damon_target_idx) 600 0
(0/contexts/0/schemes/0/ops_filters/nr_filters) 600 1
(0/contexts/0/schemes/0/ops_filters/0/type) 600 anon
(0/contexts/0/schemes/0/ops_filters/0/matching) 600 N
(0/contexts/0/schemes/0/ops_filters/0/allow) 600 N
(0/contexts/0/schemes/0/ops_filters/0/memcg_path) 600
(0/contexts/0/schemes/0/ops_filters/0/addr_start) 600 0
(0/contexts/0/schemes/0/ops_filters/0/addr_end) 600 0
(0/contexts/0/schemes/0/ops_filters/0/min) 600 0
(0/contexts/0/schemes/0/ops_filters/0/max) 600 0
(0/contexts/0/schemes/0/ops_filters/0/damon_target_idx) 600 0
0/contexts/0/schemes/0/filters/nr_filters 600 1
0/contexts/0/schemes/0/filters/0/type 600 anon
0/contexts/0/schemes/0/filters/0/matching 600 N
(0/contexts/0/schemes/0/filters/0/allow) 600 N
0/contexts/0/schemes/0/filters/0/memcg_path 600
0/contexts/0/schemes/0/filters/0/addr_start 600 0
0/contexts/0/schemes/0/filters/0/addr_end 600 0
(0/contexts/0/schemes/0/filters/0/min) 600 0
(0/contexts/0/schemes/0/filters/0/max) 600 0
0/contexts/0/schemes/0/filters/0/damon_target_idx 600 0
(0/contexts/0/schemes/0/dests/nr_dests) 600 1
(0/contexts/0/schemes/0/dests/0/id) 600 0
(0/contexts/0/schemes/0/dests/0/weight) 600 0
0/contexts/0/schemes/0/stats/nr_tried 400 0
0/contexts/0/schemes/0/stats/sz_tried 400 0
0/contexts/0/schemes/0/stats/nr_applied 400 0
0/contexts/0/schemes/0/stats/sz_applied 400 0
0/contexts/0/schemes/0/stats/qt_exceeds 400 0
(0/contexts/0/schemes/0/stats/sz_ops_filter_passed) 400 0
(0/contexts/0/schemes/0/stats/nr_snapshots) 400 0
(0/contexts/0/schemes/0/stats/max_nr_snapshots) 600 0
0/contexts/0/schemes/0/tried_regions/total_bytes 400 0
END
}

fresh() {
	kdamonds 1
	for f in monitoring_attrs/probes/nr_probes monitoring_attrs/probes/0/filters/nr_filters \
		targets/nr_targets targets/0/regions/nr_regions schemes/nr_schemes \
		schemes/0/quotas/goals/nr_goals schemes/0/core_filters/nr_filters \
		schemes/0/ops_filters/nr_filters schemes/0/filters/nr_filters \
		schemes/0/dests/nr_dests; do
		[ "${DAMON_IN_TREE-0}" = 1 ] && [ ! -e $C/$f ] || wr_ok $C/$f 1
	done
}

it "files: each is there, with its mode and default"
fresh
table >/tmp/table
while read -r path mode default; do
	case $path in '('*)
		path=${path#'('}
		path=${path%')'}
		[ "${DAMON_IN_TREE-0}" = 1 ] && [ ! -e $K/$path ] && continue ;;
	esac
	[ -e $K/$path ] || { wrong "no $path"; continue; }
	same "mode of $path" "$mode" "$(stat -c %a $K/$path)"
	[ "$default" = - ] || reads $K/$path "$default"
done </tmp/table

it "files: there is no other"
(cd $K && find . -type f) | sed 's,^\./,,' | sort >/tmp/found
cut -d' ' -f1 /tmp/table | tr -d '()' | sort >/tmp/expected
extra=$(sort /tmp/found /tmp/expected /tmp/expected | uniq -u | tr '\n' ' ')
same "files beyond the list" '' "$extra"

it "files: avail_operations lists known keywords, vaddr among them"
grep -qx vaddr $C/avail_operations || wrong "no vaddr: $(cat $C/avail_operations)"
! grep -vxE 'vaddr|fvaddr|paddr' $C/avail_operations || wrong "unknown keyword"

it "files: ulong files take decimal, hex and octal, and refuse the rest"
ulongs="monitoring_attrs/intervals/sample_us monitoring_attrs/intervals/aggr_us
monitoring_attrs/intervals/update_us monitoring_attrs/nr_regions/min monitoring_attrs/nr_regions/max
targets/0/regions/0/start targets/0/regions/0/end schemes/0/apply_interval_us
schemes/0/access_pattern/sz/min schemes/0/access_pattern/sz/max
schemes/0/access_pattern/nr_accesses/min schemes/0/access_pattern/nr_accesses/max
schemes/0/access_pattern/age/min schemes/0/access_pattern/age/max schemes/0/stats/max_nr_snapshots"
for f in $ulongs; do
	f=$C/$f
	wr_ok $f 0x10
	reads $f 16
	wr_ok $f 010
	reads $f 8
	wr_ok $f $ULONG_MAX
	reads $f $ULONG_MAX
	wr_ok $f 42
	for garbage in abc 1x '1 ' ' 1' 1.5 -1 '' '1
2'; do
		wr_fails EINVAL $f "$garbage"
	done
	wr_fails ERANGE $f 18446744073709551616
	reads $f 42
done

it "files: without a newline is fine too"
f=$C/monitoring_attrs/intervals/sample_us
same "the write" OK "$(wr -n $f 7000)"
reads $f 7000

it "files: pid_target is an int that knows only EINVAL"
f=$C/targets/0/pid_target
wr_ok $f 123
reads $f 123
for garbage in abc 99999999999 '' 1x; do wr_fails EINVAL $f "$garbage"; done
reads $f 123

it "files: keywords"
f=$C/operations
for op in $(cat $C/avail_operations); do
	wr_ok $f $op
	reads $f $op
done
for garbage in vaddrs vadd '' 'vaddr x' ' vaddr' VADDR; do wr_fails EINVAL $f "$garbage"; done
reads $f "$op"
f=$S/action
for action in willneed cold pageout hugepage nohugepage collapse lru_prio lru_deprio migrate_hot \
	migrate_cold stat; do
	wr_ok $f $action
	reads $f $action
done
for garbage in pageou pageouts '' 'stat ' none; do wr_fails EINVAL $f "$garbage"; done
reads $f stat

it "files: read-only ones cannot be written"
find $K -type f -perm 400 >/tmp/found
[ "$(wc -l </tmp/found)" -ge 10 ] || wrong "only $(wc -l </tmp/found) are read-only"
while read -r f; do
	case $(wr $f 1) in EIO | EACCES) ;; *) wrong "${f#"$K"/} was writable" ;; esac
done </tmp/found

it "files: all can be read while nothing runs"
find $K -type f -exec cat {} + >/dev/null 2>/tmp/out || wrong "$(cat /tmp/out)"

it "files: a number that is too large is refused at once"
fresh
uptime_s
before=$NOW
for f in $(find $K -name 'nr_*s' -perm 600 ! -path '*/access_pattern/*'); do
	case $(wr $f 2147483647) in ENOMEM | EINVAL) ;; *) wrong "2147483647 > ${f#"$K"/}" ;; esac
	reads $f 1
done
uptime_s
[ $((NOW - before)) -le 20 ] || wrong "it took $((NOW - before)) s"

it "files: paths keep what was written"
f=$S/filters/0/memcg_path
wr_ok $f /a/b
reads $f /a/b
wr_fails ENAMETOOLONG $f "$(printf %04100d 0)"
reads $f /a/b
wr_ok $f ''
same "an unset path" 1 "$(wc -c <$f)"

if [ "${DAMON_IN_TREE-0}" != 1 ]; then
	it "files: last_error tells which was refused, and why"
	fresh
	# refused ERRNO FILE TEXT SENTENCE: below the first kdamond
	refused() {
		wr_fails $1 $D/$2 "$3"
		reads $D/last_error "$2: $4"
	}
	refused EINVAL contexts/nr_contexts 5 "'5' is more than 1"
	refused EINVAL contexts/0/monitoring_attrs/intervals/sample_us 5ms \
		"'5ms' is not a whole number"
	refused EINVAL contexts/0/schemes/0/core_filters/0/type anon \
		"'anon' is none of addr, target"
	refused ERANGE refresh_ms 4294967296 "'4294967296' is more than 4294967295"
	refused ENOMEM contexts/0/schemes/0/dests/nr_dests 2000 "'2000' is more than 1024"
	wr_fails EINVAL $K/nr_kdamonds x
	reads $D/last_error "contexts/0/schemes/0/dests/nr_dests: '2000' is more than 1024"
	if [ -e $C/schemes/text ]; then
		(echo stat && echo pageout) >$C/schemes/text 2>/dev/null
		reads $D/last_error 'contexts/0/schemes/text: all of it has to be in one write(2)'
	fi
	wr_ok $D/state clear_schemes_tried_regions
	reads $D/last_error ''
fi

it "files: writing the same number again is a reset"
fresh
wr_ok $S/action pageout
wr_ok $C/schemes/nr_schemes 1
reads $S/action stat

it "files: a file held open while it is removed reads ENODEV"
fresh
exec 5<$S/action
wr_ok $C/schemes/nr_schemes 0
cat <&5 >/tmp/out 2>&1
grep -q 'No such device' /tmp/out || wrong "it read: $(cat /tmp/out)"
exec 5<&-

it "files: unload with a file held open"
fresh
exec 5<$S/action
unload
exec 5<&-
finish
