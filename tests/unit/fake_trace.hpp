// SPDX-License-Identifier: GPL-2.0
#pragma once

#include <cstdint>

namespace damon::test {

// While in scope, somebody listens to damon_region_aggregated; this is what came.
class ListenToProbes {
      public:
	ListenToProbes();
	ListenToProbes(const ListenToProbes &) = delete;
	~ListenToProbes();

	unsigned int nr_events = 0;
	unsigned int nr_probes = 0; // of the last event
	uint64_t total_hits[4] = {};
};

// What damon_trace_effective_size() told of scheme 0, while this is in scope.
class TracedSizes {
      public:
	static constexpr unsigned int most = 16;

	TracedSizes();
	TracedSizes(const TracedSizes &) = delete;
	~TracedSizes();

	uint64_t sizes[most] = {};
	unsigned int count = 0;
};

} // namespace damon::test
