// SPDX-License-Identifier: GPL-2.0
// Changing a running context.
#include "tests/unit/context_tools.hpp"

using namespace damon;
using namespace damon::test;

TEST(Commit, TheSameAgainChangesNothing)
{
	World world;
	ConfigBuilder config;

	config.target(1, three_pages).scheme(Action::stat);
	Owned<RunningContext> running = run(config);
	running->tick(10);
	const uint64_t next = running->next;
	ASSERT_OK(running->commit(config));
	expect_regions(running->context.regions(), 0,
		       {{1, 2, 0, 0, 2}, {3, 4, 2, 4, 1}, {5, 6, 0, 0, 2}});
	EXPECT_EQ(running->stats().nr_snapshots, 2u);
	EXPECT_EQ(running->context.step(), next);

	running->tick(2);
	expect_regions(running->context.regions(), 0,
		       {{1, 2, 0, 0, 3}, {3, 4, 0, 4, 2}, {5, 6, 0, 0, 3}});
	EXPECT_EQ(running->stats().nr_snapshots, 3u);
	EXPECT_EQ(world.process.calls.violations, 0u);
}

TEST(Commit, LeavesNoWatchBehind)
{
	World world;
	Owned<RunningContext> running = run(ConfigBuilder().target(1, three_pages));

	running->tick(2);
	ASSERT_OK(running->commit(ConfigBuilder().target(1, three_pages)));
	// All that was watched before was looked at, and there are three new ones.
	EXPECT_EQ(world.process.calls.started, world.process.calls.checked + 3);
	EXPECT_EQ(world.process.calls.opens, 2u);
	EXPECT_EQ(world.process.calls.closes, 1u);
}

TEST(Commit, RegionLimitsDoNotTouchResults)
{
	World world;
	Owned<RunningContext> running =
		run(ConfigBuilder().intervals(5000, 15000).target(1, three_pages));

	running->tick(7); // N = 3: rates in basis points are not exact
	ASSERT_OK(running->commit(
		ConfigBuilder().intervals(5000, 15000).regions(3, 77).target(1, three_pages)));
	expect_regions(running->context.regions(), 0,
		       {{1, 2, 0, 0, 2}, {3, 4, 1, 3, 1}, {5, 6, 0, 0, 2}});
	running->tick(2);
	EXPECT_EQ(running->context.regions().all()[0].age, 3u) << "the window goes on";
}

TEST(Commit, ConvertsCountersToNewIntervals)
{
	World world;
	Owned<RunningContext> running = run(ConfigBuilder().target(1, three_pages));

	running->tick(4 * 10); // 20 ms, 4 samples
	expect_regions(running->context.regions(), 0,
		       {{1, 2, 0, 0, 10}, {3, 4, 0, 4, 9}, {5, 6, 0, 0, 10}});
	// 40 ms, 8 samples.
	ASSERT_OK(running->commit(ConfigBuilder().intervals(5000, 40000).target(1, three_pages)));
	expect_regions(running->context.regions(), 0,
		       {{1, 2, 0, 0, 5}, {3, 4, 0, 8, 4}, {5, 6, 0, 0, 5}});
	// 10 ms, 10 samples.
	ASSERT_OK(running->commit(ConfigBuilder().intervals(1000, 10000).target(1, three_pages)));
	expect_regions(running->context.regions(), 0,
		       {{1, 2, 0, 0, 20}, {3, 4, 0, 10, 16}, {5, 6, 0, 0, 20}});
}

TEST(Commit, NewIntervalsRestartTheWindow)
{
	World world;
	Owned<RunningContext> running =
		run(ConfigBuilder().target(1, three_pages).scheme(Action::stat));

	running->tick(6);
	const uint64_t now = time_us();
	ASSERT_OK(running->commit(
		ConfigBuilder().intervals(1000, 8000).target(1, three_pages).scheme(Action::stat)));
	EXPECT_EQ(running->context.regions().all()[1].nr_accesses, 0u);
	EXPECT_EQ(running->context.regions().all()[1].last_nr_accesses, 8u);

	running->next = running->context.step();
	EXPECT_EQ(running->next / 1000, now + 1000);
	running->tick(7);
	EXPECT_EQ(running->context.regions().all()[1].nr_accesses, 7u);
	EXPECT_EQ(running->stats().nr_snapshots, 1u);
	running->tick(1);
	EXPECT_EQ(running->context.regions().all()[1].last_nr_accesses, 8u);
	EXPECT_EQ(running->stats().nr_snapshots, 2u);
}

