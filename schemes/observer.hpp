// SPDX-License-Identifier: GPL-2.0
// Somebody who looks at the results of a context as they come.  All of it is called by the worker,
// which waits meanwhile.
#pragma once

#include "core/config.hpp"
#include "core/region_set.hpp"

namespace damon {

class Context;

class Observer {
      public:
	// An aggregation interval has ended: all regions, merged, with the counters of that interval.
	// Before schemes are applied.
	virtual void aggregated(const RegionSet &, const Attributes &) {}
	// A step is done, a tick or not.
	virtual void stepped(const Context &) {}

      protected:
	~Observer() = default;
};

} // namespace damon
