// SPDX-License-Identifier: GPL-2.0
#include <initializer_list>

#include "core/random.hpp"
#include "ops-vaddr/three_regions.hpp"
#include "tests/unit/fakes.hpp"
#include "tests/unit/regions.hpp"
#include "tests/unit/test.hpp"

using namespace damon;
using namespace damon::test;

namespace {

ThreeRegions heard(std::initializer_list<Range> mappings)
{
	ThreeRegions regions;

	for (const Range &mapping : mappings)
		regions.add(mapping.start, mapping.end);
	return regions;
}

bool told(const ThreeRegions &regions, std::initializer_list<Range> expected)
{
	Vec<Range> ranges;

	if (!regions.append_to(ranges) || ranges.size() != expected.size())
		return false;
	std::size_t i = 0;
	for (const Range &range : expected) {
		if (!(ranges[i++] == range))
			return false;
	}
	return true;
}

} // namespace

TEST(ThreeRegions, AreWhatTheTwoLargestGapsLeave)
{
	// Gaps: 1, 10, 2, 20, 3 pages.
	ThreeRegions regions = heard({page_range(1, 2), page_range(3, 4), page_range(14, 15),
				      page_range(17, 18), page_range(38, 39), page_range(42, 43)});

	EXPECT_TRUE(told(regions, {page_range(1, 4), page_range(14, 18), page_range(38, 43)}));
}

TEST(ThreeRegions, AreInOrderWhicheverGapIsLarger)
{
	EXPECT_TRUE(told(heard({page_range(1, 2), page_range(12, 13), page_range(18, 19)}),
			 {page_range(1, 2), page_range(12, 13), page_range(18, 19)}));
	EXPECT_TRUE(told(heard({page_range(1, 2), page_range(5, 6), page_range(18, 19)}),
			 {page_range(1, 2), page_range(5, 6), page_range(18, 19)}));
}

TEST(ThreeRegions, TakeTheLowerOfEqualGaps)
{
	ThreeRegions regions = heard({page_range(0, 1), page_range(3, 4), page_range(6, 7),
				      page_range(9, 10), page_range(12, 13)});

	EXPECT_TRUE(told(regions, {page_range(0, 1), page_range(3, 4), page_range(6, 13)}));
}

TEST(ThreeRegions, AreNoneWithFewerThanTwoGaps)
{
	EXPECT_TRUE(told(heard({}), {}));
	EXPECT_TRUE(told(heard({page_range(1, 2)}), {}));
	EXPECT_TRUE(told(heard({page_range(1, 2), page_range(9, 12)}), {}));
	EXPECT_TRUE(told(heard({page_range(1, 2), page_range(2, 4), page_range(9, 12)}), {}));
}

TEST(ThreeRegions, TouchingMappingsHaveNoGap)
{
	ThreeRegions regions = heard({page_range(1, 2), page_range(2, 3), page_range(9, 10),
				      page_range(10, 11), page_range(20, 21), page_range(21, 30)});

	EXPECT_TRUE(told(regions, {page_range(1, 3), page_range(9, 11), page_range(20, 30)}));
}

TEST(ThreeRegions, AppendToWhatIsThere)
{
	ThreeRegions regions = heard({page_range(1, 2), page_range(5, 6), page_range(18, 19)});
	Vec<Range> ranges;

	ASSERT_OK(ranges.push(page_range(0, 1)));
	ASSERT_OK(regions.append_to(ranges));
	EXPECT_EQ(ranges.size(), 4u);
	EXPECT_TRUE(ranges[0] == page_range(0, 1));
}

// Against the definition: no two gaps are larger than those left out of the three ranges.
TEST(ThreeRegions, LeaveOutTheTwoLargestOfManyGaps)
{
	Random random(1);

	for (int round = 0; round < 200; round++) {
		const std::size_t nr = 3 + random.below(30);
		ThreeRegions regions;
		Vec<Range> ranges;
		uint64_t at = random.below(10);
		const uint64_t first = at;
		uint64_t last = 0, best = 0, second = 0;

		for (std::size_t i = 0; i < nr; i++) {
			const uint64_t gap = i ? 1 + random.below(100) : 0;

			at += gap;
			last = at + 1 + random.below(5);
			regions.add(at * page, last * page);
			at = last;
			if (gap > best) {
				second = best;
				best = gap;
			} else if (gap > second) {
				second = gap;
			}
		}
		ASSERT_OK(regions.append_to(ranges));
		ASSERT_EQ(ranges.size(), 3u);
		EXPECT_EQ(ranges[0].start, first * page);
		EXPECT_EQ(ranges[2].end, last * page);
		EXPECT_LT(ranges[0].start, ranges[0].end);
		EXPECT_LT(ranges[1].start, ranges[1].end);
		EXPECT_LT(ranges[2].start, ranges[2].end);
		EXPECT_EQ(ranges[1].start - ranges[0].end + ranges[2].start - ranges[1].end,
			  (best + second) * page);
	}
}
