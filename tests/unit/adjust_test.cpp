// SPDX-License-Identifier: GPL-2.0
// Ageing, merging, splitting, the size limit: examples worked out by hand.  See
// region_property_test.cpp for what always holds.
#include "core/adjust.hpp"

#include "tests/unit/regions.hpp"

using namespace damon;
using namespace damon::test;

namespace {

constexpr uint64_t no_limit = UINT64_MAX;

MergeRules rules(uint64_t max_nr_regions = 1000, uint64_t size_limit = no_limit)
{
	return {.max_nr_regions = max_nr_regions,
		.samples_per_aggregation = 20,
		.size_limit = size_limit};
}

} // namespace

// ---- Ageing ----

TEST(Ageing, SteadyRegionsGetOlder)
{
	RegionSet set;

	// The highest count is 20, so the threshold is 2.
	add_target(set, {{0, 1, 20, 20, 7}, {2, 3, 10, 12, 7}, {4, 5, 12, 10, 7}, {6, 7, 0, 0, 7}});
	age_and_merge(set, rules());
	expect_regions(set, 0,
		       {{0, 1, 20, 20, 8}, {2, 3, 10, 12, 8}, {4, 5, 12, 10, 8}, {6, 7, 0, 0, 8}});
}

TEST(Ageing, ChangedRegionsStartAgain)
{
	RegionSet set;

	add_target(set, {{0, 1, 20, 17, 7}, {2, 3, 9, 12, 7}, {4, 5, 20, 18, 7}});
	age_and_merge(set, rules());
	expect_regions(set, 0, {{0, 1, 20, 17, 0}, {2, 3, 9, 12, 0}, {4, 5, 20, 18, 8}});
}

TEST(Ageing, FirstAndLastAccessAreChanges)
{
	RegionSet set;

	// Within the threshold of 2, but between nothing and something.
	add_target(set, {{0, 1, 20, 20, 7}, {2, 3, 1, 0, 7}, {4, 5, 0, 2, 7}});
	age_and_merge(set, rules());
	expect_regions(set, 0, {{0, 1, 20, 20, 8}, {2, 3, 1, 0, 0}, {4, 5, 0, 2, 0}});
}

TEST(Ageing, HappensOnceHoweverOftenRegionsAreMerged)
{
	RegionSet set;

	add_target(set, {{0, 1, 0, 0, 5}, {1, 2, 20, 20, 5}, {2, 3, 0, 0, 5}, {3, 4, 20, 20, 5}});
	age_and_merge(set, rules(1));
	ASSERT_EQ(set.size(), 1u);
	EXPECT_EQ(set.all()[0].age, 6u);
}

TEST(Ageing, StopsAtTheTop)
{
	RegionSet set;

	add_target(set, {{0, 1, 3, 3, UINT32_MAX}});
	age_and_merge(set, rules());
	expect_regions(set, 0, {{0, 1, 3, 3, UINT32_MAX}});
}

// ---- Merging ----

TEST(Merge, JoinsLikeNeighbours)
{
	RegionSet set;

	add_target(set, {{0, 1, 20, 20, 4}, {1, 4, 18, 20, 8}});
	age_and_merge(set, rules());
	// Ages 5 and 9, weighted 1 : 3; so are the counters.
	expect_regions(set, 0, {{0, 4, 18, 20, 8}});
}

TEST(Merge, AveragesTheLastWindowToo)
{
	RegionSet set;

	// Mainline leaves the left one's last_nr_accesses, so that the joint region looks changed.
	add_target(set, {{0, 1, 10, 10, 0}, {1, 2, 10, 14, 0}});
	age_and_merge(set, rules());
	expect_regions(set, 0, {{0, 2, 10, 12, 0}});
}

TEST(Merge, LeavesUnlikeNeighbours)
{
	RegionSet set;

	add_target(set, {{0, 1, 20, 20}, {1, 2, 17, 17}, {2, 3, 14, 14}});
	age_and_merge(set, rules());
	expect_regions(set, 0, {{0, 1, 20, 20, 1}, {1, 2, 17, 17, 1}, {2, 3, 14, 14, 1}});
}

TEST(Merge, ComparesWithTheJointRegion)
{
	RegionSet set;

	// 20 and 18 give 19; 16 is within 2 of 18, but not of 19.
	add_target(set, {{0, 1, 20, 20}, {1, 2, 18, 18}, {2, 3, 16, 16}});
	age_and_merge(set, rules());
	expect_regions(set, 0, {{0, 2, 19, 19, 1}, {2, 3, 16, 16, 1}});
}

