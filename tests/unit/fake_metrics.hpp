// SPDX-License-Identifier: GPL-2.0
#pragma once

#include <cstdint>

#include <damon/port.h>

namespace damon::test {

// The state of the system's memory, and what else the port tells of the system.  While in scope it
// says what a test wants; before and after, that there is nothing to tell.
class FakeMetrics {
      public:
	static constexpr int nr_nodes = 3;

	FakeMetrics();
	FakeMetrics(const FakeMetrics &) = delete;
	~FakeMetrics();

	damon_memory system = {.total = 1000, .free = 1000};
	damon_memory nodes[nr_nodes] = {}; // without a total: no memory
	damon_lru_memory lru = {};
	uint64_t stall_us = 0;
	bool has_stalls = true;
	bool silent_unsupported = false;
	uint64_t system_reads = 0;
};

} // namespace damon::test
