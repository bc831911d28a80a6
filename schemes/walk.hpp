// SPDX-License-Identifier: GPL-2.0
// A wish to see which regions each scheme is applied to, during one round of every scheme.
#pragma once

#include <cstddef>

#include <damon/port.h>

#include "core/vec.hpp"
#include "schemes/stats.hpp"

namespace damon {

// Who wants to see, and what was seen: made by the caller, filled in by the worker, which must not
// allocate.
struct WalkRecord {
	TriedRegions regions; // its capacity is what can be recorded
	bool done = false;
	bool overflow = false;

	// Only the first round counts: the walk may go on for the sake of other schemes.
	void add(const TriedRegion &region)
	{
		if (done)
			return;
		if (regions.size() < regions.capacity())
			regions.push_reserved(region);
		else
			overflow = true;
	}
};

struct Walk {
	damon_request *request = nullptr;
	Vec<WalkRecord> *records = nullptr; // one per scheme

	explicit operator bool() const
	{
		return records != nullptr;
	}
};

} // namespace damon
