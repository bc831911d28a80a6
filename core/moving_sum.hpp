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
	// The same of samples that told nothing.
	constexpr uint32_t unknown(const Region &region) const
	{
		return moving_sum(region.nr_unknown, region.last_nr_unknown);
	}
	// The same of probe hits; null: 0.
	constexpr void moving_sums(const ProbeHits *hits, uint8_t (&sums)[max_nr_probes]) const
	{
		for (std::size_t p = 0; p < max_nr_probes; p++) {
			const uint32_t sum = hits ? moving_sum(hits->now[p], hits->last[p]) : 0;

			sums[p] = static_cast<uint8_t>(std::min<uint32_t>(sum, UINT8_MAX));
		}
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
