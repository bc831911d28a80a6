// SPDX-License-Identifier: GPL-2.0
// The regions of a context: one array, sorted by target, then address.
//
// There is one array and not one per target, so that max_nr_regions bounds the memory.  Passes that
// change which regions there are go through a RegionRewriter, which moves the regions to the end of
// the array and then reads them from there while it writes from the front: one linear pass, no
// second array, no allocation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include <damon/port.h>

#include "core/check.hpp"
#include "core/config.hpp"
#include "core/result.hpp"
#include "core/vec.hpp"

namespace damon {

struct Region {
	uint64_t start = 0;
	uint64_t end = 0;
	uint32_t nr_accesses = 0;      // positive samples of this aggregation interval
	uint32_t last_nr_accesses = 0; // and of the one before
	uint32_t age = 0;	       // aggregation intervals since the access rate changed
	// Samples that told nothing: there is no memory, or none that can be looked at.  They do not
	// count as accesses.  They stay at 65535 once there.
	uint16_t nr_unknown = 0;
	uint16_t last_nr_unknown = 0;

	constexpr uint64_t size() const
	{
		return end - start;
	}
};

// The sampling tick goes through all of them.
static_assert(sizeof(Region) == 32);

// How often the sampled page of a region had what a probe asks for.  They stay at 255 once there.
struct ProbeHits {
	uint8_t now[max_nr_probes] = {};  // in this aggregation interval
	uint8_t last[max_nr_probes] = {}; // in the one before

	friend constexpr bool operator==(const ProbeHits &, const ProbeHits &) = default;
};

// Where the regions of one target are.
struct Segment {
	std::size_t first = 0;
	std::size_t count = 0;
};

class RegionSet {
      public:
	// Room for @capacity regions in all.  On failure, or if there is that room, nothing changes.
	[[nodiscard]] Result<> reserve(std::size_t capacity);
	// Drops all regions and targets.
	void clear();
	// Adds a target with these regions.  On failure nothing changes.  @hits: their probe hits, if
	// the set has such; without, they are 0.
	[[nodiscard]] Result<> add_target(std::span<const Region> regions = {},
					  std::span<const ProbeHits> hits = {});
	// From now on every region has probe hits, 0 at first.  They are apart from the regions, so
	// who has no probes does not pay for them.  On failure nothing changes.
	[[nodiscard]] Result<> install_probes();

	std::size_t size() const
	{
		return size_;
	}
	std::size_t capacity() const
	{
		return regions_.size();
	}
	std::size_t nr_targets() const
	{
		return segments_.size();
	}
	std::span<Region> all()
	{
		return {regions_.begin(), size_};
	}
	std::span<const Region> all() const
	{
		return {regions_.begin(), size_};
	}
	std::span<Region> target(std::size_t i)
	{
		return {regions_.begin() + segments_[i].first, segments_[i].count};
	}
	std::span<const Region> target(std::size_t i) const
	{
		return {regions_.begin() + segments_[i].first, segments_[i].count};
	}
	// The samples being watched, one per region; valid only between passes that change regions.
	std::span<damon_watch> watches(std::size_t i)
	{
		return {watches_.begin() + segments_[i].first, segments_[i].count};
	}

	bool has_probes() const
	{
		return has_probes_;
	}
	// Of each region; empty without probes.
	std::span<ProbeHits> all_hits()
	{
		return {hits_.begin(), has_probes_ ? size_ : 0};
	}
	std::span<ProbeHits> hits(std::size_t target);
	std::span<const ProbeHits> hits(std::size_t target) const;
	// Of a region of this set, be it shown by a RegionRewriter; null without probes.
	const ProbeHits *hits_of(const Region &region) const
	{
		return has_probes_ ? hits_.begin() + (&region - regions_.begin()) : nullptr;
	}

	uint64_t total_size() const;
	uint32_t max_nr_accesses() const;

	// Whether each target's regions are sorted, disjoint, not empty, and multiples of
	// @min_size, and the segments cover the set.  For tests and debug kernels.
	bool valid(uint64_t min_size) const;

      private:
	friend class RegionRewriter;

	Vec<Region> regions_; // its size is the capacity of the set
	Vec<damon_watch> watches_;
	Vec<ProbeHits> hits_; // without probes empty
	Vec<Segment> segments_;
	std::size_t size_ = 0;
	bool has_probes_ = false;
};

// Rewrites a set target by target.  The set is in order again when it is destroyed; regions not
// read by then are kept as they are.
class RegionRewriter {
      public:
	explicit RegionRewriter(RegionSet &set);
	RegionRewriter(const RegionRewriter &) = delete;
	RegionRewriter &operator=(const RegionRewriter &) = delete;
	~RegionRewriter();

	// Goes to the next target (first: target 0), keeping what was not read of the one before.
	// False: there is none.
	bool next_target();
	std::size_t target() const
	{
		return target_;
	}

	// The next region of this target, null at its end.  It may be changed, until take().
	Region *peek()
	{
		return read_ < read_end_ ? &regions_[read_] : nullptr;
	}
	// The one after it in this target, null if none.
	const Region *peek_next() const
	{
		return read_ + 1 < read_end_ ? &regions_[read_ + 1] : nullptr;
	}
	// Drops the region that peek() showed.
	void take()
	{
		CHECK(read_ < read_end_);
		read_++;
	}
	// The region put last in this target, null if none.
	Region *last()
	{
		return write_ > write_first_ ? &regions_[write_ - 1] : nullptr;
	}
	// Their probe hits, null if the set has none.
	ProbeHits *peek_hits()
	{
		return hits_ && peek() ? &hits_[read_] : nullptr;
	}
	ProbeHits *last_hits()
	{
		return hits_ && last() ? &hits_[write_ - 1] : nullptr;
	}
	// How many more regions can be put now.  Each take() makes room for one.
	std::size_t room() const
	{
		return read_ - write_;
	}
	// REQUIRES: room() > 0.
	void put(const Region &region, const ProbeHits &hits = {})
	{
		CHECK(write_ < read_);
		if (hits_)
			hits_[write_] = hits;
		// NOLINTNEXTLINE(*.CallAndMessage): with something to read, there is an array
		regions_[write_++] = region;
	}
	// Puts the part of the peeked region below @at, and leaves the rest as the peeked region.
	// False: no room, or @at is not inside; nothing changed.
	bool cut(uint64_t at);
	// Puts the peeked region and takes it.
	void keep()
	{
		CHECK(read_ < read_end_);
		if (write_ != read_) {
			regions_[write_] = regions_[read_]; // NOLINT(*.CallAndMessage): not empty
			if (hits_) [[unlikely]]
				hits_[write_] = hits_[read_];
		}
		write_++;
		read_++;
	}

      private:
	void close_target();

	RegionSet &set_;
	Region *regions_;
	ProbeHits *hits_; // null: none
	std::size_t target_ = static_cast<std::size_t>(-1);
	std::size_t read_;	      // next to read
	std::size_t read_end_;	      // end of this target's input
	std::size_t write_ = 0;	      // next to write
	std::size_t write_first_ = 0; // where this target's output starts
};

} // namespace damon
