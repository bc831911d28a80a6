// SPDX-License-Identifier: GPL-2.0
// Tracepoints nobody listens to.
#include <damon/port.h>

bool damon_trace_aggregated_enabled(void)
{
	return false;
}

void damon_trace_aggregated(uint64_t, unsigned int, const damon_traced_region *) {}

bool damon_trace_before_apply_enabled(void)
{
	return false;
}

void damon_trace_before_apply(unsigned int, uint64_t, unsigned int, const damon_traced_region *) {}

void damon_trace_after_apply(unsigned int, const damon_scheme_counters *) {}

void damon_trace_tuned(uint64_t) {}
