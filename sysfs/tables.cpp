// SPDX-License-Identifier: GPL-2.0
// The tree, from its leaves to its root: what files there are, their modes, what they take, and the
// fields that they show.  To add a file, add its field to sysfs/staged.hpp and a row here.
#include "sysfs/tables.hpp"

#include "schemes/words.hpp"
#include "sysfs/commands.hpp"
#include "sysfs/schemes_text.hpp"

namespace damon::sysfs {

namespace {

// ---- Keywords, in the order of their values; see schemes/words.hpp too ----

constexpr std::string_view metric_words[] = {
	"user_input",	    "some_mem_psi_us",	  "node_mem_used_bp",
	"node_mem_free_bp", "node_memcg_used_bp", "node_memcg_free_bp",
	"active_mem_bp",    "inactive_mem_bp",	  "node_eligible_mem_bp",
};
static_assert(std::size(metric_words) == nr_goal_metrics);

constexpr std::string_view watermark_words[] = {"none", "free_mem_rate"};
constexpr std::string_view probe_filter_words[] = {"anon", "memcg"};

using OperationsWord = Keyword<OperationsId, operations_words>;
using ActionWord = Keyword<Action, action_words>;
using FilterWord = Keyword<FilterType, filter_type_words>;
using MetricWord = Keyword<GoalMetric, metric_words>;
using TunerWord = Keyword<GoalTuner, goal_tuner_words>;
using WatermarkWord = Keyword<WatermarkMetric, watermark_words>;
using ProbeFilterWord = Keyword<ProbeFilterType, probe_filter_words>;

// ---- schemes/<S>/access_pattern/ ----

constexpr auto limits_files = files<Limits<uint64_t>>({
	rw<Ulong, &Limits<uint64_t>::min>("min"),
	rw<Ulong, &Limits<uint64_t>::max>("max"),
});
constexpr DirectoryOf<Limits<uint64_t>> limits_dir{limits_files};

constexpr auto pattern_subdirectories = subdirectories<SchemeDir::Pattern>({
	sub<&SchemeDir::Pattern::size>("sz", limits_dir),
	sub<&SchemeDir::Pattern::nr_accesses>("nr_accesses", limits_dir),
	sub<&SchemeDir::Pattern::age>("age", limits_dir),
});
constexpr DirectoryOf<SchemeDir::Pattern> pattern_dir{{}, pattern_subdirectories};

// ---- schemes/<S>/quotas/ ----

constexpr auto goal_files = files<GoalConfig>({
	rw<MetricWord, &GoalConfig::metric>("target_metric"),
	rw<Ulong, &GoalConfig::target_value>("target_value"),
	rw<Ulong, &GoalConfig::current_value>("current_value"),
	rw<Int, &GoalConfig::nid>("nid"),
	path<&GoalConfig::path>("path"),
});
constexpr DirectoryOf<GoalConfig> goal_dir{goal_files};

constexpr auto goals_files = files<SchemeDir>({
	nr<&SchemeDir::goals>("nr_goals"),
});
constexpr DirectoryOf<SchemeDir> goals_dir{
	goals_files,
	{},
	numbered<&SchemeDir::goals>(goal_dir, {.max = 1024}),
};

constexpr auto weights_files = files<QuotaConfig>({
	rw<Uint, &QuotaConfig::sz_permil>("sz_permil"),
	rw<Uint, &QuotaConfig::nr_accesses_permil>("nr_accesses_permil"),
	rw<Uint, &QuotaConfig::age_permil>("age_permil"),
});
constexpr DirectoryOf<QuotaConfig> weights_dir{weights_files};

template <class Codec, auto field> consteval FileOf<SchemeDir> quota(const char *name)
{
	return rw<Codec, &SchemeDir::scheme, &SchemeConfig::quota, field>(name);
}

constexpr auto quotas_files = files<SchemeDir>({
	quota<EinvalOnly<Ulong>, &QuotaConfig::ms>("ms"),
	quota<EinvalOnly<Ulong>, &QuotaConfig::bytes>("bytes"),
	quota<EinvalOnly<Ulong>, &QuotaConfig::reset_interval_ms>("reset_interval_ms"),
	ro<Ulong, &SchemeDir::effective_bytes>("effective_bytes"),
	quota<TunerWord, &QuotaConfig::tuner>("goal_tuner"),
	quota<EinvalOnly<Uint>, &QuotaConfig::fail_charge_num>("fail_charge_num"),
	quota<EinvalOnly<Uint>, &QuotaConfig::fail_charge_denom>("fail_charge_denom"),
});
constexpr auto quotas_subdirectories = subdirectories<SchemeDir>({
	sub<&SchemeDir::scheme, &SchemeConfig::quota>("weights", weights_dir),
	sub("goals", goals_dir),
});
constexpr DirectoryOf<SchemeDir> quotas_dir{quotas_files, quotas_subdirectories};

// ---- schemes/<S>/watermarks/ ----

constexpr auto watermarks_files = files<WatermarksConfig>({
	rw<WatermarkWord, &WatermarksConfig::metric>("metric"),
	rw<Ulong, &WatermarksConfig::interval_us>("interval_us"),
	rw<Ulong, &WatermarksConfig::high>("high"),
	rw<Ulong, &WatermarksConfig::mid>("mid"),
	rw<Ulong, &WatermarksConfig::low>("low"),
});
constexpr DirectoryOf<WatermarksConfig> watermarks_dir{watermarks_files};

// ---- schemes/<S>/{core_filters,ops_filters,filters}/ ----

constexpr bool is_ops_filter(FilterType type)
{
	return !is_core_filter(type);
}
using CoreFilterWord = Only<FilterWord, is_core_filter>;
using OpsFilterWord = Only<FilterWord, is_ops_filter>;

// They differ in the types that can be written.
template <class TypeWord> constexpr auto filter_files = files<FilterConfig>({
	rw<TypeWord, &FilterConfig::type>("type"),
	rw<Bool, &FilterConfig::matching>("matching"),
	rw<Bool, &FilterConfig::allow>("allow"),
	path<&FilterConfig::memcg_path>("memcg_path"),
	rw<Ulong, &FilterConfig::addresses, &Range::start>("addr_start"),
	rw<Ulong, &FilterConfig::addresses, &Range::end>("addr_end"),
	rw<Ulong, &FilterConfig::size, &Limits<uint64_t>::min>("min"),
	rw<Ulong, &FilterConfig::size, &Limits<uint64_t>::max>("max"),
	rw<Int, &FilterConfig::target>("damon_target_idx"),
});
template <class TypeWord> constexpr DirectoryOf<FilterConfig> filter_dir{filter_files<TypeWord>};

template <auto filters_of_kind> constexpr auto filters_files = files<SchemeDir>({
	nr<filters_of_kind>("nr_filters"),
});
template <auto filters_of_kind, class TypeWord> constexpr DirectoryOf<SchemeDir> filters_dir{
	filters_files<filters_of_kind>,
	{},
	numbered<filters_of_kind>(filter_dir<TypeWord>, {.max = 1024}),
};

// ---- schemes/<S>/dests/ ----

constexpr auto destination_files = files<DestinationConfig>({
	rw<Uint, &DestinationConfig::nid>("id"),
	rw<Uint, &DestinationConfig::weight>("weight"),
});
constexpr DirectoryOf<DestinationConfig> destination_dir{destination_files};

constexpr auto dests_files = files<SchemeDir>({
	nr<&SchemeDir::destinations>("nr_dests"),
});
constexpr DirectoryOf<SchemeDir> dests_dir{
	dests_files,
	{},
	numbered<&SchemeDir::destinations>(destination_dir, {.max = 1024}),
};

// ---- schemes/<S>/stats/ ----

constexpr auto stats_files = files<SchemeDir>({
	ro<Ulong, &SchemeDir::stats, &SchemeStats::nr_tried>("nr_tried"),
	ro<Ulong, &SchemeDir::stats, &SchemeStats::sz_tried>("sz_tried"),
	ro<Ulong, &SchemeDir::stats, &SchemeStats::nr_applied>("nr_applied"),
	ro<Ulong, &SchemeDir::stats, &SchemeStats::sz_applied>("sz_applied"),
	ro<Ulong, &SchemeDir::stats, &SchemeStats::sz_ops_filter_passed>("sz_ops_filter_passed"),
	ro<Ulong, &SchemeDir::stats, &SchemeStats::qt_exceeds>("qt_exceeds"),
	ro<Ulong, &SchemeDir::stats, &SchemeStats::nr_snapshots>("nr_snapshots"),
	rw<Ulong, &SchemeDir::scheme, &SchemeConfig::max_nr_snapshots>("max_nr_snapshots"),
});
constexpr DirectoryOf<SchemeDir> stats_dir{stats_files};

// ---- schemes/<S>/tried_regions/: made by commands, not by an nr_ file ----

constexpr auto probe_hits_files = files<ProbeHitsDir>({
	ro<Byte, &ProbeHitsDir::hits>("hits"),
});
constexpr DirectoryOf<ProbeHitsDir> probe_hits_dir{probe_hits_files};
constexpr DirectoryOf<TriedRegionDir> region_probes_dir{
	{},
	{},
	numbered<&TriedRegionDir::probes>(probe_hits_dir, {.max = max_nr_probes}),
};

constexpr auto tried_region_files = files<TriedRegionDir>({
	ro<Ulong, &TriedRegionDir::region, &TriedRegion::range, &Range::start>("start"),
	ro<Ulong, &TriedRegionDir::region, &TriedRegion::range, &Range::end>("end"),
	ro<Uint, &TriedRegionDir::region, &TriedRegion::nr_accesses>("nr_accesses"),
	ro<Uint, &TriedRegionDir::region, &TriedRegion::age>("age"),
	ro<Ulong, &TriedRegionDir::region, &TriedRegion::sz_filter_passed>("sz_filter_passed"),
});
constexpr bool has_probes(const TriedRegionDir &region)
{
	return region.nr_probes > 0;
}
constexpr auto tried_region_subdirectories = subdirectories<TriedRegionDir>({
	optional_sub<TriedRegionDir, has_probes>("probes", region_probes_dir),
});
constexpr DirectoryOf<TriedRegionDir> tried_region_dir{tried_region_files,
						       tried_region_subdirectories};

constexpr auto tried_regions_files = files<TriedRegionsDir>({
	ro<Ulong, &TriedRegionsDir::total_bytes>("total_bytes"),
});
constexpr DirectoryOf<TriedRegionsDir> tried_regions_dir{
	tried_regions_files,
	{},
	numbered<&TriedRegionsDir::regions>(tried_region_dir, {.max = 65536}),
};

// ---- schemes/<S>/ ----

constexpr auto scheme_files = files<SchemeDir>({
	rw<ActionWord, &SchemeDir::scheme, &SchemeConfig::action>("action"),
	rw<Int, &SchemeDir::scheme, &SchemeConfig::target_nid>("target_nid"),
	rw<Ulong, &SchemeDir::scheme, &SchemeConfig::apply_interval_us>("apply_interval_us"),
});
constexpr auto scheme_subdirectories = subdirectories<SchemeDir>({
	sub<&SchemeDir::pattern>("access_pattern", pattern_dir),
	sub("quotas", quotas_dir),
	sub<&SchemeDir::scheme, &SchemeConfig::watermarks>("watermarks", watermarks_dir),
	sub("core_filters", filters_dir<&SchemeDir::core_filters, CoreFilterWord>),
	sub("ops_filters", filters_dir<&SchemeDir::ops_filters, OpsFilterWord>),
	sub("filters", filters_dir<&SchemeDir::filters, FilterWord>),
	sub("dests", dests_dir),
	sub("stats", stats_dir),
	sub<&SchemeDir::tried>("tried_regions", tried_regions_dir),
});
constexpr DirectoryOf<SchemeDir> scheme_dir{scheme_files, scheme_subdirectories};

constexpr auto schemes_files = files<ContextDir>({
	nr<&ContextDir::schemes>("nr_schemes"),
	long_rw<ContextDir, print_schemes_text, write_schemes_text>("text"),
});
constexpr DirectoryOf<ContextDir> schemes_dir{
	schemes_files,
	{},
	numbered<&ContextDir::schemes>(scheme_dir, {.max = 1024}),
};

// ---- targets/<T>/ ----

constexpr auto region_files = files<Range>({
	rw<Ulong, &Range::start>("start"),
	rw<Ulong, &Range::end>("end"),
});
constexpr DirectoryOf<Range> region_dir{region_files};

constexpr auto regions_files = files<TargetDir>({
	nr<&TargetDir::regions>("nr_regions"),
});
constexpr DirectoryOf<TargetDir> regions_dir{
	regions_files,
	{},
	numbered<&TargetDir::regions>(region_dir, {.max = 65536}),
};

constexpr auto target_files = files<TargetDir>({
	rw<EinvalOnly<Int>, &TargetDir::target, &TargetConfig::pid>("pid_target"),
	rw<Bool, &TargetDir::target, &TargetConfig::obsolete>("obsolete_target"),
});
constexpr auto target_subdirectories = subdirectories<TargetDir>({
	sub("regions", regions_dir),
});
constexpr DirectoryOf<TargetDir> target_dir{target_files, target_subdirectories};

constexpr auto targets_files = files<ContextDir>({
	nr<&ContextDir::targets>("nr_targets"),
});
constexpr DirectoryOf<ContextDir> targets_dir{
	targets_files,
	{},
	numbered<&ContextDir::targets>(target_dir, {.max = 4096}),
};

// ---- monitoring_attrs/probes/<P>/ ----

constexpr auto probe_filter_files = files<ProbeFilterConfig>({
	rw<ProbeFilterWord, &ProbeFilterConfig::type>("type"),
	rw<Bool, &ProbeFilterConfig::matching>("matching"),
	rw<Bool, &ProbeFilterConfig::allow>("allow"),
	path<&ProbeFilterConfig::path>("path"),
});
constexpr DirectoryOf<ProbeFilterConfig> probe_filter_dir{probe_filter_files};

constexpr auto probe_filters_files = files<ProbeDir>({
	nr<&ProbeDir::filters>("nr_filters"),
});
constexpr DirectoryOf<ProbeDir> probe_filters_dir{
	probe_filters_files,
	{},
	numbered<&ProbeDir::filters>(probe_filter_dir, {.max = 1024}),
};

constexpr auto probe_files = files<ProbeDir>({
	rw<Uint, &ProbeDir::probe, &ProbeConfig::weight>("weight"),
});
constexpr auto probe_subdirectories = subdirectories<ProbeDir>({
	sub("filters", probe_filters_dir),
});
constexpr DirectoryOf<ProbeDir> probe_dir{probe_files, probe_subdirectories};

constexpr auto probes_files = files<ContextDir>({
	nr<&ContextDir::probes>("nr_probes"),
});
constexpr DirectoryOf<ContextDir> probes_dir{
	probes_files,
	{},
	numbered<&ContextDir::probes>(probe_dir, {.max = max_nr_probes, .above_max = EINVAL}),
};

// ---- monitoring_attrs/ ----

constexpr auto intervals_files = files<Attributes>({
	rw<Ulong, &Attributes::sample_us>("sample_us"),
	rw<Ulong, &Attributes::aggr_us>("aggr_us"),
	rw<Ulong, &Attributes::update_us>("update_us"),
});
constexpr auto intervals_goal_files = files<IntervalsGoal>({
	rw<Ulong, &IntervalsGoal::access_bp>("access_bp"),
	rw<Ulong, &IntervalsGoal::aggrs>("aggrs"),
	rw<Ulong, &IntervalsGoal::min_sample_us>("min_sample_us"),
	rw<Ulong, &IntervalsGoal::max_sample_us>("max_sample_us"),
});
constexpr DirectoryOf<IntervalsGoal> intervals_goal_dir{intervals_goal_files};

constexpr auto intervals_subdirectories = subdirectories<Attributes>({
	sub<&Attributes::goal>("intervals_goal", intervals_goal_dir),
});
constexpr DirectoryOf<Attributes> intervals_dir{intervals_files, intervals_subdirectories};

constexpr auto nr_regions_files = files<Attributes>({
	rw<Ulong, &Attributes::min_nr_regions>("min"),
	rw<Ulong, &Attributes::max_nr_regions>("max"),
});
constexpr DirectoryOf<Attributes> nr_regions_dir{nr_regions_files};

constexpr auto monitoring_attrs_subdirectories = subdirectories<ContextDir>({
	sub<&ContextDir::context, &ContextConfig::attributes>("intervals", intervals_dir),
	sub<&ContextDir::context, &ContextConfig::attributes>("nr_regions", nr_regions_dir),
	sub("probes", probes_dir),
});
constexpr DirectoryOf<ContextDir> monitoring_attrs_dir{{}, monitoring_attrs_subdirectories};

// ---- contexts/<C>/ ----

constexpr auto context_files = files<ContextDir>({
	custom_ro<ContextDir, print_available_operations>("avail_operations"),
	rw<OperationsWord, &ContextDir::context, &ContextConfig::operations>("operations"),
	rw<NonZero<Ulong>, &ContextDir::context, &ContextConfig::addr_unit>("addr_unit"),
	rw<Bool, &ContextDir::context, &ContextConfig::pause>("pause"),
});
constexpr auto context_subdirectories = subdirectories<ContextDir>({
	sub("monitoring_attrs", monitoring_attrs_dir),
	sub("targets", targets_dir),
	sub("schemes", schemes_dir),
});
constexpr DirectoryOf<ContextDir> context_dir{context_files, context_subdirectories};

// ---- kdamonds/<K>/ ----

constexpr auto contexts_files = files<KdamondDir>({
	nr<&KdamondDir::contexts>("nr_contexts"),
});
constexpr DirectoryOf<KdamondDir> contexts_dir{
	contexts_files,
	{},
	numbered<&KdamondDir::contexts>(context_dir, {.max = 1, .above_max = EINVAL}),
};

constexpr auto kdamond_files = files<KdamondDir>({
	custom_rw<KdamondDir, print_state, command, forget>("state"),
	custom_ro<KdamondDir, print_pid>("pid"),
	rw<Uint, &KdamondDir::refresh_ms>("refresh_ms"),
	custom_ro<KdamondDir, print_nr_late_ticks>("nr_late_ticks"),
	custom_ro<KdamondDir, print_last_error>("last_error"),
	long_ro<KdamondDir, print_snapshot>("snapshot"),
});
constexpr auto kdamond_subdirectories = subdirectories<KdamondDir>({
	sub("contexts", contexts_dir),
});

} // namespace

constexpr DirectoryOf<KdamondDir> kdamond_dir{kdamond_files, kdamond_subdirectories};

namespace {

// Their kdamonds would be stopped with them, and nobody asked for that.
Result<> none_runs(void *root)
{
	if (static_cast<Root *>(root)->any_running())
		return fail(EBUSY, "a kdamond is on");
	return {};
}

constexpr auto kdamonds_files = files<Root>({
	nr<&Root::kdamonds>("nr_kdamonds"),
});
constexpr DirectoryOf<Root> kdamonds_dir{
	kdamonds_files,
	{},
	numbered<&Root::kdamonds>(kdamond_dir, {.max = 1024, .may_change = none_runs}),
};

constexpr auto admin_subdirectories = subdirectories<Root>({
	sub("kdamonds", kdamonds_dir),
});
constexpr DirectoryOf<Root> admin_dir{{}, admin_subdirectories};

constexpr auto root_subdirectories = subdirectories<Root>({
	sub("admin", admin_dir),
});

} // namespace

constexpr DirectoryOf<Root> root_dir{{}, root_subdirectories};

} // namespace damon::sysfs
