// SPDX-License-Identifier: GPL-2.0
#include "schemes/watermarks.hpp"

#include "schemes/kdamond.hpp"
#include "tests/unit/context_tools.hpp"
#include "tests/unit/fake_metrics.hpp"

using namespace damon;
using namespace damon::test;

namespace {

constexpr WatermarksConfig marks = {.metric = WatermarkMetric::free_mem_rate,
				    .interval_us = 1'000'000,
				    .high = 500,
				    .mid = 400,
				    .low = 200};

bool active_at(Watermarks &watermarks, uint64_t free)
{
	watermarks.update({.total = 1000, .free = free});
	return watermarks.active();
}

ConfigBuilder config_with(std::initializer_list<WatermarksConfig> list)
{
	ConfigBuilder config;

	config.target(1, three_pages);
	for (const WatermarksConfig &one : list)
		config.scheme(Action::stat).with([&](SchemeConfig &scheme) {
			scheme.watermarks = one;
		});
	return config;
}

} // namespace

TEST(Watermarks, ActivateBetweenLowAndMid)
{
	Watermarks watermarks(marks);

	EXPECT_TRUE(watermarks.active()) << "until the first look";
	EXPECT_FALSE(active_at(watermarks, 501));
	EXPECT_FALSE(active_at(watermarks, 500));
	EXPECT_FALSE(active_at(watermarks, 400));
	EXPECT_TRUE(active_at(watermarks, 399));
	EXPECT_TRUE(active_at(watermarks, 400)) << "once active, up to the high one";
	EXPECT_TRUE(active_at(watermarks, 500));
	EXPECT_FALSE(active_at(watermarks, 501));
	EXPECT_TRUE(active_at(watermarks, 200));
	EXPECT_FALSE(active_at(watermarks, 199));
	EXPECT_FALSE(active_at(watermarks, 450));
	EXPECT_TRUE(active_at(watermarks, 300));
}

TEST(Watermarks, WithoutMetricAlwaysActive)
{
	Watermarks watermarks{WatermarksConfig()};

	EXPECT_FALSE(watermarks.watched());
	EXPECT_TRUE(active_at(watermarks, 0));
}

TEST(Watermarks, WithoutMemoryThereIsNoneFree)
{
	Watermarks watermarks(marks);

	watermarks.update({.total = 0, .free = 0});
	EXPECT_FALSE(watermarks.active());
	watermarks.update({.total = UINT64_MAX, .free = UINT64_MAX / 10 * 3});
	EXPECT_TRUE(watermarks.active());
}

TEST(Watermarks, StaysAsItWasWithACommit)
{
	Watermarks before(marks);
	Watermarks after(marks);
	Watermarks none{WatermarksConfig()};

	active_at(before, 600);
	after.inherit(before);
	EXPECT_FALSE(active_at(after, 450));
	none.inherit(before);
	EXPECT_TRUE(none.active());
}

// ---- Contexts ----

TEST(Watermarks, AContextSleepsWhileAllAreInactive)
{
	World world;
	FakeMetrics metrics;
	Owned<RunningContext> running = run(config_with({marks}));

	metrics.system.free = 300;
	running.reset();
	running = run(config_with({marks}));
	running->tick(6);
	EXPECT_EQ(running->stats().nr_snapshots, 1u);

	metrics.system.free = 600;
	const uint64_t checked = world.process.calls.checked;
	running->tick(1); // the sample of this tick still counts
	EXPECT_EQ(world.process.calls.checked, checked + 3);
	EXPECT_EQ(world.process.calls.started, world.process.calls.checked)
		<< "nothing stays watched";
	expect_regions(running->context.regions(), 0,
		       {{1, 2, 0, 0, 1}, {3, 4, 3, 4, 0}, {5, 6, 0, 0, 1}});

	const uint64_t passes = world.process.calls.passes;
	const uint64_t asleep_us = time_us();
	running->tick(10); // looks
	EXPECT_EQ(time_us(), asleep_us + 10 * marks.interval_us);
	EXPECT_EQ(world.process.calls.passes, passes);
	expect_regions(running->context.regions(), 0,
		       {{1, 2, 0, 0, 1}, {3, 4, 3, 4, 0}, {5, 6, 0, 0, 1}});

	metrics.system.free = 300;
	running->tick(1); // wakes up, and watches again
	EXPECT_EQ(running->next / 1000, time_us() + sample_us);
	EXPECT_EQ(world.process.calls.started, world.process.calls.checked + 3);
	running->tick(1);
	expect_regions(running->context.regions(), 0,
		       {{1, 2, 0, 0, 2}, {3, 4, 0, 4, 1}, {5, 6, 0, 0, 2}});
	EXPECT_EQ(running->stats().nr_snapshots, 2u) << "time stood still";
	EXPECT_EQ(world.process.calls.violations, 0u);
	EXPECT_EQ(running->context.nr_late_ticks(), 0u);
}

TEST(Watermarks, AContextMayFallAsleepAtTheEndOfAWindow)
{
	register_fake({});
	FakeProcess process(1);
	FakeMetrics metrics;

	metrics.system.free = 300;
	process.map(page_range(0, 1000));
	ConfigBuilder config;
	config.target(1, {page_range(0, 1000)}).scheme(Action::stat);
	config.with([](SchemeConfig &scheme) { scheme.watermarks = marks; });
	Owned<RunningContext> running = run(config);

	running->tick(3);
	metrics.system.free = 0;
	running->tick(1); // splits regions: there are more than were ever watched
	EXPECT_GT(running->context.regions().size(), 3u);
	ASSERT_OK(running->commit(config));
	metrics.system.free = 300;
	running->tick(5);
	running->context.finish();
	EXPECT_EQ(process.calls.violations, 0u);
	EXPECT_EQ(process.calls.started, process.calls.checked);
}