TEST(Commit, ZeroIntervalsConvertNothing)
{
	World world;
	Owned<RunningContext> running = run(ConfigBuilder().target(1, three_pages));

	running->tick(4);
	ASSERT_OK(running->commit(ConfigBuilder().intervals(0, 10).target(1, three_pages)));
	EXPECT_EQ(running->context.regions().all()[1].last_nr_accesses, 4u);
	EXPECT_TRUE(running->tick(20));
}

// ---- Targets ----

TEST(Commit, NewRangesAreFitted)
{
	World world;
	Owned<RunningContext> running = run(ConfigBuilder().target(1, three_pages));

	running->tick(8);
	ASSERT_OK(running->commit(ConfigBuilder().target(1, {page_range(3, 4), page_range(8, 9)})));
	expect_regions(running->context.regions(), 0, {{3, 4, 0, 4, 1}, {8, 9}});
}

TEST(Commit, WithoutRangesRegionsStay)
{
	World world;
	Owned<RunningContext> running = run(ConfigBuilder().target(1, three_pages));

	running->tick(8);
	ASSERT_OK(running->commit(ConfigBuilder().target(1)));
	expect_regions(running->context.regions(), 0,
		       {{1, 2, 0, 0, 2}, {3, 4, 0, 4, 1}, {5, 6, 0, 0, 2}});
}

TEST(Commit, TargetsComeAndGo)
{
	World world;
	FakeProcess other(2);

	other.map(page_range(1, 2));
	Owned<RunningContext> running = run(ConfigBuilder().target(1, three_pages));
	running->tick(4);
	ASSERT_OK(running->commit(ConfigBuilder().target(1).target(2, {page_range(1, 2)})));
	EXPECT_EQ(running->context.regions().nr_targets(), 2u);
	EXPECT_EQ(running->context.regions().target(0).size(), 3u);
	running->tick(4);
	expect_regions(running->context.regions(), 1, {{1, 2, 0, 0, 1}});

	ASSERT_OK(running->commit(ConfigBuilder().target(1)));
	EXPECT_EQ(running->context.regions().nr_targets(), 1u);
	EXPECT_EQ(other.calls.started, other.calls.checked);
	EXPECT_EQ(other.calls.opens, other.calls.closes);
	EXPECT_EQ(running->context.regions().all()[0].age, 2u);
}

TEST(Commit, ANewTargetFindsItsRanges)
{
	register_fake({.finds_ranges = true});
	FakeProcess process(1);
	FakeProcess other(2);

	process.map(page_range(1, 2));
	other.map(page_range(5, 6));
	Owned<RunningContext> running = run(ConfigBuilder().target(1));
	running->tick(3);
	ASSERT_OK(running->commit(ConfigBuilder().target(1).target(2)));
	running->tick(1);
	expect_regions(running->context.regions(), 1, {{5, 6}});
}

TEST(Commit, ANewTargetLeavesTheRangesOfOthersAlone)
{
	register_fake({.finds_ranges = true});
	FakeProcess process(1);
	FakeProcess other(2);

	process.map(page_range(1, 2));
	process.map(page_range(20, 21));
	other.map(page_range(5, 6));
	Owned<RunningContext> running = run(ConfigBuilder().target(1, {page_range(1, 2)}));
	running->tick(2);
	ASSERT_OK(running->commit(ConfigBuilder().target(1, {page_range(1, 2)}).target(2)));
	// One commit more before it is looked for.
	ASSERT_OK(running->commit(ConfigBuilder().target(1, {page_range(1, 2)}).target(2)));
	running->tick(1);
	expect_regions(running->context.regions(), 0, {{1, 2}});
	expect_regions(running->context.regions(), 1, {{5, 6}});
}

TEST(Commit, AReplacedProcessKeepsTheRangesThatComeWithIt)
{
	register_fake({.finds_ranges = true});
	FakeProcess process(1);
	FakeProcess other(2);

	process.map(page_range(1, 2));
	other.map(page_range(1, 2));
	other.map(page_range(20, 21));
	Owned<RunningContext> running = run(ConfigBuilder().target(1));
	running->tick(2);
	ASSERT_OK(running->commit(ConfigBuilder().target(2, {page_range(1, 2)})));
	running->tick(1);
	expect_regions(running->context.regions(), 0, {{1, 2}});
}

TEST(Commit, AReplacedProcessIsFollowed)
{
	register_fake({.finds_ranges = true});
	FakeProcess process(1);
	FakeProcess other(2);

	process.map(page_range(1, 2));
	other.map(page_range(5, 6));
	Owned<RunningContext> running = run(ConfigBuilder().target(1));
	running->tick(3);
	ASSERT_OK(running->commit(ConfigBuilder().target(2)));
	running->tick(1);
	EXPECT_EQ(process.calls.opens, process.calls.closes);
	expect_regions(running->context.regions(), 0, {{5, 6, 0, 0, 0}});
}

