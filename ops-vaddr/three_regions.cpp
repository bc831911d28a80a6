// SPDX-License-Identifier: GPL-2.0
#include "ops-vaddr/three_regions.hpp"

#include "ops-vaddr/vaddr.hpp"

namespace damon {

void ThreeRegions::add(uint64_t start, uint64_t end)
{
	if (empty_) {
		all_ = {start, end};
		empty_ = false;
		return;
	}

	const Range gap = {all_.end, start};

	if (gap.size() > largest_.size()) {
		second_ = largest_;
		largest_ = gap;
	} else if (gap.size() > second_.size()) {
		second_ = gap;
	}
	all_.end = end;
}

Result<> ThreeRegions::append_to(Vec<Range> &ranges) const
{
	if (!second_.size())
		return {};

	const bool in_order = largest_.start < second_.start;
	const Range &lower = in_order ? largest_ : second_;
	const Range &upper = in_order ? second_ : largest_;

	TRY(ranges.reserve(ranges.size() + 3));
	ranges.push_reserved({page_up(all_.start), page_up(lower.start)});
	ranges.push_reserved({page_up(lower.end), page_up(upper.start)});
	ranges.push_reserved({page_up(upper.end), page_up(all_.end)});
	return {};
}

} // namespace damon
