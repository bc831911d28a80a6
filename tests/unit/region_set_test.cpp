// SPDX-License-Identifier: GPL-2.0
#include "core/region_set.hpp"

#include "core/random.hpp"
#include "tests/unit/region_model.hpp"
#include "tests/unit/regions.hpp"

using namespace damon;
using namespace damon::test;

TEST(RegionSet, StartsEmpty)
{
	RegionSet set;

	EXPECT_EQ(set.size(), 0u);
	EXPECT_EQ(set.nr_targets(), 0u);
	EXPECT_EQ(set.total_size(), 0u);
	EXPECT_EQ(set.max_nr_accesses(), 0u);
	EXPECT_TRUE(set.valid(page));
}

TEST(RegionSet, HoldsTargetsOneAfterTheOther)
{
	RegionSet set;

	add_target(set, {{1, 2, 3}, {2, 4, 1}});
	add_target(set, {});
	add_target(set, {{1, 9, 7, 8, 9}});
	ASSERT_EQ(set.nr_targets(), 3u);
	EXPECT_EQ(set.size(), 3u);
	EXPECT_EQ(set.total_size(), 11 * page);
	EXPECT_EQ(set.max_nr_accesses(), 7u);
	expect_regions(set, 0, {{1, 2, 3}, {2, 4, 1}});
	expect_regions(set, 1, {});
	expect_regions(set, 2, {{1, 9, 7, 8, 9}});
	EXPECT_EQ(set.watches(0).size(), 2u);
	EXPECT_EQ(set.watches(1).size(), 0u);
	EXPECT_EQ(set.watches(2).begin(), set.watches(0).begin() + 2);
}

TEST(RegionSet, ReserveKeepsItsRegions)
{
	RegionSet set;

	add_target(set, {{1, 2, 3}});
	ASSERT_OK(set.reserve(100));
	EXPECT_GE(set.capacity(), 100u);
	expect_regions(set, 0, {{1, 2, 3}});
	std::size_t capacity = set.capacity();
	ASSERT_OK(set.reserve(5));
	EXPECT_EQ(set.capacity(), capacity);
}

TEST(RegionSet, ClearKeepsItsRoom)
{
	RegionSet set;

	ASSERT_OK(set.reserve(50));
	add_target(set, {{1, 2, 3}});
	set.clear();
	EXPECT_EQ(set.size(), 0u);
	EXPECT_EQ(set.nr_targets(), 0u);
	EXPECT_GE(set.capacity(), 50u);
	EXPECT_TRUE(set.valid(page));
}

TEST(RegionSet, KnowsWhatIsInvalid)
{
	{
		RegionSet overlapping;

		add_target(overlapping, {{1, 3}, {2, 4}});
		EXPECT_FALSE(overlapping.valid(page));
	}
	{
		RegionSet unsorted;

		add_target(unsorted, {{5, 6}, {1, 2}});
		EXPECT_FALSE(unsorted.valid(page));
	}
	{
		RegionSet hollow;

		add_target(hollow, {{5, 5}});
		EXPECT_FALSE(hollow.valid(page));
	}
	{
		RegionSet coarse;

		add_target(coarse, {{5, 6}});
		EXPECT_TRUE(coarse.valid(page));
		EXPECT_FALSE(coarse.valid(2 * page));
	}
}

TEST(RegionRewriter, KeepsWhatIsNotRead)
{
	RegionSet set;

	add_target(set, {{1, 2, 1}, {2, 3, 2}});
	add_target(set, {});
	add_target(set, {{7, 8, 3}});
	ASSERT_OK(set.reserve(10));
	{
		RegionRewriter untouched(set);
	}
	{
		RegionRewriter rewrite(set);

		ASSERT_TRUE(rewrite.next_target());
		EXPECT_EQ(rewrite.target(), 0u);
		rewrite.keep();
	}
	{
		RegionRewriter rewrite(set);

		while (rewrite.next_target())
			;
		EXPECT_FALSE(rewrite.next_target());
	}
	expect_regions(set, 0, {{1, 2, 1}, {2, 3, 2}});
	expect_regions(set, 1, {});
	expect_regions(set, 2, {{7, 8, 3}});
}

TEST(RegionRewriter, WalksTargetsInOrder)
{
	RegionSet set;

	add_target(set, {});
	add_target(set, {{1, 2}});
	add_target(set, {});
	RegionRewriter rewrite(set);

	ASSERT_TRUE(rewrite.next_target());
	EXPECT_TRUE(rewrite.peek() == nullptr);
	EXPECT_TRUE(rewrite.last() == nullptr);
	ASSERT_TRUE(rewrite.next_target());
	ASSERT_TRUE(rewrite.peek() != nullptr);
	rewrite.keep();
	ASSERT_TRUE(rewrite.last() != nullptr);
	EXPECT_EQ(rewrite.last()->start, page);
	EXPECT_TRUE(rewrite.peek() == nullptr);
	ASSERT_TRUE(rewrite.next_target());
	EXPECT_TRUE(rewrite.last() == nullptr); // of this target
	EXPECT_FALSE(rewrite.next_target());
}

