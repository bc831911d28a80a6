// SPDX-License-Identifier: GPL-2.0
#include "clients/config.hpp"

#include <algorithm>
#include <cstring>

namespace damon {

namespace {

// Both lists of names are in the same order.
static_assert(DAMOS_STAT + 1 == nr_actions);
static_assert(DAMOS_PAGEOUT == static_cast<int>(Action::pageout));
static_assert(DAMOS_MIGRATE_COLD == static_cast<int>(Action::migrate_cold));
static_assert(DAMOS_FILTER_TARGET + 1 == nr_filter_types);
static_assert(DAMOS_FILTER_MEMCG == static_cast<int>(FilterType::memcg));
static_assert(DAMOS_FILTER_UNMAPPED == static_cast<int>(FilterType::unmapped));
static_assert(DAMOS_GOAL_NODE_ELIGIBLE_MEM_BP + 1 == nr_goal_metrics);
static_assert(DAMOS_GOAL_NODE_MEM_FREE_BP == static_cast<int>(GoalMetric::node_mem_free_bp));
static_assert(DAMOS_TUNER_TEMPORAL == static_cast<int>(GoalTuner::temporal));
static_assert(DAMOS_WATERMARK_FREE_MEM_RATE == static_cast<int>(WatermarkMetric::free_mem_rate));

// From C it may be any number, of which C++ must not make an enumerator.
template <class To, class From>
Result<To> enumerator(const From &from, std::size_t count, const char *reason)
{
	unsigned int value;

	static_assert(sizeof(from) == sizeof(value));
	std::memcpy(&value, &from, sizeof(value));
	if (value >= count)
		return fail(EINVAL, reason);
	return static_cast<To>(value);
}

Result<String> path_of(const char *path)
{
	return String::of(path ? std::string_view(path) : std::string_view());
}

constexpr uint64_t or_default(uint64_t value, uint64_t fallback)
{
	return value ? value : fallback;
}

// As many samples an aggregation interval as mainline has by default, if one interval is left open.
Attributes attributes_of(const damon_config &from)
{
	constexpr uint64_t samples = 20;
	const Attributes defaults;
	Attributes to;

	to.aggr_us = from.aggr_us;
	if (!from.aggr_us && __builtin_mul_overflow(or_default(from.sample_us, defaults.sample_us),
						    samples, &to.aggr_us))
		to.aggr_us = UINT64_MAX;
	to.sample_us = or_default(from.sample_us, std::max<uint64_t>(to.aggr_us / samples, 1));
	to.update_us = or_default(from.update_us, defaults.update_us);
	to.max_nr_regions = or_default(from.max_nr_regions, defaults.max_nr_regions);
	to.min_nr_regions = or_default(from.min_nr_regions,
				       std::min(defaults.min_nr_regions, to.max_nr_regions));
	if (from.access_bp)
		to.goal = {.access_bp = from.access_bp,
			   .aggrs = or_default(from.aggrs, 3),
			   .min_sample_us = or_default(from.min_sample_us, 5000),
			   .max_sample_us = or_default(from.max_sample_us, 10000000)};
	return to;
}

// ---- Targets ----

Result<> add_ranges(TargetConfig &target, const damon_config &from)
{
	TRY(target.regions.reserve(from.nr_ranges));
	for (std::size_t i = 0; i < from.nr_ranges; i++)
		target.regions.push_reserved({from.ranges[i].start, from.ranges[i].end});
	return {};
}

Result<> add_system_ram(TargetConfig &target, uint64_t addr_unit)
{
	uint64_t start, end;

	TRY(from_errno(damon_system_ram(&start, &end), "no System RAM is known"));
	return target.regions.push({start / addr_unit, (end - 1) / addr_unit + 1});
}

Result<> add_processes(ContextConfig &to, const damon_config &from)
{
	const std::size_t count = from.nr_pids ? from.nr_pids : 1;
	const int *pids = from.nr_pids ? from.pids : &from.pid;

	if (from.nr_pids && from.pid)
		return fail(EINVAL, "pid: there are pids, too");
	TRY(to.targets.reserve(count));
	for (std::size_t i = 0; i < count; i++) {
		TargetConfig target;

		target.pid = pids[i];
		to.targets.push_reserved(std::move(target));
	}
	return {};
}

Result<> add_targets(ContextConfig &to, const damon_config &from, damon_kind kind,
		     const ClientSpace &space)
{
	const bool processes = kind == DAMON_VADDR || kind == DAMON_FVADDR;
	TargetConfig place;

	if (!processes && (from.pid || from.nr_pids))
		return fail(EINVAL, "pid: of no meaning for this kind");
	if (kind != DAMON_PADDR && to.addr_unit != 1)
		return fail(EINVAL, "addr_unit: only for paddr");
	switch (kind) {
	case DAMON_VADDR:
		if (from.nr_ranges)
			return fail(EINVAL, "ranges: vaddr finds them itself, fvaddr takes them");
		return add_processes(to, from);
	case DAMON_FVADDR:
		if (from.nr_pids > 1)
			return fail(EINVAL, "pids: fvaddr takes one");
		if (!from.nr_ranges)
			return fail(EINVAL, "ranges: fvaddr needs some");
		TRY(add_processes(to, from));
		return add_ranges(to.targets[0], from);
	case DAMON_PADDR:
		if (from.nr_ranges)
			TRY(add_ranges(place, from));
		else
			TRY(add_system_ram(place, to.addr_unit));
		break;
	default:
		if (!from.nr_ranges)
			return fail(EINVAL, "ranges: an own address space needs some");
		place.custom = &space;
		TRY(add_ranges(place, from));
		break;
	}
	return to.targets.push(std::move(place));
}

// ---- Schemes ----

constexpr Limits<uint32_t> low_32_bits(const damon_limits &limits)
{
	auto low = [](uint64_t value) {
		return static_cast<uint32_t>(std::min<uint64_t>(value, UINT32_MAX));
	};
	return {low(limits.min), low(limits.max)};
}

Result<FilterConfig> filter_of(const damos_filter &from)
{
	FilterConfig to;

	to.type = TRY(enumerator<FilterType>(from.type, nr_filter_types, "type: there is no such"));
	to.matching = from.matching;
	to.allow = from.allow;
	to.memcg_path = TRY(path_of(from.memcg_path));
	to.addresses = {from.addresses.start, from.addresses.end};
	to.size = {from.size.min, from.size.max};
	to.target = from.target;
	return to;
}

Result<GoalConfig> goal_of(const damos_goal &from)
{
	GoalConfig to;

	to.metric = TRY(
		enumerator<GoalMetric>(from.metric, nr_goal_metrics, "metric: there is no such"));
	to.target_value = from.target_value;
	to.current_value = from.current_value;
	to.nid = from.nid;
	to.path = TRY(path_of(from.memcg_path));
	return to;
}

Result<QuotaConfig> quota_of(const damos_quota &from)
{
	QuotaConfig to;

	to.ms = from.ms;
	to.bytes = from.bytes;
	to.reset_interval_ms = from.reset_interval_ms;
	to.tuner = TRY(enumerator<GoalTuner>(from.tuner, 2, "tuner: there is no such"));
	to.fail_charge_num = from.fail_charge_num;
	to.fail_charge_denom = from.fail_charge_denom;
	to.sz_permil = from.sz_permil;
	to.nr_accesses_permil = from.nr_accesses_permil;
	to.age_permil = from.age_permil;
	TRY(to.goals.reserve(from.nr_goals));
	for (std::size_t i = 0; i < from.nr_goals; i++)
		to.goals.push_reserved(TRY(within("goals", i, goal_of(from.goals[i]))));
	return to;
}

Result<WatermarksConfig> watermarks_of(const damos_watermarks &from)
{
	return WatermarksConfig{
		.metric = TRY(
			enumerator<WatermarkMetric>(from.metric, 2, "metric: there is no such")),
		.interval_us = from.interval_us,
		.high = from.high,
		.mid = from.mid,
		.low = from.low,
	};
}

// Core filters come first, in their order, then the others in theirs.
Result<> add_filters(SchemeConfig &to, const damos_scheme &from)
{
	TRY(to.filters.reserve(from.nr_filters));
	for (const bool core : {true, false}) {
		for (std::size_t i = 0; i < from.nr_filters; i++) {
			FilterConfig filter = TRY(within("filters", i, filter_of(from.filters[i])));

			if (is_core_filter(filter.type) == core)
				to.filters.push_reserved(std::move(filter));
		}
	}
	return {};
}

Result<SchemeConfig> scheme_of(const damos_scheme &from)
{
	SchemeConfig to;

	to.action = TRY(enumerator<Action>(from.action, nr_actions, "action: there is no such"));
	to.target_nid = from.target_nid;
	to.pattern = {.size = {from.size.min, from.size.max},
		      .nr_accesses = low_32_bits(from.nr_accesses),
		      .age = low_32_bits(from.age)};
	to.apply_interval_us = from.apply_interval_us;
	to.max_nr_snapshots = from.max_nr_snapshots;
	to.quota = TRY(quota_of(from.quota));
	to.watermarks = TRY(watermarks_of(from.watermarks));
	TRY(add_filters(to, from));
	TRY(to.destinations.reserve(from.nr_destinations));
	for (std::size_t i = 0; i < from.nr_destinations; i++)
		to.destinations.push_reserved(
			{from.destinations[i].nid, from.destinations[i].weight});
	return to;
}

Result<> add_schemes(ContextConfig &to, const damon_config &from, TextError &error)
{
	if (from.schemes)
		to.schemes = TRY(parse_schemes(from.schemes, to.attributes, error));
	TRY(to.schemes.reserve(to.schemes.size() + from.nr_schemes));
	for (std::size_t i = 0; i < from.nr_schemes; i++)
		to.schemes.push_reserved(
			TRY(within("schemes", i, scheme_of(from.scheme_array[i]))));
	return {};
}

} // namespace

Result<damon_kind> kind_of(const damon_config &config)
{
	return enumerator<damon_kind>(config.kind, DAMON_CUSTOM + 1, "kind: there is no such");
}

Result<ContextConfig> context_config(const damon_config &from, const Operations &operations,
				     const ClientSpace &space, TextError &error)
{
	constexpr OperationsId ids[] = {OperationsId::vaddr, OperationsId::fvaddr,
					OperationsId::paddr};
	const damon_kind kind = TRY(kind_of(from));
	ContextConfig to;

	static_assert(DAMON_VADDR == 0 && DAMON_FVADDR == 1 && DAMON_PADDR == 2);
	if (kind == DAMON_CUSTOM)
		to.custom = &operations;
	else
		to.operations = ids[kind];
	to.addr_unit = or_default(from.addr_unit, 1);
	to.pause = from.pause;
	to.attributes = attributes_of(from);
	TRY(add_targets(to, from, kind, space));
	TRY(add_schemes(to, from, error));
	return to;
}

} // namespace damon
