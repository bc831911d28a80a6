// SPDX-License-Identifier: GPL-2.0
#include "schemes/kdamond.hpp"

#include "tests/unit/context_tools.hpp"
#include "tests/unit/fake_memcg.hpp"

using namespace damon;
using namespace damon::test;

namespace {

Owned<Kdamond> start(const ContextConfig &config)
{
	Result<Owned<Kdamond>> kdamond = Kdamond::start("kdamond.0", config);

	CHECK(kdamond);
	return std::move(*kdamond);
}

SchemeStats stats_of(Kdamond &kdamond)
{
	SchemeStats stats;

	must(kdamond.read_stats({&stats, 1}));
	return stats;
}

} // namespace

TEST(Kdamond, RunsFromStartToStop)
{
	World world;
	{
		Owned<Kdamond> kdamond = start(ConfigBuilder().target(1, three_pages));

		EXPECT_TRUE(kdamond->running());
		EXPECT_GT(kdamond->pid(), 0);
		EXPECT_EQ(nr_threads(), 1u);
		run_for_us(10 * aggr_us);
		EXPECT_EQ(world.process.calls.passes, 1 + 40u + 10u); // two at the end of a window
		EXPECT_TRUE(kdamond->running());
	}
	EXPECT_EQ(world.process.calls.started, world.process.calls.checked);
}

TEST(Kdamond, StopsBeforeItsFirstStep)
{
	World world;

	start(ConfigBuilder().target(1, three_pages));
	EXPECT_EQ(world.process.calls.passes, 0u);
}

TEST(Kdamond, DoesNotStartOnNonsense)
{
	World world;

	EXPECT_ERROR(EINVAL, Kdamond::start("k", ConfigBuilder().regions(1, 10).target(1)));
	EXPECT_ERROR(EINVAL, Kdamond::start("k", ConfigBuilder().target(99)));
	EXPECT_EQ(nr_threads(), 0u);
}

TEST(Kdamond, EndsWithItsTarget)
{
	World world;
	Owned<Kdamond> kdamond = start(ConfigBuilder().target(1, three_pages).scheme(Action::stat));
	SchemeStats stats;
	Vec<TriedRegions> tried;

	run_for_us(aggr_us);
	world.process.alive = world.process.has_memory = false;
	run_for_us(aggr_us);
	EXPECT_FALSE(kdamond->running());
	EXPECT_EQ(kdamond->pid(), -1);
	EXPECT_ERROR(ECANCELED, kdamond->read_stats({&stats, 1}));
	EXPECT_ERROR(ECANCELED, kdamond->walk(tried));
	world.process.alive = true;
	EXPECT_ERROR(ECANCELED, kdamond->commit(ConfigBuilder().target(1)));
}

TEST(Kdamond, TellsItsStats)
{
	World world;
	Owned<Kdamond> kdamond = start(ConfigBuilder()
					       .target(1, three_pages)
					       .scheme(Action::stat)
					       .scheme(Action::pageout));
	SchemeStats stats[3];

	stats[2].nr_tried = 77;
	run_for_us(4 * aggr_us);
	ASSERT_OK(kdamond->read_stats(stats));
	EXPECT_EQ(stats[0].nr_snapshots, 4u);
	EXPECT_EQ(stats[0].sz_applied, 0u);
	EXPECT_EQ(stats[1].sz_applied, 12 * page);
	EXPECT_EQ(stats[2].nr_tried, 77u) << "there is no third scheme";
	ASSERT_OK(kdamond->read_stats({}));
}

