// SPDX-License-Identifier: GPL-2.0
// nr_accesses as it may be read at any moment of an aggregation interval.
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
		if (left_bp_ == 10000)
			return region.last_nr_accesses;
		uint64_t sum = region.nr_accesses + region.last_nr_accesses * left_bp_ / 10000;

		return static_cast<uint32_t>(std::min<uint64_t>(sum, UINT32_MAX));
	}

      private:
	uint64_t left_bp_;
};

} // namespace damon
