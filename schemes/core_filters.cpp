// SPDX-License-Identifier: GPL-2.0
#include "schemes/core_filters.hpp"

#include <algorithm>

#include "schemes/arithmetic.hpp"

namespace damon {

namespace {

// Whether @range begins inside of @addresses.  It is cut where that ends to be so.
bool begins_inside(Range &range, Range addresses)
{
	if (range.start < addresses.start || range.start >= addresses.end) {
		if (range.start < addresses.start && addresses.start < addresses.end)
			range.end = std::min(range.end, addresses.start);
		return false;
	}
	range.end = std::min(range.end, addresses.end);
	return true;
}

} // namespace

Result<CoreFilters> CoreFilters::make(std::span<const FilterConfig> configs)
{
	CoreFilters made;
	bool others = false;

	for (const FilterConfig &config : configs) {
		if (!is_core_filter(config.type)) {
			others = true;
			continue;
		}
		TRY(made.filters_.push({.type = config.type,
					.matching = config.matching,
					.allow = config.allow,
					.addresses = config.addresses,
					.target = config.target}));
	}
	// Who names what is allowed means that the rest is not, unless there are filters yet to come.
	if (!others && !made.filters_.empty() && made.filters_[made.filters_.size() - 1].allow)
		made.otherwise_ = CoreVerdict::reject;
	return made;
}

CoreDecision CoreFilters::decide(Range range, std::size_t target, uint64_t min_size) const
{
	for (const Filter &filter : filters_) {
		bool has_it;

		if (filter.type == FilterType::target)
			has_it = filter.target >= 0 &&
				 static_cast<std::size_t>(filter.target) == target;
		else
			has_it = begins_inside(range, {round_down(filter.addresses.start, min_size),
						       round_down(filter.addresses.end, min_size)});
		if (has_it == filter.matching)
			return {filter.allow ? CoreVerdict::take : CoreVerdict::reject, range.end};
	}
	return {otherwise_, range.end};
}

uint64_t CoreFilters::admitted(Range range, std::size_t target, uint64_t min_size) const
{
	uint64_t size = 0;

	while (range.start < range.end) {
		const CoreDecision decision = decide(range, target, min_size);

		if (decision.verdict != CoreVerdict::reject)
			size += decision.end - range.start;
		range.start = decision.end;
	}
	return size;
}

} // namespace damon