TEST(Merge, LeavesHoles)
{
	RegionSet set;

	add_target(set, {{0, 1}, {2, 3}, {3, 4}});
	age_and_merge(set, rules());
	expect_regions(set, 0, {{0, 1, 0, 0, 1}, {2, 4, 0, 0, 1}});
}

TEST(Merge, KeepsTargetsApart)
{
	RegionSet set;

	add_target(set, {{0, 1}});
	add_target(set, {{1, 2}, {2, 3}});
	age_and_merge(set, rules(1));
	expect_regions(set, 0, {{0, 1, 0, 0, 1}});
	expect_regions(set, 1, {{1, 3, 0, 0, 1}});
}

TEST(Merge, StopsAtTheSizeLimit)
{
	RegionSet set;

	add_target(set, {{0, 1}, {1, 2}, {2, 3}, {3, 4}, {4, 5}});
	age_and_merge(set, rules(1000, 2 * page));
	expect_regions(set, 0, {{0, 2, 0, 0, 1}, {2, 4, 0, 0, 1}, {4, 5, 0, 0, 1}});
}

TEST(Merge, NothingAccessedMeansNoTolerance)
{
	RegionSet set;

	add_target(set, {{0, 1, 9, 9}, {1, 2, 8, 8}});
	age_and_merge(set, rules());
	EXPECT_EQ(set.size(), 2u);
}

TEST(Merge, GrowsTolerantWithTooManyRegions)
{
	RegionSet set;

	// Threshold 0, then 1: pairs join.  Two regions are allowed, so that is enough.
	add_target(set, {{0, 1, 1, 1}, {1, 2, 0, 0}, {2, 3, 4, 4}, {3, 4, 3, 3}});
	age_and_merge(set, rules(2));
	expect_regions(set, 0, {{0, 2, 0, 0, 1}, {2, 4, 3, 3, 1}});
}

TEST(Merge, ReachesFullTolerance)
{
	RegionSet set;

	add_target(set, {{0, 1, 0, 0}, {1, 2, 20, 20}, {2, 3, 0, 0}});
	age_and_merge(set, rules(1));
	EXPECT_EQ(set.size(), 1u);
}

TEST(Merge, GivesUpWhereHolesOrTheLimitForbid)
{
	RegionSet set;

	add_target(set, {{0, 1, 0, 0}, {2, 3, 20, 20}, {3, 4, 0, 0}});
	age_and_merge(set, rules(1, page));
	EXPECT_EQ(set.size(), 3u);
}

TEST(Merge, CountsBeyondAnAggregationEndToo)
{
	RegionSet set;

	// One sample per aggregation: no half of it to go through.
	add_target(set, {{0, 1, 1, 1}, {1, 2, 0, 0}});
	age_and_merge(set,
		      {.max_nr_regions = 1, .samples_per_aggregation = 1, .size_limit = no_limit});
	EXPECT_EQ(set.size(), 1u);
}

TEST(Merge, HugeRegionsAverageRoughly)
{
	RegionSet set;
	constexpr uint64_t tera = (1ull << 40) / page;

	add_target(set, {{0, tera, 19, 20, 100}, {tera, 4 * tera, 20, 20, 200}});
	age_and_merge(set, rules());
	ASSERT_EQ(set.size(), 1u);
	EXPECT_EQ(set.all()[0].size(), 4 * tera * page);
	EXPECT_EQ(set.all()[0].nr_accesses, 19u);
	EXPECT_EQ(set.all()[0].age, 176u); // (101 + 3 * 201) / 4
}

TEST(Merge, EmptySetsStayEmpty)
{
	RegionSet set;

	age_and_merge(set, rules());
	EXPECT_EQ(set.size(), 0u);
	add_target(set, {});
	age_and_merge(set, rules());
	expect_regions(set, 0, {});
}

// ---- Size limit ----

TEST(SizeLimit, IsTheShareOfARegion)
{
	RegionSet set;

	add_target(set, {{0, 70}, {80, 100}});
	add_target(set, {{0, 10}});
	EXPECT_EQ(region_size_limit(set, 10, page), 10 * page);
	EXPECT_EQ(region_size_limit(set, 3, page), 34 * page); // 33.3, rounded up
	EXPECT_EQ(region_size_limit(set, 1000, page), page);
	EXPECT_EQ(region_size_limit(set, 10, 16 * page), 16 * page);
}

TEST(SizeLimit, ExistsForAnEmptySet)
{
	const RegionSet set;

	EXPECT_EQ(region_size_limit(set, 10, page), page);
}

