// SPDX-License-Identifier: GPL-2.0
// Quotas and priorities in rounds of schemes: where they end, and where the next round goes on.
#include "tests/unit/fake_trace.hpp"
#include "tests/unit/round_tools.hpp"

using namespace damon;
using namespace damon::test;

// ---- Quotas ----

TEST(Round, RegionsAreCutWhereTheQuotaEnds)
{
	Memory memory;
	Owned<Rig> it = rig(
		one_target({page_range(0, 10)}).scheme(Action::pageout).with([](SchemeConfig &s) {
			set_quota(s, 4 * page + 1);
		}));

	set_ages(it->set(), {7});
	it->round();
	expect_applied(memory.process, {page_range(0, 4)});
	expect_regions(it->set(), 0, {{0, 4}, {4, 10, 0, 0, 7}});
	EXPECT_EQ(it->stats().sz_tried, 4 * page);
	EXPECT_EQ(it->stats().nr_snapshots, 0u) << "the last region had no turn";
	EXPECT_EQ(it->stats().qt_exceeds, 0u) << "the window is not over";
}

TEST(Round, GoesOnWhereTheQuotaEnded)
{
	Memory memory;
	Owned<Rig> it = rig(
		one_target({page_range(0, 10)}).scheme(Action::pageout).with([](SchemeConfig &s) {
			set_quota(s, 4 * page);
		}));

	it->round();
	it->round();
	it->round();
	expect_applied(memory.process, {page_range(0, 4), page_range(4, 8), page_range(8, 10)});
	EXPECT_EQ(it->stats().nr_snapshots, 1u);
	EXPECT_EQ(it->stats().qt_exceeds, 2u);
	it->round();
	it->round();
	it->round();
	EXPECT_EQ(it->stats().qt_exceeds, 4u);
	EXPECT_EQ(it->stats().nr_snapshots, 2u);
}

TEST(Round, GoesOnWithTheNextTarget)
{
	Memory memory;
	ConfigBuilder config;

	config.target(1, {page_range(0, 4)})
		.target(2, {page_range(0, 4)})
		.scheme(Action::pageout)
		.with([](SchemeConfig &s) { set_quota(s, 4 * page); });
	Owned<Rig> it = rig(config);
	it->round();
	expect_applied(memory.process, {page_range(0, 4)});
	it->round();
	expect_applied(memory.process, {});
	expect_applied(memory.second, {page_range(0, 4)});
	it->round();
	expect_applied(memory.process, {page_range(0, 4)});
	EXPECT_EQ(it->stats().nr_snapshots, 3u);
}

TEST(Round, DoesNotWaitForATargetThatIsGone)
{
	Memory memory;
	ConfigBuilder config;

	config.target(2, {page_range(0, 10)})
		.target(1, {page_range(0, 4)})
		.scheme(Action::pageout)
		.with([](SchemeConfig &s) { set_quota(s, 4 * page); });
	Owned<Rig> it = rig(config);
	it->round();
	memory.second.alive = false;
	it->round();
	expect_applied(memory.process, {page_range(0, 4)});
	memory.second.alive = true;
}

TEST(Round, TheResumePointMayBeWithinARegion)
{
	Memory memory;
	Owned<Rig> it = rig(
		one_target({page_range(0, 10)}).scheme(Action::pageout).with([](SchemeConfig &s) {
			set_quota(s, 4 * page);
		}));

	it->round();
	// Monitoring merges what the quota cut.
	ASSERT_EQ(it->set().size(), 2u);
	{
		RegionRewriter rewrite(it->set());

		ASSERT_TRUE(rewrite.next_target());
		rewrite.peek()->end = 10 * page;
		rewrite.keep();
		rewrite.take();
	}
	it->round();
	expect_applied(memory.process, {page_range(0, 4), page_range(4, 8)});
}

TEST(Round, SlicingDoesNotAddRegions)
{
	Memory memory;
	FakeProcess large(3);
	ConfigBuilder config;

	config.target(1, {page_range(0, 1000)})
		.target(3, {page_range(0, 10000)}) // for the size limit
		.scheme(Action::pageout)
		.with([](SchemeConfig &s) { set_quota(s, 10 * page); });
	Owned<Rig> it = rig(config);
	set_ages(it->set(), {7, 7});
	for (int i = 0; i < 99; i++) {
		it->round();
		ASSERT_EQ(it->set().target(0).size(), 2u) << "round " << i;
	}
	expect_regions(it->set(), 0, {{0, 990}, {990, 1000, 0, 0, 7}});
	EXPECT_EQ(memory.process.calls.applies, 99u);
	EXPECT_EQ(it->stats().sz_tried, 990 * page);
}

