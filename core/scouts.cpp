// SPDX-License-Identifier: GPL-2.0
#include "core/scouts.hpp"

#include <algorithm>

namespace damon {

namespace {

constexpr bool same_block(uint64_t a, uint64_t b, uint64_t block)
{
	return ((a ^ b) & ~(block - 1)) == 0;
}

constexpr Range whole_blocks(const Region &region, uint64_t block)
{
	return {(region.start + block - 1) & ~(block - 1), region.end & ~(block - 1)};
}

// Large enough to hide something, and less than half of its samples were accessed.
bool looks_cold(const Region &region, uint64_t samples, uint64_t block)
{
	return region.size() >= 2 * block && whole_blocks(region, block).size() >= block &&
	       region.last_nr_accesses < (samples + 1) / 2;
}

} // namespace

Result<> Scouts::reserve(std::size_t count, std::size_t nr_targets)
{
	TRY(grounds_.reserve(count));
	TRY(watches_.reserve(count));
	// Nearly all that an aggregation finds: what it misses, the next one finds.
	TRY(finds_.reserve(std::max<std::size_t>(count / 2, 1)));
	TRY(segments_.reserve(nr_targets));
	return {};
}

void Scouts::deploy(const RegionSet &set, uint64_t samples_per_aggregation, uint64_t granule,
		    std::size_t count, uint64_t block)
{
	uint64_t total = 0;

	block_ = block;
	grounds_.clear();
	watches_.clear();
	segments_.clear();
	count = std::min(count, grounds_.capacity());
	if (count == 0)
		return;
	for (const Region &region : set.all()) {
		if (looks_cold(region, samples_per_aggregation, block))
			total += whole_blocks(region, block).size();
	}
	if (total == 0 || set.nr_targets() > segments_.capacity())
		return;

	// An eighth for the regions too small for a ground of that size, which get one too.
	const uint64_t unit = std::max(total / (count - count / 8), granule);

	spacing_ = unit / std::max<uint64_t>(samples_per_aggregation, 1);
	for (std::size_t t = 0; t < set.nr_targets(); t++) {
		std::span<const Region> regions = set.target(t);
		const std::size_t first = grounds_.size();

		for (std::size_t r = 0; r < regions.size(); r++) {
			if (looks_cold(regions[r], samples_per_aggregation, block))
				add_grounds(whole_blocks(regions[r], block), r, unit, granule,
					    count);
		}
		segments_.push_reserved(Segment{first, grounds_.size() - first});
	}
}

void Scouts::add_grounds(Range range, std::size_t region, uint64_t unit, uint64_t granule,
			 std::size_t count)
{
	const uint64_t n = std::max<uint64_t>(range.size() / unit, 1);
	const uint64_t step = range.size() / n & ~(granule - 1);

	for (uint64_t i = 0; i < n && grounds_.size() < count; i++) {
		grounds_.push_reserved(Ground{.start = range.start + i * step,
					      .granules = static_cast<uint32_t>(std::min<uint64_t>(
						      step / granule, UINT32_MAX)),
					      .region = static_cast<uint32_t>(region)});
		watches_.push_reserved(damon_watch{DAMON_NO_ADDRESS, 0});
	}
}

void Scouts::check(AddressSpace &space, std::size_t target)
{
	if (target >= segments_.size())
		return;
	const Segment &segment = segments_[target];

	for (std::size_t done = 0; done < segment.count;) {
		const std::size_t n = std::min<std::size_t>(segment.count - done, DAMON_BATCH);
		damon_watch *watches = &watches_[segment.first + done];
		[[gnu::uninitialized]] uint64_t watched[DAMON_BATCH];

		for (std::size_t i = 0; i < n; i++)
			watched[i] = watches[i].address;
		uint64_t accessed = space.sample({watches, n}, nullptr).accessed;

		for (; accessed && finds_.size() < finds_.capacity(); accessed &= accessed - 1)
			finds_.push_reserved(Find{target, watched[__builtin_ctzll(accessed)]});
		done += n;
	}
}

void Scouts::prepare(AddressSpace &space, std::span<const damon_watch> regions, std::size_t target,
		     Random &random, uint64_t granule)
{
	if (target >= segments_.size())
		return;
	const Segment &segment = segments_[target];

	for (std::size_t done = 0; done < segment.count;) {
		const std::size_t n = std::min<std::size_t>(segment.count - done, DAMON_BATCH);
		const Ground *grounds = &grounds_[segment.first + done];
		[[gnu::uninitialized]] uint64_t next[DAMON_BATCH];

		for (std::size_t i = 0; i < n; i++) {
			next[i] = grounds[i].start + random.below(grounds[i].granules) * granule;
			if (same_block(next[i], regions[grounds[i].region].address, block_))
				next[i] = DAMON_NO_ADDRESS;
		}
		(void)space.sample({&watches_[segment.first + done], n}, next);
		done += n;
	}
}

void Scouts::forget(std::size_t target)
{
	if (target >= segments_.size())
		return;
	const Segment &segment = segments_[target];

	std::fill_n(watches_.begin() + segment.first, segment.count,
		    damon_watch{DAMON_NO_ADDRESS, 0});
}

std::span<const Find> Scouts::sorted_finds()
{
	std::sort(finds_.begin(), finds_.end(), [](const Find &a, const Find &b) {
		return a.target != b.target ? a.target < b.target : a.address < b.address;
	});
	return finds_;
}

} // namespace damon
