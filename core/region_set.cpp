// SPDX-License-Identifier: GPL-2.0
#include "core/region_set.hpp"

#include <algorithm>

namespace damon {

Result<> RegionSet::reserve(std::size_t capacity)
{
	if (capacity <= regions_.size())
		return {};

	// All arrays have their room before any changes.
	TRY(watches_.reserve(capacity));
	if (has_probes_)
		TRY(hits_.reserve(capacity));
	TRY(regions_.resize(capacity));
	TRY(watches_.resize(capacity));
	if (has_probes_)
		TRY(hits_.resize(capacity));
	return {};
}

void RegionSet::clear()
{
	segments_.clear();
	size_ = 0;
}

Result<> RegionSet::install_probes()
{
	TRY(hits_.resize(capacity()));
	std::fill(hits_.begin(), hits_.end(), ProbeHits());
	has_probes_ = true;
	return {};
}

Result<> RegionSet::add_target(std::span<const Region> regions, std::span<const ProbeHits> hits)
{
	std::size_t needed;

	if (__builtin_add_overflow(size_, regions.size(), &needed))
		return fail(ENOMEM);
	TRY(reserve(needed));
	TRY(segments_.push(Segment{size_, regions.size()}));
	std::copy(regions.begin(), regions.end(), regions_.begin() + size_);
	if (has_probes_) {
		ProbeHits *own = hits_.begin() + size_;

		own = std::copy_n(hits.begin(), std::min(hits.size(), regions.size()), own);
		std::fill(own, hits_.begin() + needed, ProbeHits());
	}
	size_ = needed;
	return {};
}

std::span<ProbeHits> RegionSet::hits(std::size_t target)
{
	const Segment &segment = segments_[target];

	if (!has_probes_)
		return {};
	return {hits_.begin() + segment.first, segment.count};
}

std::span<const ProbeHits> RegionSet::hits(std::size_t target) const
{
	const Segment &segment = segments_[target];

	if (!has_probes_)
		return {};
	return {hits_.begin() + segment.first, segment.count};
}

uint64_t RegionSet::total_size() const
{
	uint64_t total = 0;

	for (const Region &region : all())
		total += region.size();
	return total;
}

uint32_t RegionSet::max_nr_accesses() const
{
	uint32_t most = 0;

	for (const Region &region : all())
		most = std::max(most, region.nr_accesses);
	return most;
}

bool RegionSet::valid(uint64_t min_size) const
{
	std::size_t covered = 0;

	if (size_ > capacity() || watches_.size() != capacity() ||
	    (has_probes_ && hits_.size() != capacity()))
		return false;
	for (std::size_t t = 0; t < nr_targets(); t++) {
		uint64_t last_end = 0;

		if (segments_[t].first != covered)
			return false;
		covered += segments_[t].count;
		if (covered > size_)
			return false;
		for (const Region &region : target(t)) {
			if (region.start < last_end || region.end <= region.start)
				return false;
			if (((region.start | region.end) & (min_size - 1)) != 0)
				return false;
			last_end = region.end;
		}
	}
	return covered == size_;
}

RegionRewriter::RegionRewriter(RegionSet &set)
	: set_(set), regions_(set.regions_.begin()),
	  hits_(set.has_probes_ ? set.hits_.begin() : nullptr), read_(set.capacity() - set.size_),
	  read_end_(read_)
{
	if (set.size_ == set.capacity())
		return;
	std::copy_backward(regions_, regions_ + set.size_, regions_ + set.capacity());
	if (hits_)
		std::copy_backward(hits_, hits_ + set.size_, hits_ + set.capacity());
}

RegionRewriter::~RegionRewriter()
{
	while (next_target())
		;
	set_.size_ = write_;
}

void RegionRewriter::close_target()
{
	while (peek())
		keep();
	set_.segments_[target_] = Segment{write_first_, write_ - write_first_};
	write_first_ = write_;
}

bool RegionRewriter::next_target()
{
	constexpr std::size_t before_first = static_cast<std::size_t>(-1);

	if (target_ != before_first && target_ < set_.nr_targets())
		close_target();
	if (target_ == before_first || target_ < set_.nr_targets())
		target_++;
	if (target_ >= set_.nr_targets())
		return false;
	read_end_ = read_ + set_.segments_[target_].count;
	return true;
}

bool RegionRewriter::cut(uint64_t at)
{
	Region *region = peek();

	if (!region || at <= region->start || at >= region->end || room() == 0)
		return false;
	Region left = *region;

	left.end = at;
	region->start = at;
	put(left, hits_ ? hits_[read_] : ProbeHits());
	return true;
}

} // namespace damon
