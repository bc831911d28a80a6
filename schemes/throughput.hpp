// SPDX-License-Identifier: GPL-2.0
// How much an action gets done in how much time, as of late.
#pragma once

#include <cstdint>

#include "schemes/arithmetic.hpp"

namespace damon {

// An average over all that was measured, weighted by the time it took, in which what was measured a
// period ago counts half as much: it follows when the speed changes.
class Throughput {
      public:
	void add(uint64_t size, uint64_t ns)
	{
		size_ = add_saturated(size_, size);
		ns_ = add_saturated(ns_, ns);
		recent_ = recent_ || ns > 0;
	}
	// A period ends.  One in which nothing was measured does not count.
	void forget()
	{
		if (!recent_)
			return;
		size_ /= 2;
		ns_ /= 2;
		recent_ = false;
	}

	bool known() const
	{
		return ns_ > 0;
	}
	// REQUIRES: known.
	uint64_t in(uint64_t ns) const
	{
		return scaled(size_, ns, ns_);
	}

      private:
	uint64_t size_ = 0;
	uint64_t ns_ = 0;
	bool recent_ = false;
};

} // namespace damon
