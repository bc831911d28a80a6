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
	return {};
}

} // namespace damon
