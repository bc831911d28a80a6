// SPDX-License-Identifier: GPL-2.0
// damon_stat: how much is accessed, and for how long the rest has been idle.
#include <algorithm>

#include "clients/modules/parameters.h"

namespace {

constexpr uint64_t us_per_s = 1'000'000;

// @bytes in @us, a second.  Not multiplied first: it need not fit.
unsigned long per_second(uint64_t bytes, uint64_t us)
{
	return bytes / us * us_per_s + bytes % us * us_per_s / us;
}

// Of an aggregation's end: that interval counts, too.
int64_t idle_intervals(const damon_region &region)
{
	const int64_t intervals = int64_t{region.age} + 1;

	return region.nr_accesses ? -intervals : intervals;
}

// REQUIRES: sorted.
void find_percentiles(const damon_stat_idle *first, const damon_stat_idle *last,
		      damon_stat_result &result)
{
	const int64_t aggr_us = static_cast<int64_t>(result.aggr_us);
	uint64_t total = 0, below = 0;
	unsigned int percentile = 0;

	for (const damon_stat_idle *idle = first; idle != last; idle++)
		total += idle->size;
	for (const damon_stat_idle *idle = first; idle != last; idle++) {
		below += idle->size;
		while (percentile < DAMON_STAT_NR_PERCENTILES && percentile * total <= below * 100)
			result.idle_ms[percentile++] = idle->intervals * aggr_us / 1000;
	}
}

} // namespace

void damon_stat_sum_up(damon_view *view, damon_stat_idle *room, damon_stat_result *result)
{
	damon_region region;
	uint64_t accessed = 0;
	unsigned int count = 0;

	while (damon_next(view, &region)) {
		const uint64_t size = region.end - region.start;

		accessed += size * region.nr_accesses;
		if (count < DAMON_STAT_MAX_REGIONS)
			room[count++] = {idle_intervals(region), size};
	}
	*result = {};
	result->aggr_us = view->aggr_us;
	result->bandwidth = per_second(accessed, view->aggr_us);
	std::sort(room, room + count, [](const damon_stat_idle &a, const damon_stat_idle &b) {
		return a.intervals < b.intervals;
	});
	find_percentiles(room, room + count, *result);
}