TEST(Commit, OtherOperationsOfProcessesKeepTheResults)
{
	World world;
	register_fake({.id = OperationsId::vaddr, .finds_ranges = true});
	Owned<RunningContext> running =
		run(ConfigBuilder(OperationsId::vaddr).target(1, three_pages));

	running->tick(8);
	world.process.map(page_range(8, 9));
	ASSERT_OK(running->commit(ConfigBuilder(OperationsId::fvaddr).target(1)));
	running->tick(1);
	expect_regions(running->context.regions(), 0,
		       {{1, 2, 0, 0, 2}, {3, 4, 1, 4, 1}, {5, 6, 0, 0, 2}});

	// They are found again at once, but no age is lost for that.
	ASSERT_OK(running->commit(ConfigBuilder(OperationsId::vaddr).target(1)));
	running->tick(1);
	EXPECT_EQ(running->context.regions().all()[0].age, 2u);
	EXPECT_EQ(running->context.regions().all().back().end, 9 * page);
}

TEST(Commit, AddressesOfPhysicalMemoryAreOthers)
{
	World world;
	register_fake({.id = OperationsId::paddr, .targets_end = false});
	Owned<RunningContext> running = run(ConfigBuilder().target(1, three_pages));

	running->tick(8);
	ASSERT_OK(running->commit(ConfigBuilder(OperationsId::paddr).target(1, three_pages)));
	expect_regions(running->context.regions(), 0, {{1, 2}, {3, 4}, {5, 6}});
}

TEST(Commit, WithoutTargetsTheContextEnds)
{
	World world;
	Owned<RunningContext> running = run(ConfigBuilder().target(1, three_pages));

	ASSERT_OK(running->commit(ConfigBuilder()));
	EXPECT_FALSE(running->tick(1));
}

// ---- Schemes ----

TEST(Commit, SchemesKeepTheirStats)
{
	World world;
	Owned<RunningContext> running = run(
		ConfigBuilder().target(1, three_pages).scheme(Action::stat).scheme(Action::stat));

	running->tick(8);
	AccessPattern hot = any_access;
	hot.nr_accesses.min = 1;
	ASSERT_OK(running->commit(ConfigBuilder().target(1).scheme(Action::pageout, hot)));
	ASSERT_EQ(running->context.schemes().size(), 1u);
	EXPECT_EQ(running->stats().nr_tried, 6u);
	running->tick(4);
	EXPECT_EQ(running->stats().nr_tried, 7u);
	EXPECT_EQ(running->stats().sz_applied, page);
}

TEST(Commit, SchemesGoOnWhereTheirQuotaEnded)
{
	World world;
	ConfigBuilder config;

	config.target(1, three_pages).scheme(Action::pageout).with([](SchemeConfig &scheme) {
		scheme.quota.bytes = page;
		scheme.quota.reset_interval_ms = 1;
	});
	Owned<RunningContext> running = run(config);
	for (std::size_t round = 0; round < three_pages.size(); round++) {
		running->tick(4);
		ASSERT_EQ(world.process.applied.size(), round + 1);
		EXPECT_EQ(world.process.applied[round].range.start, (2 * round + 1) * page);
		ASSERT_OK(running->commit(config));
	}
}

TEST(Commit, ANewSchemeStartsAtZero)
{
	World world;
	Owned<RunningContext> running =
		run(ConfigBuilder().target(1, three_pages).scheme(Action::stat));

	running->tick(10);
	ASSERT_OK(running->commit(
		ConfigBuilder().target(1).scheme(Action::stat).scheme(Action::stat)));
	EXPECT_EQ(running->stats(0).nr_snapshots, 2u);
	EXPECT_EQ(running->stats(1).nr_snapshots, 0u);
	running->tick(40);
	EXPECT_EQ(running->stats(0).nr_snapshots, 12u);
	EXPECT_GE(running->stats(1).nr_snapshots, 10u);
	EXPECT_LE(running->stats(1).nr_snapshots, 11u);
}

TEST(Commit, AShorterApplyIntervalCountsAtOnce)
{
	World world;
	Owned<RunningContext> running =
		run(ConfigBuilder()
			    .target(1, three_pages)
			    .scheme(Action::stat, any_access, 3'600'000'000));

	running->tick(4);
	ASSERT_OK(running->commit(ConfigBuilder().target(1).scheme(Action::stat)));
	running->tick(8);
	EXPECT_GE(running->stats().nr_snapshots, 1u) << "must not wait for the old hour";
}
