// SPDX-License-Identifier: GPL-2.0
// What damon_reclaim and damon_lru_sort have in common: physical memory, monitored under watermarks.
#pragma once

#include <algorithm>
#include <cstdint>

#include "clients/modules/parameters.h"

namespace damon::ready {

// The API takes 0 for "default"; for these parameters it is a mistake.  Null: all is well.
inline const char *what_is_wrong(const damon_common_parameters &from)
{
	if (!from.sample_interval)
		return "sample_interval: is 0";
	if (!from.aggr_interval)
		return "aggr_interval: is 0";
	if (!from.addr_unit)
		return "addr_unit: is 0";
	if (from.min_nr_regions < 3)
		return "min_nr_regions: is less than 3";
	if (from.max_nr_regions < from.min_nr_regions)
		return "max_nr_regions: is less than min_nr_regions";
	if (from.monitor_region_start >= from.monitor_region_end && from.monitor_region_end)
		return "monitor_region_end: is not above monitor_region_start";
	return nullptr;
}

// From the first byte of System RAM to the last, or what the user wants instead.
inline const char *find_range(const damon_common_parameters &from, damon_range &range)
{
	range = {from.monitor_region_start, from.monitor_region_end};
	if (range.start || range.end)
		return range.end ? nullptr
				 : "monitor_region_end: is not above monitor_region_start";
	if (damon_system_ram(&range.start, &range.end))
		return "monitor_region_start: no System RAM is known";
	range = {range.start / from.addr_unit, (range.end - 1) / from.addr_unit + 1};
	return nullptr;
}

// All but schemes.
inline const char *plan_monitoring(const damon_common_parameters &from, damon_plan &plan)
{
	plan = {};
	if (const char *wrong = what_is_wrong(from))
		return wrong;
	if (const char *wrong = find_range(from, plan.range))
		return wrong;
	plan.config.kind = DAMON_PADDR;
	plan.config.ranges = &plan.range;
	plan.config.nr_ranges = 1;
	plan.config.addr_unit = from.addr_unit;
	plan.config.sample_us = from.sample_interval;
	plan.config.aggr_us = from.aggr_interval;
	plan.config.min_nr_regions = from.min_nr_regions;
	plan.config.max_nr_regions = from.max_nr_regions;
	plan.config.exclusive = from.exclusive;
	plan.config.scheme_array = plan.schemes;
	if (from.autotune_monitoring_intervals) {
		plan.config.sample_us = 5000;
		plan.config.aggr_us = 100000;
		plan.config.access_bp = 40; // the rest is the API's default
	}
	return nullptr;
}

// One more scheme, for all memory so far.  @ms: of the time quota.
inline damos_scheme &add_scheme(damon_plan &plan, const damon_common_parameters &from,
				damos_action action, unsigned long ms)
{
	damos_scheme &scheme = plan.schemes[plan.config.nr_schemes++];

	scheme = DAMOS_SCHEME(action);
	scheme.size.min = std::max<uint64_t>(from.page_size / from.addr_unit, 1);
	scheme.quota.ms = ms;
	scheme.quota.reset_interval_ms = from.quota_reset_interval_ms;
	scheme.watermarks = {
		.metric = DAMOS_WATERMARK_FREE_MEM_RATE,
		.interval_us = from.wmarks_interval,
		.high = from.wmarks_high,
		.mid = from.wmarks_mid,
		.low = from.wmarks_low,
	};
	return scheme;
}

inline damos_goal goal(damos_goal_metric metric, unsigned long target, unsigned long current = 0)
{
	damos_goal made = {};

	made.metric = metric;
	made.target_value = target;
	made.current_value = current;
	return made;
}

// Spares pages that are so, or, if not @matching, that are not.
inline void add_filter(damon_plan &plan, damos_scheme &scheme, damos_filter_type type,
		       bool matching)
{
	damos_filter &filter = plan.filters[&scheme - plan.schemes];

	filter = {};
	filter.type = type;
	filter.matching = matching;
	scheme.filters = &filter;
	scheme.nr_filters = 1;
}

// Not accessed for so long.
inline void cold_for(damos_scheme &scheme, const damon_plan &plan, unsigned long us)
{
	scheme.nr_accesses = {0, 0};
	scheme.age.min = us / plan.config.aggr_us;
}

} // namespace damon::ready