TEST(SizeLimit, CutsFromTheLeft)
{
	RegionSet set;

	add_target(set, {{0, 3, 1}, {3, 13, 2, 3, 4}});
	add_target(set, {{5, 11, 5}});
	ASSERT_OK(set.reserve(100));
	enforce_size_limit(set, 4 * page);
	expect_regions(set, 0, {{0, 3, 1}, {3, 7, 2, 3, 4}, {7, 11, 2, 3, 4}, {11, 13, 2, 3, 4}});
	expect_regions(set, 1, {{5, 9, 5}, {9, 11, 5}});
}

TEST(SizeLimit, StopsWhereTheSetIsFull)
{
	RegionSet set;

	add_target(set, {{0, 10}});
	add_target(set, {{0, 10}});
	ASSERT_OK(set.reserve(4));
	enforce_size_limit(set, page);
	expect_regions(set, 0, {{0, 1}, {1, 2}, {2, 10}});
	expect_regions(set, 1, {{0, 10}});
}

// ---- Splitting ----

TEST(Split, MakesTwoOfEach)
{
	RegionSet set;
	Random random(1);
	SplitMemory memory;

	add_target(set, {{0, 100, 3, 4, 5}, {200, 300, 6, 7, 8}});
	ASSERT_OK(set.reserve(100));
	split(set, random, memory, 100, page);
	ASSERT_EQ(set.target(0).size(), 4u);
	EXPECT_TRUE(set.valid(page));
	EXPECT_EQ(set.total_size(), 200 * page);
	for (const Region &region : set.target(0)) {
		EXPECT_EQ(region.nr_accesses, region.start < 200 * page ? 3u : 6u);
		EXPECT_EQ(region.last_nr_accesses, region.start < 200 * page ? 4u : 7u);
		EXPECT_EQ(region.age, region.start < 200 * page ? 5u : 8u);
		EXPECT_GE(region.size(), 10 * page);
		EXPECT_LE(region.size(), 90 * page);
	}
}

TEST(Split, MakesThreeOfEachWhenNothingChanged)
{
	RegionSet set;
	Random random(1);
	SplitMemory memory{.last_nr_regions = 1, .rotation = 0};

	add_target(set, {{0, 10000}});
	ASSERT_OK(set.reserve(100));
	split(set, random, memory, 100, page);
	EXPECT_EQ(set.size(), 3u);
	EXPECT_TRUE(set.valid(page));
	EXPECT_EQ(memory.last_nr_regions, 1u);

	split(set, random, memory, 100, page);
	EXPECT_EQ(set.size(), 6u);
	EXPECT_EQ(memory.last_nr_regions, 3u);
}

TEST(Split, MakesTwoOfEachNearAThirdOfTheMaximum)
{
	RegionSet set;
	Random random(1);
	SplitMemory memory{.last_nr_regions = 2, .rotation = 0};

	add_target(set, {{0, 1000}, {1000, 2000}});
	ASSERT_OK(set.reserve(100));
	split(set, random, memory, 6, page);
	EXPECT_EQ(set.size(), 4u);
}

TEST(Split, FindsWhereAccessesEndNearTheBorderToAHotterRegion)
{
	bool near_left = false, near_right = false;

	for (uint64_t seed = 0; seed < 100; seed++) {
		RegionSet set;
		Random random(seed);
		SplitMemory memory;

		// Of 10000 pages, a tenth would be 1000.
		add_target(set, {{0, 64, 0, 20}, {64, 10064, 0, 0}, {10064, 10128, 0, 20}});
		ASSERT_OK(set.reserve(100));
		split(set, random, memory, 100, page);
		ASSERT_EQ(set.size(), 6u); // two of each, as ever
		EXPECT_TRUE(set.valid(page));
		for (const Region &region : set.target(0)) {
			if (region.last_nr_accesses)
				continue;
			near_left |= region.start == 64 * page && region.size() <= 64 * page;
			near_right |= region.end == 10064 * page && region.size() <= 64 * page;
		}
	}
	EXPECT_TRUE(near_left);
	EXPECT_TRUE(near_right);
}

TEST(Split, MakesThreeOfARegionBetweenHotterOnesOnlyWhenAllowed)
{
	bool both = false;

	for (uint64_t seed = 0; seed < 100; seed++) {
		RegionSet set;
		Random random(seed);
		SplitMemory memory{.last_nr_regions = 3, .rotation = 0};

		add_target(set, {{0, 64, 0, 20}, {64, 10064, 0, 0}, {10064, 10128, 0, 20}});
		ASSERT_OK(set.reserve(100));
		split(set, random, memory, 100, page);
		EXPECT_LE(set.size(), 9u);
		EXPECT_TRUE(set.valid(page));
		unsigned int narrow = 0;

		for (const Region &region : set.target(0))
			narrow += region.last_nr_accesses == 0 && region.size() <= 64 * page;
		both |= narrow == 2;
	}
	EXPECT_TRUE(both);
}

