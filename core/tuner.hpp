// SPDX-License-Identifier: GPL-2.0
// Intervals auto-tuning: longer intervals while too few accesses are seen, shorter while too many.
#pragma once

#include <cstdint>

#include "core/config.hpp"
#include "core/region_set.hpp"

namespace damon {

// A proportional controller, shared by all that is tuned towards a goal: the next input, given the
// current one and how far its outcome is, where a @score of 10000 means the goal is met.  At most
// doubles; never below @least.
constexpr uint64_t feedback(uint64_t input, uint64_t score, uint64_t least = 10000)
{
	constexpr uint64_t goal = 10000;

	if (score >= 2 * goal)
		return least;
	const bool under = score < goal;
	const uint64_t off = under ? goal - score : score - goal;
	const uint64_t change = input / goal * off + input % goal * off / goal;
	uint64_t next;

	if (!under)
		next = input - change;
	else if (__builtin_add_overflow(input, change, &next))
		next = UINT64_MAX;
	return next < least ? least : next;
}

// How much was accessed in the aggregation interval that just ended, of what @goal asks for.
uint64_t access_score(const RegionSet &set, uint64_t samples_per_aggregation,
		      const IntervalsGoal &goal);

// The intervals to go on with.  The number of samples in an aggregation interval stays.
Attributes tuned(const Attributes &attributes, uint64_t score);

} // namespace damon
