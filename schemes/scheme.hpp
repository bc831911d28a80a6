// SPDX-License-Identifier: GPL-2.0
// A scheme at work: what was asked for, and what came of it so far.
#pragma once

#include <cstdint>

#include "core/config.hpp"
#include "schemes/goal.hpp"
#include "schemes/stats.hpp"

namespace damon {

struct Scheme {
	SchemeConfig config;
	Vec<Goal> goals; // of the quota
	SchemeStats stats;
	uint64_t next_apply = 0;      // in samples, see Clock
	uint64_t effective_bytes = 0; // what the quota amounts to; 0 until it was computed

	// Whether it has nothing to do any more, for good.
	bool exhausted() const
	{
		return config.max_nr_snapshots && stats.nr_snapshots >= config.max_nr_snapshots;
	}
};

} // namespace damon
