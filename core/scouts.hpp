// SPDX-License-Identifier: GPL-2.0
// Scouts: further samples in large regions that look cold, which find hot spots in them.
//
// One sample a region and tick misses what is small: 4 MiB hot in a region of 800 MiB shows in one
// sample of 200, and random splits rarely isolate it.  max_nr_regions bounds the samples of a tick,
// and mostly there are fewer regions.  Scouts use a part of the rest.  Where one finds an access,
// the region is split around it instead of at random.  Scouts count for nothing else: nr_accesses
// and age come from the regions' own samples.
//
// Scouts and regions must not watch the same page-table entry, for one would clear or set the bit
// that the other waits for.  An entry may map up to a block of 2 MiB, so scouts keep to blocks that
// lie in one region as a whole, and stay away from the block of its own sample.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include <damon/port.h>

#include "core/address_space.hpp"
#include "core/random.hpp"
#include "core/region_set.hpp"
#include "core/result.hpp"

namespace damon {

class Scouts {
      public:
	// Room for @count scouts a tick.
	[[nodiscard]] Result<> reserve(std::size_t count, std::size_t nr_targets);

	// The regions changed: spreads up to @count scouts anew over those that look cold.
	// REQUIRES: no scout is outstanding.
	void deploy(const RegionSet &set, uint64_t samples_per_aggregation, uint64_t granule,
		    std::size_t count);

	// The scouts' part of a pass over @target, after the samples of its regions: looks at what
	// was watched, then watches new addresses, unless @random is null.
	void look(AddressSpace &space, RegionSet &set, std::size_t target, Random *random,
		  uint64_t granule);
	// The target could not be looked at: its watches are void.
	void forget(std::size_t target);

	// Addresses found accessed since forget_hits(), and how far around them nothing is known.
	std::span<const uint64_t> sorted_hits();
	uint64_t reach() const
	{
		return spacing_ / 2;
	}
	void forget_hits()
	{
		hits_.clear();
	}

      private:
	// A scout's ground; they are sorted and disjoint, so that scouts come in address order.
	struct Ground {
		uint64_t start;
		uint64_t size;
		uint32_t region; // index in its target
	};

	void add_grounds(Range range, std::size_t region, uint64_t unit, uint64_t granule,
			 std::size_t count);

	Vec<Ground> grounds_;
	Vec<damon_watch> watches_; // one per ground
	Vec<Segment> segments_;	   // the grounds of each target
	Vec<uint64_t> hits_;
	uint64_t spacing_ = 0; // of all the looks of an aggregation
};

} // namespace damon
