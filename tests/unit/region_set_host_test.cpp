// SPDX-License-Identifier: GPL-2.0
// Region sets without memory.
#include "core/adjust.hpp"
#include "tests/host/host.hpp"
#include "tests/unit/region_model.hpp"

using namespace damon;
using namespace damon::test;

TEST(RegionSetHost, ReserveFailsWithoutATrace)
{
	uint64_t before = live_allocations();
	{
		RegionSet set;

		add_target(set, {{1, 2, 3}});
		with_each_allocation_refused([&] { return set.reserve(100); },
					     [&](const Error &error) {
						     EXPECT_EQ(error.number, ENOMEM);
						     expect_regions(set, 0, {{1, 2, 3}});
					     });
		EXPECT_GE(set.capacity(), 100u);
		expect_regions(set, 0, {{1, 2, 3}});
	}
	EXPECT_EQ(live_allocations(), before);
}

TEST(RegionSetHost, AddTargetFailsWithoutATrace)
{
	uint64_t before = live_allocations();
	{
		RegionSet set;
		const Region added = region({5, 6, 7});

		add_target(set, {{1, 2, 3}});
		for (int i = 0; i < 5; i++)
			add_target(set, {{1, 2, 3}});
		const std::size_t targets = set.nr_targets();
		with_each_allocation_refused(
			[&] {
				return set.add_target({&added, 1});
			},
			[&](const Error &error) {
				EXPECT_EQ(error.number, ENOMEM);
				EXPECT_EQ(set.nr_targets(), targets);
				EXPECT_EQ(set.size(), targets);
				EXPECT_TRUE(set.valid(page));
			});
		EXPECT_EQ(set.nr_targets(), targets + 1);
	}
	EXPECT_EQ(live_allocations(), before);
}

TEST(RegionSetHost, FitFailsWithoutATrace)
{
	RegionSet set;
	const Range ranges[] = {page_range(0, 1), page_range(5, 6), page_range(7, 8)};

	add_target(set, {{0, 2, 1}});
	add_target(set, {{0, 2, 2}});
	with_each_allocation_refused([&] { return fit_to_ranges(set, 0, ranges); },
				     [&](const Error &error) {
					     EXPECT_EQ(error.number, ENOMEM);
					     expect_regions(set, 0, {{0, 2, 1}});
					     expect_regions(set, 1, {{0, 2, 2}});
				     });
	expect_regions(set, 0, {{0, 1, 1}, {5, 6}, {7, 8}});
}

TEST(RegionSetHost, AdaptationAllocatesNothing)
{
	RegionSet set;
	Random random(1);
	SplitMemory memory;

	random_target(set, random, 50, 20);
	ASSERT_OK(set.reserve(1000));
	const NoAllocationGuard guard;

	for (int i = 0; i < 20; i++) {
		const uint64_t limit = region_size_limit(set, 10, page);

		age_and_merge(set, {.max_nr_regions = 1000,
				    .samples_per_aggregation = 20,
				    .size_limit = limit});
		enforce_size_limit(set, limit);
		split(set, random, memory, 1000, page);
	}
}

TEST(RegionSetHost, PuttingWithoutRoomIsABug)
{
	EXPECT_DEATH(
		{
			RegionSet set;

			add_target(set, {{1, 2}});
			RegionRewriter rewrite(set);
			rewrite.next_target();
			rewrite.put(region({1, 2}));
		},
		"broken invariant");
}
