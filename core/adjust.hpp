// SPDX-License-Identifier: GPL-2.0
// Adaptive regions: few where accesses are alike, more where they differ.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/config.hpp"
#include "core/random.hpp"
#include "core/region_set.hpp"
#include "core/result.hpp"

namespace damon {

// How large a region may be so that there are at least @min_nr_regions: a multiple of @min_size.
uint64_t region_size_limit(const RegionSet &set, uint64_t min_nr_regions, uint64_t min_size);

// Cuts each region larger than @limit into pieces of that size, from the left.  Stops where the
// set is full.
void enforce_size_limit(RegionSet &set, uint64_t limit);

// How many regions there would be then, were there always room.
uint64_t regions_at_size_limit(const RegionSet &set, uint64_t limit);

struct MergeRules {
	uint64_t max_nr_regions = 0;
	uint32_t samples_per_aggregation = 0;
	uint64_t size_limit = 0;
	// Of probe hits: regions are alike if the sum of their weighted hits is.  None: if their
	// accesses are.  The sum over all samples of all probes fits 32 bit.
	std::span<const uint32_t> weights = {};
};

// End of an aggregation: ages every region, then joins neighbours with like access rates; with
// growing tolerance while there are more regions than allowed.
void age_and_merge(RegionSet &set, const MergeRules &rules);

// What splitting remembers from one aggregation to the next.
struct SplitMemory {
	std::size_t last_nr_regions = 0;
	uint64_t rotation = 0;
};

// Splits regions at random places, so that the next aggregation can tell their parts apart: at a
// tenth of their size, or near the border to a much hotter region, for where accesses end is near
// there.
void split(RegionSet &set, Random &random, SplitMemory &memory, uint64_t max_nr_regions,
	   uint64_t min_size);

// An address of a target that is worth a closer look.
struct Find {
	std::size_t target = 0;
	uint64_t address = 0;
};

// Cuts regions @reach before and after each of the sorted @finds, so that what was found there gets
// a region of its own.
void carve(RegionSet &set, std::span<const Find> finds, uint64_t reach, uint64_t max_nr_regions,
	   uint64_t min_size);

// Rounds sorted @ranges outwards to multiples of @min_size (a power of two).  EINVAL if one is
// empty or overlaps its neighbour then, or if they are not sorted.
[[nodiscard]] Result<> align_ranges(std::span<Range> ranges, uint64_t min_size);

// Makes the regions of @target cover exactly @ranges (as align_ranges() leaves them), keeping what
// is known of the memory in them.  No ranges: no regions.  ENOMEM changes nothing.
[[nodiscard]] Result<> fit_to_ranges(RegionSet &set, std::size_t target,
				     std::span<const Range> ranges);

} // namespace damon
