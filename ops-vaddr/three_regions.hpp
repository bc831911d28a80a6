// SPDX-License-Identifier: GPL-2.0
// A process's memory in three ranges: heap, mapped files, stack.  What lies between its two largest
// gaps is worth monitoring; the gaps themselves would waste nearly all regions.
#pragma once

#include <cstdint>

#include "core/config.hpp"
#include "core/result.hpp"
#include "core/vec.hpp"

namespace damon {

// Is told the mappings one by one and remembers two gaps: it allocates nothing while it listens.
class ThreeRegions {
      public:
	// Mappings in address order.
	void add(uint64_t start, uint64_t end);

	// Appends the three ranges; none if there were fewer than two gaps.
	[[nodiscard]] Result<> append_to(Vec<Range> &ranges) const;

      private:
	bool empty_ = true;
	Range all_;	// from the first mapping to the last
	Range largest_; // gap, the lower one of equals
	Range second_;
};

} // namespace damon
