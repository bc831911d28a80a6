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

} // namespace damon::test
