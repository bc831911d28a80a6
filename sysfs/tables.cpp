// SPDX-License-Identifier: GPL-2.0
// The tree, from its leaves to its root: what files there are, their modes, what they take, and the
// fields that they show.  To add a file, add its field to sysfs/staged.hpp and a row here.
#include "sysfs/tables.hpp"

#include "sysfs/commands.hpp"

namespace damon::sysfs {

namespace {

// In the order of their values.
constexpr std::string_view action_words[] = {
	"willneed", "cold",	  "pageout",	 "hugepage",	 "nohugepage", "collapse",
	"lru_prio", "lru_deprio", "migrate_hot", "migrate_cold", "stat",
};
static_assert(std::size(action_words) == nr_actions);

using OperationsWord = Keyword<OperationsId, operations_words>;
using ActionWord = Keyword<Action, action_words>;

// ---- schemes/<S>/ ----

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

constexpr auto stats_files = files<SchemeDir>({
	ro<Ulong, &SchemeDir::stats, &SchemeStats::nr_tried>("nr_tried"),
	ro<Ulong, &SchemeDir::stats, &SchemeStats::sz_tried>("sz_tried"),
	ro<Ulong, &SchemeDir::stats, &SchemeStats::nr_applied>("nr_applied"),
	ro<Ulong, &SchemeDir::stats, &SchemeStats::sz_applied>("sz_applied"),
	ro<Ulong, &SchemeDir::stats, &SchemeStats::nr_snapshots>("nr_snapshots"),
	rw<Ulong, &SchemeDir::max_nr_snapshots>("max_nr_snapshots"),
});
constexpr DirectoryOf<SchemeDir> stats_dir{stats_files};

constexpr auto tried_region_files = files<TriedRegionDir>({
	ro<Ulong, &TriedRegionDir::range, &Range::start>("start"),
	ro<Ulong, &TriedRegionDir::range, &Range::end>("end"),
	ro<Uint, &TriedRegionDir::nr_accesses>("nr_accesses"),
	ro<Uint, &TriedRegionDir::age>("age"),
});
constexpr DirectoryOf<TriedRegionDir> tried_region_dir{tried_region_files};

constexpr auto tried_regions_files = files<TriedRegionsDir>({
	ro<Ulong, &TriedRegionsDir::total_bytes>("total_bytes"),
});
// Made by commands, not by an nr_ file.
constexpr DirectoryOf<TriedRegionsDir> tried_regions_dir{
	tried_regions_files,
	{},
	numbered<&TriedRegionsDir::regions>(tried_region_dir, {.max = 65536}),
};

constexpr auto scheme_files = files<SchemeDir>({
	rw<ActionWord, &SchemeDir::action>("action"),
	rw<Ulong, &SchemeDir::apply_interval_us>("apply_interval_us"),
});
constexpr auto scheme_subdirectories = subdirectories<SchemeDir>({
	sub<&SchemeDir::pattern>("access_pattern", pattern_dir),
	sub("stats", stats_dir),
	sub<&SchemeDir::tried>("tried_regions", tried_regions_dir),
});
constexpr DirectoryOf<SchemeDir> scheme_dir{scheme_files, scheme_subdirectories};

constexpr auto schemes_files = files<ContextDir>({
	nr<&ContextDir::schemes>("nr_schemes"),
});
constexpr DirectoryOf<ContextDir> schemes_dir{
	schemes_files,
	{},
	numbered<&ContextDir::schemes>(scheme_dir, {.max = 4096}),
};

// ---- targets/<T>/ ----

constexpr auto region_files = files<RegionDir>({
	rw<Ulong, &RegionDir::range, &Range::start>("start"),
	rw<Ulong, &RegionDir::range, &Range::end>("end"),
});
constexpr DirectoryOf<RegionDir> region_dir{region_files};

constexpr auto regions_files = files<TargetDir>({
	nr<&TargetDir::regions>("nr_regions"),
});
constexpr DirectoryOf<TargetDir> regions_dir{
	regions_files,
	{},
	numbered<&TargetDir::regions>(region_dir, {.max = 65536}),
};

constexpr auto target_files = files<TargetDir>({
	rw<EinvalOnly<Int>, &TargetDir::pid>("pid_target"),
	rw<Bool, &TargetDir::obsolete>("obsolete_target"),
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

// ---- contexts/<C>/ ----

constexpr auto intervals_files = files<Attributes>({
	rw<Ulong, &Attributes::sample_us>("sample_us"),
	rw<Ulong, &Attributes::aggr_us>("aggr_us"),
	rw<Ulong, &Attributes::update_us>("update_us"),
});
constexpr auto intervals_goal_files = files<Attributes>({
	rw<Ulong, &Attributes::goal, &IntervalsGoal::access_bp>("access_bp"),
	rw<Ulong, &Attributes::goal, &IntervalsGoal::aggrs>("aggrs"),
	rw<Ulong, &Attributes::goal, &IntervalsGoal::min_sample_us>("min_sample_us"),
	rw<Ulong, &Attributes::goal, &IntervalsGoal::max_sample_us>("max_sample_us"),
});
constexpr DirectoryOf<Attributes> intervals_goal_dir{intervals_goal_files};

constexpr auto intervals_subdirectories = subdirectories<Attributes>({
	sub("intervals_goal", intervals_goal_dir),
});
constexpr DirectoryOf<Attributes> intervals_dir{intervals_files, intervals_subdirectories};

constexpr auto nr_regions_files = files<Attributes>({
	rw<Ulong, &Attributes::min_nr_regions>("min"),
	rw<Ulong, &Attributes::max_nr_regions>("max"),
});
constexpr DirectoryOf<Attributes> nr_regions_dir{nr_regions_files};

constexpr auto monitoring_attrs_subdirectories = subdirectories<Attributes>({
	sub("intervals", intervals_dir),
	sub("nr_regions", nr_regions_dir),
});
constexpr DirectoryOf<Attributes> monitoring_attrs_dir{{}, monitoring_attrs_subdirectories};

constexpr auto context_files = files<ContextDir>({
	custom_ro<ContextDir, print_available_operations>("avail_operations"),
	rw<OperationsWord, &ContextDir::operations>("operations"),
	rw<Bool, &ContextDir::pause>("pause"),
});
constexpr auto context_subdirectories = subdirectories<ContextDir>({
	sub<&ContextDir::attributes>("monitoring_attrs", monitoring_attrs_dir),
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
});
constexpr auto kdamond_subdirectories = subdirectories<KdamondDir>({
	sub("contexts", contexts_dir),
});
constexpr DirectoryOf<KdamondDir> kdamond_dir{kdamond_files, kdamond_subdirectories};

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