TEST(Round, NeighboursThatWereNotCutStayApart)
{
	Memory memory;
	Owned<Rig> it = rig(one_target({page_range(0, 5), page_range(5, 10), page_range(10, 100)})
				    .scheme(Action::pageout));

	it->round();
	EXPECT_EQ(it->set().size(), 3u);
}

TEST(Round, WithoutRoomAQuotaIsNotExceeded)
{
	for (uint64_t quota : {4ull, 9ull, 10ull}) {
		Memory memory;
		Owned<Rig> it =
			rig(one_target({page_range(0, 10), page_range(10, 11), page_range(20, 30)})
				    .regions(3, 3)
				    .scheme(Action::pageout)
				    .with([&](SchemeConfig &s) { set_quota(s, quota * page); }),
			    0);

		ASSERT_EQ(it->set().size(), it->set().capacity());
		it->round();
		if (quota == 4)
			EXPECT_EQ(memory.process.applied[0].range.end, 11 * page);
		else
			EXPECT_EQ(memory.process.applied[0].range.end, 10 * page);
		EXPECT_LE(it->stats().sz_tried, (quota + 1) * page);
		EXPECT_EQ(it->set().total_size(), 21 * page);
	}
}

TEST(Round, WithoutRoomNothingIsCutWhereItResumes)
{
	Memory memory;
	Owned<Rig> it = rig(one_target({page_range(0, 10), page_range(20, 22)})
				    .regions(3, 3)
				    .scheme(Action::pageout)
				    .with([](SchemeConfig &s) { set_quota(s, 3 * page); }),
			    0);

	it->round();
	expect_applied(memory.process, {page_range(0, 3)});
	// The monitoring joins that again, and takes the room.
	age_and_merge(it->set(), {.max_nr_regions = 3,
				  .samples_per_aggregation = 4,
				  .size_limit = 10 * page,
				  .weights = {}});
	ASSERT_EQ(it->set().size(), 2u);
	{
		RegionRewriter rewrite(it->set());

		ASSERT_TRUE(rewrite.next_target());
		rewrite.keep();
		ASSERT_TRUE(rewrite.cut(21 * page));
		rewrite.keep();
	}
	ASSERT_EQ(it->set().size(), it->set().capacity());
	it->round();
	expect_applied(memory.process, {page_range(20, 21), page_range(21, 22)});
	EXPECT_TRUE(it->set().valid(page));
}

TEST(Round, TheEffectiveSizeIsTraced)
{
	Memory memory;
	TracedSizes traced;
	Owned<Rig> it = rig(one_target({page_range(0, 10)})
				    .scheme(Action::stat)
				    .with([](SchemeConfig &scheme) {
					    GoalConfig goal;

					    goal.target_value = 100;
					    goal.current_value = 50;
					    must(scheme.quota.goals.push(std::move(goal)));
				    })
				    .scheme(Action::stat)
				    .with([](SchemeConfig &s) { set_quota(s, 7); }));

	it->round();
	it->round();
	ASSERT_EQ(traced.count, 2u);	// of the first scheme
	EXPECT_EQ(traced.sizes[0], 1u); // 15000 / 10000
	EXPECT_EQ(traced.sizes[1], 2u); // 22500 / 10000

	Owned<Rig> steady =
		rig(one_target({page_range(0, 10)}).scheme(Action::stat).with([](SchemeConfig &s) {
			set_quota(s, 4 * page);
		}));
	traced.count = 0;
	for (int i = 0; i < 5; i++)
		steady->round();
	EXPECT_EQ(traced.count, 1u);
	EXPECT_EQ(traced.sizes[0], 4 * page);
}

TEST(Round, AFullQuotaIsRememberedForItsWindow)
{
	Memory memory;
	Owned<Rig> it = rig(one_target({page_range(0, 10)})
				    .scheme(Action::pageout)
				    .with([](SchemeConfig &scheme) {
					    set_quota(scheme, 4 * page);
					    scheme.quota.reset_interval_ms = 10 * aggr_us / 1000;
				    }));

	for (int i = 0; i < 10; i++)
		it->round();
	expect_applied(memory.process, {page_range(0, 4)});
	EXPECT_EQ(it->stats().qt_exceeds, 0u);
	it->round();
	expect_applied(memory.process, {page_range(4, 8)});
	EXPECT_EQ(it->stats().qt_exceeds, 1u);
}

