// SPDX-License-Identifier: GPL-2.0
#include "schemes/pattern.hpp"
#include "tests/unit/context_tools.hpp"

using namespace damon;
using namespace damon::test;

namespace {

AccessPattern accesses(uint32_t min, uint32_t max)
{
	AccessPattern pattern = any_access;

	pattern.nr_accesses = {min, max};
	return pattern;
}

AccessPattern age(uint32_t min, uint32_t max)
{
	AccessPattern pattern = any_access;

	pattern.age = {min, max};
	return pattern;
}

} // namespace

TEST(Pattern, BoundsAreInclusive)
{
	const AccessPattern pattern = {
		.size = {2 * page, 4 * page}, .nr_accesses = {5, 6}, .age = {7, 8}};

	EXPECT_TRUE(matches(pattern, region({0, 2, 0, 0, 7}), 5));
	EXPECT_TRUE(matches(pattern, region({0, 4, 0, 0, 8}), 6));
	EXPECT_FALSE(matches(pattern, region({0, 1, 0, 0, 7}), 5));
	EXPECT_FALSE(matches(pattern, region({0, 5, 0, 0, 7}), 5));
	EXPECT_FALSE(matches(pattern, region({0, 2, 0, 0, 7}), 4));
	EXPECT_FALSE(matches(pattern, region({0, 2, 0, 0, 7}), 7));
	EXPECT_FALSE(matches(pattern, region({0, 2, 0, 0, 6}), 5));
	EXPECT_FALSE(matches(pattern, region({0, 2, 0, 0, 9}), 5));
}

TEST(Pattern, LooksAtTheMovingSum)
{
	// The region's own counter is of a window that is not over.
	EXPECT_TRUE(matches(accesses(5, 5), region({0, 1, 99}), 5));
}

TEST(Schemes, ApplyOnceAnAggregation)
{
	World world;
	Owned<RunningContext> running =
		run(ConfigBuilder().target(1, three_pages).scheme(Action::pageout));

	running->tick(3);
	EXPECT_EQ(running->stats().nr_tried, 0u);
	running->tick(1);
	EXPECT_EQ(running->stats().nr_tried, 3u);
	EXPECT_EQ(running->stats().sz_tried, 3 * page);
	EXPECT_EQ(running->stats().nr_applied, 3u);
	EXPECT_EQ(running->stats().sz_applied, 3 * page);
	EXPECT_EQ(running->stats().nr_snapshots, 1u);
	running->tick(4);
	EXPECT_EQ(running->stats().nr_tried, 6u);
	EXPECT_EQ(running->stats().nr_snapshots, 2u);
	EXPECT_EQ(world.process.calls.violations, 0u) << "an action within a sampling pass";
}

TEST(Schemes, SeeTheWindowThatJustEnded)
{
	World world;
	Owned<RunningContext> running = run(ConfigBuilder()
						    .target(1, three_pages)
						    .scheme(Action::stat, accesses(4, 4))
						    .scheme(Action::stat, accesses(0, 0)));

	running->tick(4);
	EXPECT_EQ(running->stats(0).nr_tried, 1u);
	EXPECT_EQ(running->stats(1).nr_tried, 2u);
}

TEST(Schemes, ApplyToTheWholeRegion)
{
	World world;
	Owned<RunningContext> running =
		run(ConfigBuilder().target(1, three_pages).scheme(Action::pageout, accesses(1, 4)));

	running->tick(4);
	ASSERT_EQ(world.process.applied.size(), 1u);
	EXPECT_EQ(world.process.applied[0].action, Action::pageout);
	EXPECT_EQ(world.process.applied[0].range.start, 3 * page);
	EXPECT_EQ(world.process.applied[0].range.end, 4 * page);
}

TEST(Schemes, ActionsMakeRegionsYoung)
{
	World world;
	Owned<RunningContext> running =
		run(ConfigBuilder().target(1, three_pages).scheme(Action::pageout, age(3, 100)));

	// Ages 1, 2, 3: the third time it applies, and starts again.
	running->tick(12);
	EXPECT_EQ(running->stats().nr_tried, 2u); // the hot one is a window younger
	expect_regions(running->context.regions(), 0,
		       {{1, 2, 0, 0, 0}, {3, 4, 0, 4, 2}, {5, 6, 0, 0, 0}});
}

TEST(Schemes, StatLeavesAgesAlone)
{
	World world;
	Owned<RunningContext> running =
		run(ConfigBuilder().target(1, three_pages).scheme(Action::stat));

	running->tick(12);
	EXPECT_EQ(running->stats().nr_tried, 9u);
	EXPECT_EQ(running->stats().sz_applied, 0u);
	EXPECT_EQ(running->stats().nr_applied, 0u);
	EXPECT_EQ(running->context.regions().all()[0].age, 3u);
}

