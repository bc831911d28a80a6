// SPDX-License-Identifier: GPL-2.0
#include "schemes/core_filters.hpp"

#include "core/random.hpp"
#include "tests/unit/regions.hpp"

using namespace damon;
using namespace damon::test;

namespace {

FilterConfig addr(Range range, bool matching, bool allow)
{
	FilterConfig filter;

	filter.type = FilterType::addr;
	filter.matching = matching;
	filter.allow = allow;
	filter.addresses = range;
	return filter;
}

FilterConfig target(int index, bool matching, bool allow)
{
	FilterConfig filter;

	filter.type = FilterType::target;
	filter.matching = matching;
	filter.allow = allow;
	filter.target = index;
	return filter;
}

FilterConfig anon(bool allow)
{
	FilterConfig filter;

	filter.type = FilterType::anon;
	filter.matching = true;
	filter.allow = allow;
	return filter;
}

template <class... Filters> CoreFilters make(Filters &&...filters)
{
	Vec<FilterConfig> configs;

	(must(configs.push(std::forward<Filters>(filters))), ...);
	Result<CoreFilters> made = CoreFilters::make(configs);

	must(made ? Result<>{} : std::unexpected(made.error()));
	return std::move(*made);
}

// What becomes of the pages [start, end) of target @t, a letter for each: Reject, Pass, Take.
void expect_fate(const CoreFilters &filters, uint64_t start, uint64_t end, std::size_t t,
		 const char *expected)
{
	Range range = page_range(start, end);
	char fate[64] = {};
	uint64_t admitted = 0;

	ASSERT_LT(end - start, sizeof(fate));
	for (std::size_t i = 0; range.start < range.end;) {
		const CoreDecision decision = filters.decide(range, t, page);

		ASSERT_GT(decision.end, range.start);
		ASSERT_LE(decision.end, range.end);
		for (uint64_t at = range.start; at < decision.end; at += page, i++)
			fate[i] = "RPT"[static_cast<int>(decision.verdict)];
		if (decision.verdict != CoreVerdict::reject)
			admitted += decision.end - range.start;
		range.start = decision.end;
	}
	EXPECT_STREQ(fate, expected);
	EXPECT_EQ(filters.admitted(page_range(start, end), t, page), admitted);
}

// The same for a single page, by the rules as they are written down.
CoreVerdict fate_of_page(std::span<const FilterConfig> configs, uint64_t address, std::size_t t)
{
	bool last_allows = false;
	bool others = false;

	for (const FilterConfig &config : configs) {
		if (!is_core_filter(config.type)) {
			others = true;
			continue;
		}
		const Range range = {config.addresses.start / page * page,
				     config.addresses.end / page * page};
		const bool property = config.type == FilterType::target
					      ? config.target == static_cast<int>(t)
					      : range.start <= address && address < range.end;

		if (property == config.matching)
			return config.allow ? CoreVerdict::take : CoreVerdict::reject;
		last_allows = config.allow;
	}
	return last_allows && !others ? CoreVerdict::reject : CoreVerdict::pass;
}

} // namespace

TEST(CoreFilters, WithoutAnyAllPasses)
{
	expect_fate(make(), 0, 4, 0, "PPPP");
	expect_fate(make(anon(true)), 0, 4, 0, "PPPP");
}

TEST(CoreFilters, TheFirstThatMatchesDecides)
{
	expect_fate(make(addr(page_range(1, 3), true, false), addr(page_range(2, 4), true, true)),
		    0, 6, 0, "RRRTRR");
	expect_fate(make(addr(page_range(2, 4), true, true), addr(page_range(1, 3), true, false)),
		    0, 6, 0, "PRTTPP");
}

TEST(CoreFilters, RangesCutWhereTheyBeginAndEnd)
{
	const CoreFilters reject = make(addr(page_range(2, 4), true, false));

	expect_fate(reject, 0, 2, 0, "PP");
	expect_fate(reject, 4, 6, 0, "PP");
	expect_fate(reject, 2, 4, 0, "RR");
	expect_fate(reject, 0, 6, 0, "PPRRPP");
	expect_fate(reject, 3, 6, 0, "RPP");
	expect_fate(reject, 1, 3, 0, "PR");
	expect_fate(make(addr(page_range(2, 4), false, false)), 0, 6, 0, "RRPPRR");
}