TEST(Kdamond, CommitsWhileItRuns)
{
	World world;
	Owned<Kdamond> kdamond = start(ConfigBuilder().target(1, three_pages).scheme(Action::stat));

	run_for_us(2 * aggr_us);
	ASSERT_OK(kdamond->commit(ConfigBuilder().target(1).scheme(Action::pageout)));
	EXPECT_EQ(stats_of(*kdamond).nr_snapshots, 2u);
	run_for_us(2 * aggr_us);
	EXPECT_EQ(stats_of(*kdamond).nr_snapshots, 4u);
	EXPECT_EQ(world.process.applied.size(), 6u);

	EXPECT_ERROR(EINVAL, kdamond->commit(ConfigBuilder().regions(0, 1).target(1)));
	EXPECT_ERROR(EINVAL, kdamond->commit(ConfigBuilder().target(99)));
	EXPECT_EQ(stats_of(*kdamond).nr_snapshots, 4u);
}

// A commit may reach the worker before it ever ran.
TEST(Kdamond, CommitsBeforeItsFirstStep)
{
	World world;
	Owned<Kdamond> kdamond = start(ConfigBuilder().target(1, three_pages));

	ASSERT_OK(kdamond->commit(
		ConfigBuilder().target(1, {page_range(3, 4)}).scheme(Action::stat)));
	run_for_us(2 * aggr_us);
	EXPECT_EQ(stats_of(*kdamond).nr_tried, 2u);
	kdamond.reset();
	EXPECT_EQ(world.process.calls.started, world.process.calls.checked);
}

// ---- Walks ----

TEST(Kdamond, WalksTheNextRound)
{
	World world;
	AccessPattern hot = any_access;
	Vec<TriedRegions> tried;

	hot.nr_accesses.min = 1;
	Owned<Kdamond> kdamond = start(ConfigBuilder()
					       .target(1, three_pages)
					       .scheme(Action::stat)
					       .scheme(Action::stat, hot));
	run_for_us(aggr_us + 2 * sample_us);
	ASSERT_OK(kdamond->walk(tried));
	ASSERT_EQ(tried.size(), 2u);
	ASSERT_EQ(tried[0].size(), 3u);
	ASSERT_EQ(tried[1].size(), 1u);
	EXPECT_EQ(tried[0][0].range.start, 1 * page);
	EXPECT_EQ(tried[0][0].range.end, 2 * page);
	EXPECT_EQ(tried[0][0].age, 2u);
	EXPECT_EQ(tried[0][0].nr_accesses, 0u);
	EXPECT_EQ(tried[1][0].range.start, 3 * page);
	EXPECT_EQ(tried[1][0].nr_accesses, 4u);
	EXPECT_EQ(stats_of(*kdamond).nr_snapshots, 2u);

	// Every walk replaces the one before.
	ASSERT_OK(kdamond->walk(tried));
	ASSERT_EQ(tried[0].size(), 3u);
	EXPECT_EQ(tried[0][0].age, 3u);
}

TEST(Kdamond, WalksOneRoundOfEachScheme)
{
	World world;
	Vec<TriedRegions> tried;
	Owned<Kdamond> kdamond = start(ConfigBuilder()
					       .target(1, three_pages)
					       .scheme(Action::stat, any_access, sample_us)
					       .scheme(Action::stat, any_access, 4 * aggr_us));

	run_for_us(sample_us);
	ASSERT_OK(kdamond->walk(tried));
	EXPECT_EQ(tried[0].size(), 3u) << "the short-interval scheme had many rounds meanwhile";
	EXPECT_EQ(tried[1].size(), 3u);
}

TEST(Kdamond, WalksNothingWithoutSchemes)
{
	World world;
	Vec<TriedRegions> tried;
	Owned<Kdamond> kdamond = start(ConfigBuilder().target(1, three_pages));

	must(tried.push({}));
	EXPECT_ERROR(ECANCELED, kdamond->walk(tried));
	EXPECT_EQ(tried.size(), 1u) << "left alone on failure";
}

TEST(Kdamond, WalkEndsWithTheTarget)
{
	World world;
	Vec<TriedRegions> tried;
	Owned<Kdamond> kdamond = start(ConfigBuilder().target(1, three_pages).scheme(Action::stat));

	run_for_us(sample_us);
	world.process.alive = world.process.has_memory = false;
	EXPECT_ERROR(ECANCELED, kdamond->walk(tried));
}

