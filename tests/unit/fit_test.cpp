// SPDX-License-Identifier: GPL-2.0
#include <initializer_list>

#include "core/adjust.hpp"
#include "tests/unit/regions.hpp"

using namespace damon;
using namespace damon::test;

namespace {

Result<> fit(RegionSet &set, std::size_t target, std::initializer_list<Range> ranges)
{
	return fit_to_ranges(set, target, {ranges.begin(), ranges.size()});
}

Result<> align(Range &range, uint64_t min_size)
{
	return align_ranges({&range, 1}, min_size);
}

} // namespace

TEST(AlignRanges, RoundsOutwards)
{
	Range range{5000, 12289};

	ASSERT_OK(align(range, page));
	EXPECT_EQ(range.start, 4096u);
	EXPECT_EQ(range.end, 16384u);
	ASSERT_OK(align(range, page));
	EXPECT_EQ(range.size(), 12288u);
}

TEST(AlignRanges, RefusesNonsense)
{
	Range empty{8192, 8192};
	Range backwards{8192, 4096};
	Range too_far{0, UINT64_MAX - 5};

	EXPECT_ERROR(EINVAL, align(empty, page));
	EXPECT_ERROR(EINVAL, align(backwards, page));
	EXPECT_ERROR(EINVAL, align(too_far, page));
}

TEST(AlignRanges, RefusesDisorder)
{
	Range unsorted[] = {page_range(5, 6), page_range(1, 2)};
	Range overlapping[] = {page_range(1, 3), page_range(2, 4)};
	Range rounded_together[] = {{0, page + 1}, {page + 2, 3 * page}};
	Range touching[] = {page_range(1, 3), page_range(3, 4)};

	EXPECT_ERROR(EINVAL, align_ranges(unsorted, page));
	EXPECT_ERROR(EINVAL, align_ranges(overlapping, page));
	EXPECT_ERROR(EINVAL, align_ranges(rounded_together, page));
	EXPECT_OK(align_ranges(touching, page));
	EXPECT_OK(align_ranges({}, page));
}

TEST(Fit, FirstRangesBecomeRegions)
{
	RegionSet set;

	add_target(set, {});
	ASSERT_OK(fit(set, 0, {page_range(1, 5), page_range(9, 10)}));
	expect_regions(set, 0, {{1, 5}, {9, 10}});
}

TEST(Fit, DropsWhatIsOutside)
{
	RegionSet set;

	add_target(set, {{0, 2, 1}, {4, 6, 2}, {8, 9, 3}});
	ASSERT_OK(fit(set, 0, {page_range(4, 6)}));
	expect_regions(set, 0, {{4, 6, 2}});
}

TEST(Fit, StretchesToTheBorders)
{
	RegionSet set;

	add_target(set, {{4, 6, 1, 2, 3}, {6, 7, 4, 5, 6}});
	ASSERT_OK(fit(set, 0, {page_range(1, 10)}));
	expect_regions(set, 0, {{1, 6, 1, 2, 3}, {6, 10, 4, 5, 6}});
}

TEST(Fit, TrimsToTheBorders)
{
	RegionSet set;

	add_target(set, {{0, 6, 1}, {6, 20, 2}});
	ASSERT_OK(fit(set, 0, {page_range(5, 7)}));
	expect_regions(set, 0, {{5, 6, 1}, {6, 7, 2}});
}

TEST(Fit, FillsHoles)
{
	RegionSet set;

	add_target(set, {{0, 2, 1, 1, 1}, {4, 6, 2, 2, 2}, {9, 10, 3, 3, 3}});
	ASSERT_OK(fit(set, 0, {page_range(0, 10)}));
	expect_regions(set, 0,
		       {{0, 2, 1, 1, 1}, {2, 4}, {4, 6, 2, 2, 2}, {6, 9}, {9, 10, 3, 3, 3}});
}

TEST(Fit, NewRangesBetweenOldOnes)
{
	RegionSet set;

	add_target(set, {{0, 2, 1}, {20, 22, 2}});
	ASSERT_OK(fit(set, 0, {page_range(0, 2), page_range(10, 12), page_range(20, 22)}));
	expect_regions(set, 0, {{0, 2, 1}, {10, 12}, {20, 22, 2}});
}

// As when a part in the middle of a large region is unmapped.
TEST(Fit, ARegionAcrossTwoRangesIsKnownInBoth)
{
	RegionSet set;

	add_target(set, {{0, 10, 7, 8, 9}});
	ASSERT_OK(fit(set, 0, {page_range(0, 4), page_range(6, 10)}));
	expect_regions(set, 0, {{0, 4, 7, 8, 9}, {6, 10, 7, 8, 9}});
}

TEST(Fit, OneRegionAcrossManyRanges)
{
	RegionSet set;

	add_target(set, {{0, 100, 7}, {100, 120, 8}});
	ASSERT_OK(fit(
		set, 0,
		{page_range(0, 4), page_range(6, 10), page_range(50, 60), page_range(99, 101)}));
	expect_regions(set, 0, {{0, 4, 7}, {6, 10, 7}, {50, 60, 7}, {99, 100, 7}, {100, 101, 8}});
}

TEST(Fit, NoRangesNoRegions)
{
	RegionSet set;

	add_target(set, {{0, 2}, {3, 4}});
	add_target(set, {{5, 6, 1}});
	ASSERT_OK(fit(set, 0, {}));
	expect_regions(set, 0, {});
	expect_regions(set, 1, {{5, 6, 1}});
}

TEST(Fit, LeavesOtherTargets)
{
	RegionSet set;

	add_target(set, {{0, 2, 1}});
	add_target(set, {{0, 2, 2}});
	add_target(set, {{0, 2, 3}});
	ASSERT_OK(fit(set, 1, {page_range(0, 1), page_range(1, 3), page_range(5, 6)}));
	expect_regions(set, 0, {{0, 2, 1}});
	expect_regions(set, 1, {{0, 1, 2}, {1, 3, 2}, {5, 6}});
	expect_regions(set, 2, {{0, 2, 3}});
}

TEST(Fit, GrowsAFullSet)
{
	RegionSet set;

	add_target(set, {{0, 2, 1}});
	add_target(set, {{4, 5, 2}});
	ASSERT_EQ(set.capacity(), 2u);
	ASSERT_OK(fit(set, 0, {page_range(0, 1), page_range(5, 6), page_range(7, 8)}));
	expect_regions(set, 0, {{0, 1, 1}, {5, 6}, {7, 8}});
	expect_regions(set, 1, {{4, 5, 2}});
}
