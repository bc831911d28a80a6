// SPDX-License-Identifier: GPL-2.0
#include "core/config.hpp"

namespace damon {

Result<> validate(const Attributes &attributes)
{
	if (attributes.min_nr_regions < 3)
		return fail(EINVAL, "nr_regions/min is below 3");
	if (attributes.min_nr_regions > attributes.max_nr_regions)
		return fail(EINVAL, "nr_regions/min is above nr_regions/max");
	if (attributes.sample_us > attributes.aggr_us)
		return fail(EINVAL, "intervals/sample_us is above intervals/aggr_us");

	const IntervalsGoal &goal = attributes.goal;

	if (goal.aggrs) {
		if (goal.min_sample_us > goal.max_sample_us)
			return fail(EINVAL, "intervals_goal/min_sample_us is above max_sample_us");
		if (attributes.sample_us < goal.min_sample_us ||
		    attributes.sample_us > goal.max_sample_us)
			return fail(EINVAL,
				    "intervals/sample_us is outside of the intervals goal's");
	}
	return {};
}

} // namespace damon