TEST(CoreFilters, BoundsAreRoundedDownToPages)
{
	expect_fate(make(addr({2 * page + 100, 4 * page + 100}, true, false)), 0, 6, 0, "PPRRPP");
	expect_fate(make(addr({2 * page + 100, 2 * page + 200}, true, false)), 0, 6, 0, "PPPPPP");
	expect_fate(make(addr({0, UINT64_MAX}, true, false)), 0, 6, 0, "RRRRRR");
}

TEST(CoreFilters, TargetsAreToldByTheirIndex)
{
	const CoreFilters only_second = make(target(1, true, true));

	expect_fate(only_second, 0, 2, 0, "RR");
	expect_fate(only_second, 0, 2, 1, "TT");
	expect_fate(make(target(-1, true, false)), 0, 2, 0, "PP");
	expect_fate(make(target(-1, true, false)), 0, 2, static_cast<std::size_t>(-1), "PP");
	expect_fate(make(target(0, false, false)), 0, 2, 1, "RR");
}

// What is not allowed is rejected, unless filters of the other layer have their say.
TEST(CoreFilters, WhatNoneMatchesDependsOnTheLast)
{
	expect_fate(make(addr(page_range(1, 2), true, true)), 0, 3, 0, "RTR");
	expect_fate(make(addr(page_range(1, 2), true, true), anon(true)), 0, 3, 0, "PTP");
	expect_fate(make(addr(page_range(1, 2), true, true), addr(page_range(2, 3), true, false)),
		    0, 4, 0, "PTRP");
	expect_fate(make(addr(page_range(2, 3), true, false), addr(page_range(1, 2), true, true)),
		    0, 4, 0, "RTRR");
}

// Every page meets the fate that the rules have for it alone.
TEST(CoreFilters, PartitionExactly)
{
	constexpr uint64_t nr_pages = 40;
	Random random(0xf117e5);

	for (unsigned int round = 0; round < 2000; round++) {
		Vec<FilterConfig> configs;

		for (uint64_t n = random.below(5); n > 0; n--) {
			const bool matching = random.below(2);
			const bool allow = random.below(2);
			uint64_t start = random.below(nr_pages * page);
			const uint64_t end = start + random.below(nr_pages * page);

			if (random.below(8) == 0)
				must(configs.push(anon(allow)));
			else if (random.below(4) == 0)
				must(configs.push(target(static_cast<int>(random.below(3)) - 1,
							 matching, allow)));
			else
				must(configs.push(addr({start, end}, matching, allow)));
		}
		Result<CoreFilters> filters = CoreFilters::make(configs);
		ASSERT_OK(filters);

		const std::size_t t = random.below(2);
		const uint64_t first = random.below(nr_pages);
		Range rest = page_range(first, first + 1 + random.below(nr_pages));
		const uint64_t size = rest.size();
		uint64_t parts = 0;
		uint64_t admitted = 0;
		std::size_t cuts = 0;

		const Range whole = rest;
		while (rest.start < rest.end) {
			const CoreDecision decision = filters->decide(rest, t, page);

			ASSERT_GT(decision.end, rest.start) << "round " << round;
			ASSERT_LE(decision.end, rest.end) << "round " << round;
			EXPECT_EQ(decision.end % page, 0u);
			for (uint64_t at = rest.start; at < decision.end; at += page) {
				EXPECT_EQ(decision.verdict, fate_of_page(configs, at, t))
					<< "round " << round << ", page " << at / page;
			}
			parts += decision.end - rest.start;
			if (decision.verdict != CoreVerdict::reject)
				admitted += decision.end - rest.start;
			cuts += decision.end < rest.end;
			rest.start = decision.end;
		}
		EXPECT_EQ(parts, size) << "round " << round;
		EXPECT_EQ(filters->admitted(whole, t, page), admitted) << "round " << round;
		EXPECT_LE(cuts, filters->most_cuts()) << "round " << round;
	}
}
