// SPDX-License-Identifier: GPL-2.0
#include "core/tuner.hpp"

#include <algorithm>
#include <bit>

namespace damon {

uint64_t access_score(const RegionSet &set, uint64_t samples_per_aggregation,
		      const IntervalsGoal &goal)
{
	// Below 2^32 in all, sizes times two factors of 10000 fit 64 bit.
	const int excess = std::max(static_cast<int>(std::bit_width(set.total_size())) - 32, 0);
	const uint64_t samples = std::max<uint64_t>(samples_per_aggregation, 1);
	uint64_t accessed = 0;
	uint64_t wanted = 0;

	for (const Region &region : set.all()) {
		const uint64_t size = region.size() >> excess;
		const uint64_t count = std::min<uint64_t>(region.nr_accesses, samples);

		accessed += size * (count * 10000 / samples);
		wanted += size;
	}
	wanted *= std::min<uint64_t>(goal.access_bp, 10000);
	return accessed * 10000 / std::max<uint64_t>(wanted, 1);
}

Attributes tuned(const Attributes &attributes, uint64_t score)
{
	// In 1/10000, so that halves and doubles can be told from a hundredth more.
	uint64_t factor = feedback(100000000, score) / 10000;
	Attributes next = attributes;
	uint64_t scaled;

	// Never less than half at once: a short burst shall not cost the overview.
	if (factor < 10000)
		factor = 5000 + factor / 2;
	if (__builtin_mul_overflow(attributes.sample_us, factor, &scaled))
		scaled = UINT64_MAX;
	// At least 1: of 0, all is 0.
	next.sample_us =
		std::clamp(scaled / 10000, std::max<uint64_t>(attributes.goal.min_sample_us, 1),
			   std::max<uint64_t>(attributes.goal.max_sample_us, 1));
	if (__builtin_mul_overflow(next.sample_us, attributes.samples_per_aggregation(),
				   &next.aggr_us))
		return attributes;
	return next;
}

} // namespace damon
