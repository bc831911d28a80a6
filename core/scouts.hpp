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
#include "core/adjust.hpp"
#include "core/random.hpp"
#include "core/region_set.hpp"
#include "core/result.hpp"

namespace damon {

// What one page-table entry, or one folio, may cover, in bytes.
constexpr uint64_t scout_block = 2 << 20;

class Scouts {
      public:
	// Room for @count scouts a tick.
	[[nodiscard]] Result<> reserve(std::size_t count, std::size_t nr_targets);

	// The regions changed: spreads up to @count scouts anew over those that look cold.
	// @block: scout_block, in the unit of addresses.
	// REQUIRES: no scout is outstanding; @block and @granule are powers of two.
	void deploy(const RegionSet &set, uint64_t samples_per_aggregation, uint64_t granule,
		    std::size_t count, uint64_t block = scout_block);

	bool deployed() const
	{
		return !segments_.empty();
	}

	// The scouts' part of a pass over @target: before the samples of its regions, looks at what
	// was watched; after them, watches new addresses.  @regions: the watches of its regions.
	void check(AddressSpace &space, std::size_t target);
	void prepare(AddressSpace &space, std::span<const damon_watch> regions, std::size_t target,
		     Random &random, uint64_t granule);
	// The target could not be looked at: its watches are void.
	void forget(std::size_t target);

	// What was found accessed since forget_finds(), and how far around it nothing is known.
	std::span<const Find> sorted_finds();
	uint64_t reach() const
	{
		return spacing_ / 2;
	}
	void forget_finds()
	{
		finds_.clear();
	}

      private:
	// A scout's ground; they are sorted and disjoint, so that scouts come in address order.
	struct Ground {
		uint64_t start;
		uint32_t granules; // its size
		uint32_t region;   // index in its target
	};

	void add_grounds(Range range, std::size_t region, uint64_t unit, uint64_t granule,
			 std::size_t count);

	Vec<Ground> grounds_;
	Vec<damon_watch> watches_; // one per ground
	Vec<Segment> segments_;	   // the grounds of each target
	Vec<Find> finds_;
	uint64_t spacing_ = 0; // of all the looks of an aggregation
	uint64_t block_ = scout_block;
};

} // namespace damon
