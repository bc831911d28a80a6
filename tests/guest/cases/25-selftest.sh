# What the shell selftest of mainline's newest release asks of the tree: files and their modes,
# directories that come and go, and keywords, level by level.
. /guest/lib.sh
load || exit

has_dir() { [ -d $1 ] || wrong "no directory ${1#"$K"/}"; }
has_no() { [ ! -e $1 ] || wrong "there is ${1#"$K"/}"; }

# has MODE DIR FILE...
has() {
	_mode=$1 _dir=$2
	shift 2
	has_dir $_dir
	for _f in "$@"; do
		[ -f $_dir/$_f ] || { wrong "no file ${_dir#"$K"/}/$_f"; continue; }
		same "mode of ${_dir#"$K"/}/$_f" $_mode "$(stat -c %a $_dir/$_f)"
	done
}

# takes FILE WORD...; refuses FILE WORD...
takes() {
	_file=$1
	shift
	for _w in "$@"; do
		wr_ok $_file $_w
		reads $_file $_w
	done
}
refuses() {
	_file=$1
	shift
	for _w in "$@"; do wr_fails EINVAL $_file $_w; done
}

# cycle FILE TEST: 1, 2 and 0 directories beside FILE, without a pause; TEST looks at each.
# Leaves one.
cycle() {
	_nr=$1 _beside=$(dirname $1) _test=$2
	has 600 $_beside "$(basename $_nr)"
	wr_ok $_nr 1
	$_test $_beside/0
	wr_ok $_nr 2
	$_test $_beside/0
	$_test $_beside/1
	wr_ok $_nr 0
	has_no $_beside/0
	has_no $_beside/1
	wr_fails EINVAL $_nr -1
	wr_ok $_nr 1
}

test_filter_of() {
	has 600 $2 type matching allow memcg_path addr_start addr_end min max damon_target_idx
	case $1 in
	core_filters)
		takes $2/type addr target
		refuses $2/type anon memcg young hugepage_size unmapped active foo ;;
	ops_filters)
		takes $2/type anon memcg young hugepage_size unmapped active
		refuses $2/type addr target foo ;;
	filters)
		takes $2/type anon memcg young hugepage_size unmapped active addr target
		refuses $2/type foo ;;
	esac
}
test_core_filter() { test_filter_of core_filters $1; }
test_ops_filter() { test_filter_of ops_filters $1; }
test_filter() { test_filter_of filters $1; }
test_goal() {
	has 600 $1 target_metric target_value current_value nid path
	takes $1/target_metric user_input some_mem_psi_us node_mem_used_bp node_mem_free_bp \
		node_memcg_used_bp node_memcg_free_bp active_mem_bp inactive_mem_bp \
		node_eligible_mem_bp
	refuses $1/target_metric foo
}
test_dest() { has 600 $1 id weight; }
test_limits() { has 600 $1 min max; }
test_scheme() {
	has 600 $1 action target_nid apply_interval_us
	for _l in sz nr_accesses age; do test_limits $1/access_pattern/$_l; done
	has 600 $1/quotas ms bytes reset_interval_ms goal_tuner fail_charge_num fail_charge_denom
	has 400 $1/quotas effective_bytes
	has 600 $1/quotas/weights sz_permil nr_accesses_permil age_permil
	has 600 $1/watermarks metric interval_us high mid low
	has 400 $1/stats nr_tried sz_tried nr_applied sz_applied sz_ops_filter_passed qt_exceeds \
		nr_snapshots
	has 600 $1/stats max_nr_snapshots
	has 400 $1/tried_regions total_bytes
	for _d in core_filters ops_filters filters; do has 600 $1/$_d nr_filters; done
	has 600 $1/dests nr_dests
	has 600 $1/quotas/goals nr_goals
}
test_region() { has 600 $1 start end; }
test_target() {
	has 600 $1 pid_target obsolete_target
	has 600 $1/regions nr_regions
}
test_probe_filter() {
	has 600 $1 type matching allow path
	takes $1/type anon memcg
	refuses $1/type foo young
}
test_probe() {
	has 600 $1 weight
	has 600 $1/filters nr_filters
}
test_context() {
	has 400 $1 avail_operations
	has 600 $1 operations addr_unit pause
	has 600 $1/monitoring_attrs/intervals sample_us aggr_us update_us
	has 600 $1/monitoring_attrs/intervals/intervals_goal access_bp aggrs min_sample_us max_sample_us
	test_limits $1/monitoring_attrs/nr_regions
	has 600 $1/monitoring_attrs/probes nr_probes
	has 600 $1/targets nr_targets
	has 600 $1/schemes nr_schemes
}
test_kdamond() {
	has 600 $1 state refresh_ms
	has 400 $1 pid
	has 600 $1/contexts nr_contexts
}

it "selftest: kdamonds"
stop_all
has_dir $ROOT/admin
cycle $K/nr_kdamonds test_kdamond

it "selftest: contexts"
f=$D/contexts/nr_contexts
wr_ok $f 1
test_context $C
wr_fails EINVAL $f 2
wr_fails EINVAL $f -1
has_dir $C
wr_ok $f 0
has_no $C
wr_ok $f 1

it "selftest: targets"
cycle $C/targets/nr_targets test_target
cycle $C/targets/0/regions/nr_regions test_region

it "selftest: probes"
cycle $C/monitoring_attrs/probes/nr_probes test_probe
wr_fails EINVAL $C/monitoring_attrs/probes/nr_probes 5
cycle $C/monitoring_attrs/probes/0/filters/nr_filters test_probe_filter

it "selftest: schemes"
cycle $C/schemes/nr_schemes test_scheme

it "selftest: filters of schemes"
cycle $S/core_filters/nr_filters test_core_filter
cycle $S/ops_filters/nr_filters test_ops_filter
cycle $S/filters/nr_filters test_filter

it "selftest: goals and destinations"
cycle $S/quotas/goals/nr_goals test_goal
cycle $S/dests/nr_dests test_dest

unload
finish
