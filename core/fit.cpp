// SPDX-License-Identifier: GPL-2.0
// Making regions follow the ranges that there are to monitor.
#include <algorithm>

#include "core/adjust.hpp"

namespace damon {

namespace {

Region unknown_region(uint64_t start, uint64_t end)
{
	Region region;

	region.start = start;
	region.end = end;
	return region;
}

// Takes the regions of one target and tells which regions cover @ranges.  Source has
// peek(), peek_hits() and take(), Sink has put().
template <class Source, class Sink>
void fit(Source &source, std::span<const Range> ranges, Sink &sink)
{
	for (const Range &range : ranges) {
		uint64_t covered = range.start;
		Region held; // put once it is known whether it is the last of its range
		ProbeHits held_hits;
		bool holding = false;

		while (const Region *region = source.peek()) {
			if (region->end <= range.start) {
				source.take();
				continue;
			}
			if (region->start >= range.end)
				break;
			if (holding) {
				sink.put(held, held_hits);
				if (region->start > covered)
					sink.put(unknown_region(covered, region->start));
			}
			held = *region;
			if (const ProbeHits *hits = source.peek_hits())
				held_hits = *hits;
			if (!holding)
				held.start = range.start;
			covered = region->end;
			holding = true;
			if (region->end > range.end)
				break; // it may tell about the next range too
			source.take();
		}
		if (!holding)
			held = unknown_region(range.start, range.end);
		held.end = range.end;
		sink.put(held, held_hits);
	}
}

// Tells how much room a fit needs, without changing anything.
class DryRun {
      public:
	explicit DryRun(std::span<const Region> regions) : regions_(regions) {}

	const Region *peek() const
	{
		return taken_ < regions_.size() ? &regions_[taken_] : nullptr;
	}
	void take()
	{
		taken_++;
	}
	const ProbeHits *peek_hits() const
	{
		return nullptr;
	}
	void put(const Region &, const ProbeHits & = {})
	{
		put_++;
		if (put_ > taken_)
			room_ = std::max(room_, put_ - taken_);
	}
	std::size_t room() const
	{
		return room_;
	}

      private:
	std::span<const Region> regions_;
	std::size_t taken_ = 0;
	std::size_t put_ = 0;
	std::size_t room_ = 0;
};

} // namespace

Result<> align_ranges(std::span<Range> ranges, uint64_t min_size)
{
	for (std::size_t i = 0; i < ranges.size(); i++) {
		Range &range = ranges[i];

		auto wrong = [i](const char *reason) {
			return within<void>("regions", i, fail(EINVAL, reason));
		};

		if (range.start >= range.end)
			return wrong("end: not above start");
		range.start &= ~(min_size - 1);
		if (__builtin_add_overflow(range.end, min_size - 1, &range.end))
			return wrong("end: beyond the last address");
		range.end &= ~(min_size - 1);
		if (i > 0 && range.start < ranges[i - 1].end)
			return wrong("start: regions overlap or are not sorted");
	}
	return {};
}

Result<> fit_to_ranges(RegionSet &set, std::size_t target, std::span<const Range> ranges)
{
	DryRun dry(set.target(target));

	fit(dry, ranges, dry);
	TRY(set.reserve(set.size() + dry.room()));

	RegionRewriter rewrite(set);

	while (rewrite.next_target() && rewrite.target() != target)
		;
	fit(rewrite, ranges, rewrite);
	while (rewrite.peek()) // beyond the last range
		rewrite.take();
	return {};
}

} // namespace damon
