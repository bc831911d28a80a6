// SPDX-License-Identifier: GPL-2.0
// Tracepoints nobody listens to, but for those that a test asks for.
#include "tests/unit/fake_trace.hpp"

#include <damon/port.h>

namespace damon::test {

namespace {

constinit ListenToProbes *listener = nullptr;
constinit TracedSizes *traced_sizes = nullptr;

} // namespace

ListenToProbes::ListenToProbes()
{
	listener = this;
}

ListenToProbes::~ListenToProbes()
{
	listener = nullptr;
}

TracedSizes::TracedSizes()
{
	traced_sizes = this;
}

TracedSizes::~TracedSizes()
{
	traced_sizes = nullptr;
}

} // namespace damon::test

bool damon_trace_aggregated_enabled(void)
{
	return false;
}

void damon_trace_aggregated(uint64_t, unsigned int, const damon_traced_region *) {}

bool damon_trace_region_aggregated_enabled(void)
{
	return damon::test::listener != nullptr;
}

void damon_trace_region_aggregated(uint64_t, unsigned int, const damon_traced_region *,
				   const uint8_t *probe_hits, unsigned int nr_probes)
{
	damon::test::ListenToProbes &listener = *damon::test::listener;

	listener.nr_events++;
	listener.nr_probes = nr_probes;
	for (unsigned int p = 0; p < nr_probes; p++)
		listener.total_hits[p] += probe_hits[p];
}

bool damon_trace_before_apply_enabled(void)
{
	return false;
}

void damon_trace_before_apply(unsigned int, uint64_t, unsigned int, const damon_traced_region *) {}

void damon_trace_after_apply(unsigned int, const damon_scheme_counters *) {}

void damon_trace_tuned(uint64_t) {}

void damon_trace_effective_size(unsigned int scheme, uint64_t size)
{
	using damon::test::traced_sizes;

	if (scheme == 0 && traced_sizes && traced_sizes->count < damon::test::TracedSizes::most)
		traced_sizes->sizes[traced_sizes->count++] = size;
}