TEST(Watermarks, AContextMayStartAsleep)
{
	World world;
	FakeMetrics metrics;
	Owned<RunningContext> running = run(config_with({marks}));

	EXPECT_EQ(running->next / 1000, time_us() + marks.interval_us);
	EXPECT_EQ(world.process.calls.started, world.process.calls.checked);
	metrics.system.free = 300;
	running->tick(1 + 4);
	EXPECT_EQ(running->stats().nr_snapshots, 1u);
}

TEST(Watermarks, OneActiveSchemeKeepsAContextAwake)
{
	World world;
	FakeMetrics metrics;
	WatermarksConfig lower = marks;

	lower.low = 0;
	Owned<RunningContext> running = run(config_with({marks, lower}));
	metrics.system.free = 100;
	running.reset();
	running = run(config_with({marks, lower}));
	running->tick(8);
	EXPECT_EQ(running->stats(0).nr_snapshots, 0u);
	EXPECT_EQ(running->stats(0).nr_tried, 0u);
	EXPECT_EQ(running->stats(1).nr_snapshots, 2u);
}

TEST(Watermarks, AnInactiveSchemeBeginsNoWindowOfItsQuota)
{
	World world;
	FakeMetrics metrics;
	WatermarksConfig lower = marks;
	constexpr uint64_t limit = 5 * page;

	lower.low = 0;
	metrics.system.free = 100;
	ConfigBuilder config = config_with({lower});
	config.scheme(Action::stat).with([](SchemeConfig &scheme) {
		scheme.watermarks = marks;
		scheme.quota.bytes = limit;
		scheme.quota.reset_interval_ms = 1000;
	});
	Owned<RunningContext> running = run(config);
	auto effective = [&] {
		return running->context.schemes()[1].quota.effective_size();
	};

	running->tick(8);
	EXPECT_EQ(running->stats(0).nr_snapshots, 2u);
	EXPECT_EQ(effective(), 0u);
	metrics.system.free = 300;
	running->tick(8);
	EXPECT_EQ(effective(), limit);
}

TEST(Watermarks, TheShortestIntervalCounts)
{
	World world;
	FakeMetrics metrics;
	WatermarksConfig often = marks;
	WatermarksConfig never = marks;

	often.interval_us = 7000;
	EXPECT_EQ(run(config_with({marks, often}))->next / 1000, time_us() + 7000);
	often.interval_us = 0;
	EXPECT_EQ(run(config_with({marks, often}))->next / 1000, time_us() + sample_us)
		<< "no busy loop";
	never.interval_us = UINT64_MAX;
	EXPECT_GT(run(config_with({never}))->next / 1000, time_us() + 1'000'000);
}

TEST(Watermarks, SchemesWithoutThemCostNothing)
{
	World world;
	FakeMetrics metrics;
	Owned<RunningContext> running = run(config_with({WatermarksConfig()}));

	running->tick(20);
	EXPECT_EQ(metrics.system_reads, 0u);
}

TEST(Watermarks, ACommitMayWakeAContextAndPutItToSleep)
{
	World world;
	FakeMetrics metrics;
	Owned<RunningContext> running = run(config_with({marks}));
	WatermarksConfig high = marks;

	high.high = high.mid = 1001;
	ASSERT_OK(running->commit(config_with({high})));
	running->next = running->context.step();
	EXPECT_EQ(running->next / 1000, time_us() + sample_us);
	EXPECT_EQ(world.process.calls.started, world.process.calls.checked + 3);

	ASSERT_OK(running->commit(config_with({marks})));
	running->next = running->context.step();
	EXPECT_EQ(running->next / 1000, time_us() + marks.interval_us);
	EXPECT_EQ(world.process.calls.started, world.process.calls.checked);

	// Without schemes a context only monitors.
	ASSERT_OK(running->commit(ConfigBuilder().target(1)));
	running->next = running->context.step();
	EXPECT_EQ(running->next / 1000, time_us() + sample_us);
}

TEST(Watermarks, APausedContextDoesNotLookAtThem)
{
	World world;
	FakeMetrics metrics;
	Owned<RunningContext> running = run(config_with({marks}).pause());

	metrics.system.free = 300;
	running->tick(10);
	EXPECT_EQ(world.process.calls.started, world.process.calls.checked);
	EXPECT_EQ(metrics.system_reads, 0u);
	ASSERT_OK(running->commit(config_with({marks})));
	running->next = running->context.step();
	EXPECT_EQ(running->next / 1000, time_us() + sample_us);
}

TEST(Watermarks, WalksAreCanceledWhileAllAreInactive)
{
	World world;
	FakeMetrics metrics;
	Vec<TriedRegions> tried;
	WatermarksConfig fast = marks;

	fast.interval_us = 1000;
	metrics.system.free = 300;
	Result<Owned<Kdamond>> kdamond = Kdamond::start("kdamond.0", config_with({fast}));
	ASSERT_OK(kdamond);
	run_for_us(sample_us);
	ASSERT_OK((*kdamond)->walk(tried));
	metrics.system.free = 600;
	EXPECT_ERROR(ECANCELED, (*kdamond)->walk(tried)) << "asked for while awake";
	EXPECT_ERROR(ECANCELED, (*kdamond)->walk(tried)) << "asked for while asleep";
	metrics.system.free = 300;
	run_for_us(2 * aggr_us);
	ASSERT_OK((*kdamond)->walk(tried));
}

TEST(Watermarks, ASleepingContextEndsWithItsTarget)
{
	World world;
	FakeMetrics metrics;
	Owned<RunningContext> running = run(config_with({marks}));

	EXPECT_TRUE(running->tick(1));
	world.process.alive = world.process.has_memory = false;
	EXPECT_FALSE(running->tick(1));
}
