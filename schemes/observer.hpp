// SPDX-License-Identifier: GPL-2.0
// Somebody who looks at the results of a context as they come.
#pragma once

#include "core/config.hpp"
#include "core/region_set.hpp"

namespace damon {

class Observer {
      public:
	// An aggregation interval has ended: all regions, merged, with the counters of that interval.
	// In the worker, before schemes are applied.
	virtual void aggregated(const RegionSet &regions, const Attributes &attributes) = 0;

      protected:
	~Observer() = default;
};

} // namespace damon
