// SPDX-License-Identifier: GPL-2.0
#include "schemes/time_quota.hpp"

namespace damon {

namespace {

// Before anything is known of the speed: some 100 us of work, in minimum regions.
constexpr uint64_t first_slice = 16;

// A huge page, in minimum regions.
constexpr uint64_t block_size = 512;

// What was overspent longer ago does not count.
constexpr uint64_t longest_debt_ns = 60'000'000'000;

} // namespace

void TimeQuota::next_window(uint64_t length_ns, uint64_t nr_windows, bool cut_short)
{
	const uint64_t overspent = spent_ns_ - std::min(spent_ns_, window_ns_);
	const uint64_t left = window_ns_ - std::min(spent_ns_, window_ns_);
	const uint64_t windows = longest_debt_ns / std::max<uint64_t>(length_ns, 1000000);
	const uint64_t most = multiply_saturated(budget_ns_, std::max<uint64_t>(windows, 1));
	const uint64_t debt = std::min(add_saturated(debt_ns_, overspent), most);
	const uint64_t income = multiply_saturated(budget_ns_, nr_windows);

	debt_ns_ = debt - std::min(debt, income);
	window_ns_ = std::min(income - std::min(debt, income), budget_ns_);
	if (cut_short && debt == 0)
		window_ns_ = add_saturated(window_ns_, std::min(left, budget_ns_ / 2));
	spent_ns_ = 0;
	handled_.forget();
	charged_.forget();
}

Range TimeQuota::slice(Range range, uint64_t min_size, bool whole_blocks) const
{
	if (!exists())
		return range;

	// Ever smaller towards the end of the time, but not ever so small.
	const uint64_t left_ns = window_ns_ - std::min(spent_ns_, window_ns_);
	const uint64_t ns = std::max(left_ns / 4, budget_ns_ / 16);
	const uint64_t size = handled_.known() ? handled_.in(ns) : first_slice * min_size;
	const uint64_t block = block_size * min_size;
	const uint64_t end = add_saturated(range.start, std::max(size, min_size));

	if (end >= range.end)
		return range;
	if (round_down(end, block) > range.start)
		range.end = round_down(end, block);
	else if (whole_blocks)
		range.end =
			std::min(range.end, add_saturated(round_down(range.start, block), block));
	else
		range.end = round_down(end, min_size);
	return range;
}

void TimeQuota::inherit(const TimeQuota &before)
{
	const uint64_t budget = budget_ns_;

	*this = before;
	budget_ns_ = budget;
	if (budget != before.budget_ns_)
		window_ns_ = budget;
}

} // namespace damon