TEST(RegionRewriter, DropsWhatIsTaken)
{
	RegionSet set;

	add_target(set, {{1, 2, 1}, {2, 3, 2}, {3, 4, 3}});
	add_target(set, {{1, 2, 4}});
	{
		RegionRewriter rewrite(set);

		ASSERT_TRUE(rewrite.next_target());
		rewrite.keep();
		rewrite.take();
		rewrite.keep();
		ASSERT_TRUE(rewrite.next_target());
		rewrite.take();
	}
	expect_regions(set, 0, {{1, 2, 1}, {3, 4, 3}});
	expect_regions(set, 1, {});
	EXPECT_EQ(set.size(), 2u);
}

TEST(RegionRewriter, ReplacesRegionsInAFullSet)
{
	RegionSet set;

	add_target(set, {{1, 2, 1}, {2, 3, 2}});
	ASSERT_EQ(set.capacity(), set.size());
	{
		RegionRewriter rewrite(set);

		ASSERT_TRUE(rewrite.next_target());
		EXPECT_EQ(rewrite.room(), 0u);
		rewrite.take();
		EXPECT_EQ(rewrite.room(), 1u);
		rewrite.put(region({1, 2, 9}));
		EXPECT_EQ(rewrite.room(), 0u);
		rewrite.keep();
	}
	expect_regions(set, 0, {{1, 2, 9}, {2, 3, 2}});
}

TEST(RegionRewriter, CutsOnlyInside)
{
	RegionSet set;

	add_target(set, {{1, 5, 1, 2, 3}});
	ASSERT_OK(set.reserve(10));
	{
		RegionRewriter rewrite(set);

		EXPECT_FALSE(rewrite.cut(2 * page)) << "before the first target";
		ASSERT_TRUE(rewrite.next_target());
		EXPECT_FALSE(rewrite.cut(0));
		EXPECT_FALSE(rewrite.cut(1 * page));
		EXPECT_FALSE(rewrite.cut(5 * page));
		EXPECT_FALSE(rewrite.cut(6 * page));
		EXPECT_TRUE(rewrite.cut(2 * page));
		EXPECT_EQ(rewrite.peek()->start, 2 * page);
		EXPECT_FALSE(rewrite.cut(2 * page));
		EXPECT_TRUE(rewrite.cut(4 * page));
		rewrite.keep();
		EXPECT_FALSE(rewrite.cut(3 * page)) << "nothing left to cut";
	}
	expect_regions(set, 0, {{1, 2, 1, 2, 3}, {2, 4, 1, 2, 3}, {4, 5, 1, 2, 3}});
}

TEST(RegionRewriter, CutsUpToItsRoom)
{
	RegionSet set;

	add_target(set, {{0, 10}});
	add_target(set, {{0, 10}});
	ASSERT_OK(set.reserve(3));
	ASSERT_EQ(set.capacity(), 3u);
	{
		RegionRewriter rewrite(set);

		ASSERT_TRUE(rewrite.next_target());
		EXPECT_EQ(rewrite.room(), 1u);
		EXPECT_TRUE(rewrite.cut(page));
		EXPECT_EQ(rewrite.room(), 0u);
		EXPECT_FALSE(rewrite.cut(2 * page));
		EXPECT_EQ(rewrite.peek()->start, page);
		rewrite.keep();
		ASSERT_TRUE(rewrite.next_target());
		EXPECT_FALSE(rewrite.cut(page));
	}
	expect_regions(set, 0, {{0, 1}, {1, 10}});
	expect_regions(set, 1, {{0, 10}});
}

TEST(RegionRewriter, EmptiesASet)
{
	RegionSet set;

	add_target(set, {{1, 2}, {2, 3}});
	{
		RegionRewriter rewrite(set);

		while (rewrite.next_target()) {
			while (rewrite.peek())
				rewrite.take();
		}
	}
	EXPECT_EQ(set.size(), 0u);
	EXPECT_EQ(set.nr_targets(), 1u);
	EXPECT_TRUE(set.valid(page));
}

TEST(RegionRewriter, RandomEditsMatchAPlainList)
{
	for (uint64_t seed = 0; seed < 200; seed++) {
		Random random(seed);
		RegionSet set;
		Vec<Vec<Region>> expected;

		for (std::size_t t = random.below(4); t-- > 0;)
			random_target(set, random, random.below(12), 20);
		ASSERT_OK(set.reserve(set.size() + random.below(8)));
		{
			RegionRewriter rewrite(set);

			while (rewrite.next_target()) {
				Vec<Region> list;

				if (random.below(8) == 0) { // left as it is
					for (const Region *r; (r = rewrite.peek());) {
						must(list.push(*r));
						rewrite.keep();
					}
				}
				while (Region *r = rewrite.peek()) {
					uint64_t half = r->size() / 2 / page * page;

					switch (random.below(3)) {
					case 0:
						rewrite.take();
						continue;
					case 1:
						if (half && rewrite.room()) {
							Region left = *r;

							left.end = left.start + half;
							must(list.push(left));
							ASSERT_TRUE(rewrite.cut(left.end))
								<< "seed " << seed;
						}
						break;
					default:
						break;
					}
					must(list.push(*rewrite.peek()));
					rewrite.keep();
				}
				must(expected.push(std::move(list)));
			}
		}
		ASSERT_TRUE(set.valid(page)) << "seed " << seed;
		ASSERT_EQ(set.nr_targets(), expected.size());
		for (std::size_t t = 0; t < expected.size(); t++) {
			ASSERT_EQ(set.target(t).size(), expected[t].size()) << "seed " << seed;
			for (std::size_t i = 0; i < expected[t].size(); i++)
				expect_same(set.target(t)[i], expected[t][i], i);
		}
	}
}