TEST(Kdamond, AWalkMayBeGivenUp)
{
	World world;
	Vec<TriedRegions> tried;
	AccessPattern none = any_access;

	none.size = {1, 2};
	Owned<Kdamond> kdamond = start(
		ConfigBuilder().target(1, three_pages).scheme(Action::stat, none, UINT64_MAX));
	EXPECT_ERROR(EINTR, kdamond->walk(tried)); // the fake thread's patience ends
	run_for_us(aggr_us);
	ASSERT_OK(kdamond->commit(ConfigBuilder().target(1).scheme(Action::stat)));
}

// ---- Pacing ----

TEST(Kdamond, AStalledMachineCausesNoBurst)
{
	World world;
	Owned<Kdamond> kdamond = start(ConfigBuilder().target(1, three_pages));

	run_for_us(sample_us);
	const uint64_t before = world.process.calls.passes;
	stall_for_us(1'000'000);
	EXPECT_EQ(world.process.calls.passes, before + 1);
	run_for_us(sample_us);
	EXPECT_EQ(world.process.calls.passes, before + 2);
}

TEST(Kdamond, SeveralRunSideBySide)
{
	World world;
	FakeProcess other(2);

	other.map(page_range(1, 2));
	Owned<Kdamond> one = start(ConfigBuilder().target(1, three_pages).scheme(Action::stat));
	Owned<Kdamond> two =
		start(ConfigBuilder().target(2, {page_range(1, 2)}).scheme(Action::stat));

	EXPECT_NE(one->pid(), two->pid());
	run_for_us(3 * aggr_us);
	EXPECT_EQ(stats_of(*one).nr_tried, 9u);
	EXPECT_EQ(stats_of(*two).nr_tried, 3u);
	one.reset();
	run_for_us(3 * aggr_us);
	EXPECT_EQ(stats_of(*two).nr_tried, 6u);
}

// ---- Quotas ----

TEST(Kdamond, CommitsQuotaGoals)
{
	World world;
	FakeMemcg memcg("/jobs");
	Owned<Kdamond> kdamond = start(ConfigBuilder().target(1, three_pages).scheme(Action::stat));
	Vec<Vec<GoalConfig>> goals;
	GoalConfig goal;

	goal.metric = GoalMetric::node_memcg_used_bp;
	goal.target_value = 5000;
	goal.path = *String::of("/jobs\n");
	must(goals.resize(2)); // there is one scheme only
	must(goals[0].push(std::move(goal)));
	ASSERT_OK(kdamond->commit_quota_goals(goals));
	EXPECT_EQ(memcg.users, 1);
	EXPECT_TRUE(kdamond->running());

	// All or nothing: the second list is bad.
	must(goals[1].push(*copy(goals[0][0])));
	goals[1][0].path = *String::of("/nowhere");
	goals[0].clear();
	const Result<> refused = kdamond->commit_quota_goals(goals);
	ASSERT_TRUE(!refused);
	EXPECT_EQ(refused.error().number, EINVAL);
	EXPECT_STREQ(refused.error().where[0].list, "schemes");
	EXPECT_EQ(refused.error().where[0].index, 1u);
	EXPECT_STREQ(refused.error().where[1].list, "quotas/goals");
	EXPECT_EQ(memcg.users, 1);

	goals.clear();
	must(goals.resize(1));
	ASSERT_OK(kdamond->commit_quota_goals(goals));
	EXPECT_EQ(memcg.users, 0);
}

TEST(Kdamond, EffectiveQuotasAreZeroWithoutQuotas)
{
	World world;
	Owned<Kdamond> kdamond = start(ConfigBuilder().target(1, three_pages).scheme(Action::stat));
	uint64_t bytes[2] = {77, 77};

	run_for_us(2 * aggr_us);
	ASSERT_OK(kdamond->read_effective_quotas(bytes));
	EXPECT_EQ(bytes[0], 0u);
	EXPECT_EQ(bytes[1], 77u) << "there is no second scheme";
}
