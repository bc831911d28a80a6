// SPDX-License-Identifier: GPL-2.0
// Counters as they may be read at any moment of an aggregation interval.
#pragma once

#include <algorithm>
#include <cstdint>

#include "core/region_set.hpp"

namespace damon {

// Where in the aggregation interval we are, in 1/10000 of it.
class WindowPosition {
      public:
	// @left: samples until the aggregation, of @samples_per_aggregation.
	constexpr WindowPosition(uint64_t left, uint64_t samples_per_aggregation)
		: left_bp_(left >= samples_per_aggregation ? 10000
			   : samples_per_aggregation > UINT32_MAX
				   ? left / (samples_per_aggregation / 10000)
				   : left * 10000 / samples_per_aggregation)
	{
	}

	// The counter so far, completed by the last window's share of the time that is left.
	constexpr uint32_t moving_sum(const Region &region) const
	{
		return moving_sum(region.nr_accesses, region.last_nr_accesses);
	}
	// The same of the hits of probe @i.
	constexpr uint8_t moving_sum(const ProbeHits &hits, std::size_t i) const
	{
		return static_cast<uint8_t>(
			std::min<uint32_t>(moving_sum(hits.now[i], hits.last[i]), UINT8_MAX));
	}

      private:
	constexpr uint32_t moving_sum(uint32_t now, uint32_t last) const
	{
		if (left_bp_ == 10000)
			return last;
		uint64_t sum = now + last * left_bp_ / 10000;

		return static_cast<uint32_t>(std::min<uint64_t>(sum, UINT32_MAX));
	}

	uint64_t left_bp_;
};

} // namespace damon