TEST(Schemes, CountWhatWasAchieved)
{
	World world;
	world.process.apply_divisor = 4;
	Owned<RunningContext> running =
		run(ConfigBuilder().target(1, three_pages).scheme(Action::pageout));

	running->tick(4);
	EXPECT_EQ(running->stats().sz_tried, 3 * page);
	EXPECT_EQ(running->stats().sz_applied, 3 * page / 4);
	EXPECT_EQ(running->stats().nr_applied, 3u);

	world.process.apply_divisor = 2 * page; // nothing at all
	running->tick(4);
	EXPECT_EQ(running->stats().nr_tried, 6u);
	EXPECT_EQ(running->stats().nr_applied, 3u);
	EXPECT_EQ(running->context.regions().all()[0].age, 0u) << "tried is tried";
}

TEST(Schemes, HaveTheirOwnInterval)
{
	World world;
	Owned<RunningContext> running = run(ConfigBuilder()
						    .target(1, three_pages)
						    .scheme(Action::stat, any_access, 3 * aggr_us)
						    .scheme(Action::stat, any_access, sample_us)
						    .scheme(Action::stat, any_access, aggr_us / 2));

	running->tick(11);
	EXPECT_EQ(running->stats(0).nr_snapshots, 0u);
	EXPECT_EQ(running->stats(1).nr_snapshots, 11u);
	EXPECT_EQ(running->stats(2).nr_snapshots, 5u);
	running->tick(1);
	EXPECT_EQ(running->stats(0).nr_snapshots, 1u);
	EXPECT_EQ(running->stats(1).nr_snapshots, 12u);
	EXPECT_EQ(running->stats(2).nr_snapshots, 6u);
}

TEST(Schemes, SeeTheMovingSumWithinAWindow)
{
	World world;
	Owned<RunningContext> running =
		run(ConfigBuilder()
			    .target(1, three_pages)
			    .scheme(Action::stat, accesses(4, 4), sample_us));

	running->tick(4);
	EXPECT_EQ(running->stats().nr_tried, 1u); // 1, 2, 3, 4 in the first window
	running->tick(8);
	EXPECT_EQ(running->stats().nr_tried, 9u); // a steady 4 since
}

TEST(Schemes, EndAtTheirSnapshotLimit)
{
	World world;
	Owned<RunningContext> running = run(
		ConfigBuilder().target(1, three_pages).scheme(Action::pageout, any_access, 0, 2));

	EXPECT_TRUE(running->tick(40));
	EXPECT_EQ(running->stats().nr_snapshots, 2u);
	EXPECT_EQ(running->stats().nr_tried, 6u);
	EXPECT_EQ(running->context.regions().all()[0].age, 8u) << "monitoring goes on";
}

TEST(Schemes, CountASnapshotPerTarget)
{
	World world;
	FakeProcess other(2);
	FakeProcess hollow(3);
	Owned<RunningContext> running = run(ConfigBuilder()
						    .target(1, three_pages)
						    .target(2, {page_range(1, 2)})
						    .target(3)
						    .scheme(Action::stat));

	running->tick(4);
	EXPECT_EQ(running->stats().nr_snapshots, 2u);
	EXPECT_EQ(running->stats().nr_tried, 4u);
}

TEST(Schemes, SkipTargetsThatAreGone)
{
	World world;
	FakeProcess other(2);
	Owned<RunningContext> running = run(ConfigBuilder()
						    .target(2, {page_range(1, 2)})
						    .target(1, three_pages)
						    .scheme(Action::pageout));

	other.alive = other.has_memory = false;
	running->tick(4);
	EXPECT_EQ(other.calls.applies, 0u);
	EXPECT_EQ(running->stats().nr_tried, 3u);
	EXPECT_EQ(running->stats().nr_snapshots, 1u);
}

TEST(Schemes, ActInTheirOrder)
{
	World world;
	Owned<RunningContext> running = run(ConfigBuilder()
						    .target(1, {page_range(1, 2)})
						    .scheme(Action::stat, age(1, 1))
						    .scheme(Action::pageout, age(1, 1))
						    .scheme(Action::stat, age(1, 1)));

	running->tick(4);
	EXPECT_EQ(running->stats(0).nr_tried, 1u);
	EXPECT_EQ(running->stats(1).nr_tried, 1u);
	EXPECT_EQ(running->stats(2).nr_tried, 0u) << "the second one made the region young";
}

TEST(Schemes, WithoutSchemesNothingIsApplied)
{
	World world;
	Owned<RunningContext> running = run(ConfigBuilder().target(1, three_pages));

	running->tick(20);
	EXPECT_EQ(world.process.calls.applies, 0u);
}