TEST(Round, EligibleMemoryIsThatOfThePattern)
{
	register_fake({.id = OperationsId::paddr, .targets_end = false});
	FakeProcess process(1);
	AccessPattern hot = any_access;

	hot.nr_accesses.min = 1;
	process.node_border = 12 * page;
	ConfigBuilder config(OperationsId::paddr);
	config.target(1, {page_range(0, 10), page_range(10, 20), page_range(20, 30)})
		.scheme(Action::stat, hot)
		.with([](SchemeConfig &scheme) {
			GoalConfig goal;

			goal.metric = GoalMetric::node_eligible_mem_bp;
			goal.target_value = 2500;
			goal.nid = 0;
			must(scheme.quota.goals.push(std::move(goal)));
			scheme.quota.tuner = GoalTuner::temporal;
		});
	Owned<Rig> it = rig(config);
	it->set().all()[1].nr_accesses = 1; // 2 of 10 pages on the node: 2000
	it->round();
	EXPECT_EQ(it->stats().sz_tried, 10 * page);
	process.node_border = 13 * page; // 3000
	it->round();
	EXPECT_EQ(it->stats().sz_tried, 10 * page);
}

// ---- Priority ----

TEST(Round, TheColdestComeFirst)
{
	Memory memory;
	ConfigBuilder config =
		one_target({page_range(0, 10), page_range(20, 30), page_range(40, 50)});

	config.intervals(250'000, 1'000'000);
	config.scheme(Action::pageout).with([](SchemeConfig &scheme) {
		set_quota(scheme, 10 * page);
		scheme.quota.age_permil = 1;
	});
	Owned<Rig> it = rig(config);
	set_ages(it->set(), {100, 1000, 10});
	it->round();
	expect_applied(memory.process, {page_range(20, 30)});
	it->round();
	// What had its turn is young; and what is before it waits for the round after.
	expect_applied(memory.process, {});
	it->round();
	expect_applied(memory.process, {page_range(0, 10)});
}

TEST(Round, OfWhatFiltersLetThrough)
{
	Memory memory;
	ConfigBuilder config =
		one_target({page_range(0, 10), page_range(20, 30), page_range(40, 50)});

	config.intervals(250'000, 1'000'000);
	config.scheme(Action::pageout).with([](SchemeConfig &scheme) {
		set_quota(scheme, 10 * page);
		scheme.quota.age_permil = 1;
		add_filter(scheme, page_range(20, 28), false);
	});
	Owned<Rig> it = rig(config);
	set_ages(it->set(), {100, 1000, 10});
	it->round();
	// Two pages of the coldest region are not enough for the quota: the next may be taken, too.
	expect_applied(memory.process, {page_range(0, 10)});
}

// ---- Time ----

TEST(Round, StopsWhenItsTimeIsSpent)
{
	Memory memory;
	Owned<Rig> it = rig(one_target({page_range(0, 100'000)})
				    .scheme(Action::pageout)
				    .with([](SchemeConfig &scheme) {
					    scheme.quota.ms = 10;
					    scheme.quota.reset_interval_ms = 1000;
				    }));
	uint64_t before = damon_thread_cpu_ns();

	memory.process.apply_ns_per_page = 100'000; // 100 pages in 10 ms
	it->round();
	EXPECT_GE(damon_thread_cpu_ns() - before, 10'000'000u);
	EXPECT_LE(damon_thread_cpu_ns() - before, 13'000'000u);
	EXPECT_EQ(it->stats().nr_tried, 1u) << "slices are one region to the user";
	ASSERT_EQ(it->set().size(), 2u);
	EXPECT_EQ(it->stats().sz_tried, it->set().all()[0].size());
	EXPECT_EQ(it->stats().sz_applied, it->set().all()[0].size());

	for (uint64_t minute = 0; minute < 3; minute++) {
		memory.process.apply_ns_per_page = minute % 2 ? 10'000 : 100'000;
		before = damon_thread_cpu_ns();
		for (uint64_t i = 0; i < 60'000'000 / aggr_us; i++)
			it->round();
		EXPECT_LE(damon_thread_cpu_ns() - before, 660'000'000u);
		EXPECT_GE(damon_thread_cpu_ns() - before, 540'000'000u);
	}
}

TEST(Round, WithoutTimeQuotaNobodyLooksAtTheTime)
{
	Memory memory;
	Owned<Rig> it = rig(one_target({page_range(0, 100'000)}).scheme(Action::pageout));

	memory.process.apply_ns_per_page = 100'000;
	it->round();
	expect_applied(memory.process, {page_range(0, 100'000)});
}
