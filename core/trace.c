// SPDX-License-Identifier: GPL-2.0
/* Tracepoints, see damon/port.h. */
#include <damon/port.h>

#define CREATE_TRACE_POINTS
#include "trace-events.h"

/* A kdamond has one context. */
#define CONTEXT_IDX 0

bool damon_trace_aggregated_enabled(void)
{
	return trace_damon_aggregated_enabled();
}

void damon_trace_aggregated(uint64_t target, unsigned int nr_regions,
			    const struct damon_traced_region *region)
{
	trace_damon_aggregated(target, nr_regions, region->start, region->end,
			       region->nr_accesses, region->age);
}

bool damon_trace_region_aggregated_enabled(void)
{
	return trace_damon_region_aggregated_enabled();
}

void damon_trace_region_aggregated(uint64_t target, unsigned int nr_regions,
				   const struct damon_traced_region *region,
				   const uint8_t *probe_hits, unsigned int nr_probes)
{
	trace_damon_region_aggregated(target, nr_regions, region, probe_hits, nr_probes);
}

bool damon_trace_before_apply_enabled(void)
{
	return trace_damos_before_apply_enabled();
}

void damon_trace_before_apply(unsigned int scheme, uint64_t target, unsigned int nr_regions,
			      const struct damon_traced_region *region)
{
	trace_damos_before_apply(CONTEXT_IDX, scheme, target, region->start, region->end,
				 region->nr_accesses, region->age, nr_regions);
}

void damon_trace_after_apply(unsigned int scheme, const struct damon_scheme_counters *counters)
{
	trace_damos_stat_after_apply_interval(CONTEXT_IDX, scheme, counters);
}

void damon_trace_tuned(uint64_t sample_us)
{
	trace_damon_monitor_intervals_tune(sample_us);
}

void damon_trace_effective_size(unsigned int scheme, uint64_t size)
{
	trace_damos_esz(CONTEXT_IDX, scheme, size);
}