TEST(Split, IsAtTenthsWhereTheNeighbourIsNotAdjacentOrNotMuchHotter)
{
	for (uint64_t seed = 0; seed < 100; seed++) {
		RegionSet set;
		Random random(seed);
		SplitMemory memory;

		add_target(set, {{0, 64, 0, 20}, {65, 10065, 0, 9}, {10065, 10129, 0, 19}});
		ASSERT_OK(set.reserve(100));
		split(set, random, memory, 100, page);
		for (const Region &region : set.target(0))
			EXPECT_TRUE(region.last_nr_accesses != 9 || region.size() >= 1000 * page);
	}
}

TEST(Split, LeavesSmallRegions)
{
	RegionSet set;
	Random random(1);
	SplitMemory memory;

	add_target(set, {{0, 1}, {1, 3}, {3, 5}});
	ASSERT_OK(set.reserve(100));
	split(set, random, memory, 100, page);
	EXPECT_EQ(set.size(), 3u); // cut are those above twice the minimum
}

TEST(Split, TakesTurnsAboveHalfOfTheMaximum)
{
	RegionSet set;
	Random random(1);
	SplitMemory memory;

	// 6 of 10: every second region, first the even ones, then the odd ones.
	for (uint64_t round = 0; round < 2; round++) {
		set.clear();
		add_target(set, {{0, 100, 0}, {100, 200, 1}, {200, 300, 2}});
		add_target(set, {{0, 100, 3}, {100, 200, 4}, {200, 300, 5}});
		ASSERT_OK(set.reserve(100));
		split(set, random, memory, 10, page);
		EXPECT_TRUE(set.valid(page));
		ASSERT_EQ(set.size(), 9u);
		uint32_t pieces[6] = {};
		for (const Region &region : set.all())
			pieces[region.nr_accesses]++;
		for (uint32_t i = 0; i < 6; i++)
			EXPECT_EQ(pieces[i], i % 2 == round ? 2u : 1u) << "region " << i;
	}
	EXPECT_EQ(memory.rotation, 2u);
}

TEST(Split, AboveHalfTwiceTheMinimumIsEnough)
{
	RegionSet set;
	SplitMemory memory;
	bool was_cut = false;

	for (uint64_t seed = 0; seed < 20; seed++) {
		Random random(seed);

		memory = {};
		set.clear();
		add_target(set, {{0, 2}, {2, 4}});
		ASSERT_OK(set.reserve(10));
		split(set, random, memory, 3, page);
		EXPECT_LE(set.size(), 3u);
		was_cut |= set.size() == 3;
	}
	EXPECT_TRUE(was_cut);
}

TEST(Split, DoesNothingAtTheMaximum)
{
	RegionSet set;
	Random random(1);
	SplitMemory memory;

	add_target(set, {{0, 100}, {100, 200}, {200, 300}});
	ASSERT_OK(set.reserve(100));
	split(set, random, memory, 3, page);
	EXPECT_EQ(set.size(), 3u);
	split(set, random, memory, 2, page);
	EXPECT_EQ(set.size(), 3u);
}

TEST(Split, AFullSetLimitsCutting)
{
	RegionSet set;
	Random random(1);
	SplitMemory memory;

	add_target(set, {{0, 1000}, {1000, 2000}, {2000, 3000}});
	ASSERT_OK(set.reserve(4));
	split(set, random, memory, 100, page);
	EXPECT_EQ(set.size(), 4u);
	EXPECT_TRUE(set.valid(page));
	EXPECT_EQ(set.total_size(), 3000 * page);
}

TEST(Split, AnyMaximumIsAllowed)
{
	RegionSet set;
	Random random(1);
	SplitMemory memory;

	add_target(set, {{0, 1000}});
	ASSERT_OK(set.reserve(10));
	split(set, random, memory, UINT64_MAX, page);
	EXPECT_EQ(set.size(), 2u);
	split(set, random, memory, 0, page);
	EXPECT_EQ(set.size(), 2u);
}

TEST(Split, EmptySetsStayEmpty)
{
	RegionSet set;
	Random random(1);
	SplitMemory memory;

	split(set, random, memory, 10, page);
	EXPECT_EQ(set.size(), 0u);
}

TEST(Split, MemoryIsOfOneContext)
{
	RegionSet set;
	Random random(1);
	SplitMemory mine;
	SplitMemory other{.last_nr_regions = 1, .rotation = 0};

	add_target(set, {{0, 1000}});
	ASSERT_OK(set.reserve(100));
	split(set, random, mine, 100, page);
	EXPECT_EQ(set.size(), 2u) << "what another context saw must not count";
	EXPECT_EQ(other.last_nr_regions, 1u);
}
