// SPDX-License-Identifier: GPL-2.0
// Match: is a region one that a scheme looks for?
#pragma once

#include "core/config.hpp"
#include "core/region_set.hpp"

namespace damon {

// @nr_accesses: the moving sum (core/moving_sum.hpp).
constexpr bool matches(const AccessPattern &pattern, const Region &region, uint32_t nr_accesses)
{
	return pattern.size.contain(region.size()) && pattern.nr_accesses.contain(nr_accesses) &&
	       pattern.age.contain(region.age);
}

} // namespace damon
