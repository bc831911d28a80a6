// SPDX-License-Identifier: GPL-2.0
// Rules of monitoring that are easily got wrong: extreme attributes, contexts beside each other.
#include "core/tuner.hpp"
#include "tests/unit/context_tools.hpp"

using namespace damon;
using namespace damon::test;

// ---- Extreme attributes ----

TEST(Extremes, ManyAggregationsUntilTuningDoNotWrap)
{
	Attributes attributes; // 20 samples
	Clock clock;

	clock.restart(attributes);
	for (int i = 0; i < 20; i++)
		clock.tick();
	EXPECT_TRUE(clock.tuning_due(1));
	EXPECT_FALSE(clock.tuning_due(2));
	EXPECT_FALSE(clock.tuning_due(uint64_t{1} << 62)); // times 20, in 64 bit: 0
	EXPECT_FALSE(clock.tuning_due(UINT64_MAX));
}

TEST(Extremes, TuningNeverStopsTheClock)
{
	Attributes attributes;

	attributes.goal = {.access_bp = 1, .aggrs = 1, .min_sample_us = 0, .max_sample_us = 100};
	attributes.sample_us = 1;
	attributes.aggr_us = 20;
	const Attributes next = tuned(attributes, 20000); // half of it, rounded down, would be 0

	EXPECT_EQ(next.sample_us, 1u);
	EXPECT_EQ(next.aggr_us, 20u);
	EXPECT_EQ(next.samples_per_aggregation(), 20u);

	attributes.sample_us = attributes.goal.max_sample_us = 0; // counts as 1
	EXPECT_EQ(tuned(attributes, 0).samples_per_aggregation(), 20u);
}

TEST(Extremes, AnyMinimumNumberOfRegionsIsKeptFromTheStart)
{
	register_fake({});
	FakeProcess process(1);

	process.map(page_range(0, 100000));
	ConfigBuilder config;

	config.regions(10000, 20000).target(1, {page_range(0, 100000)});
	Owned<RunningContext> running = run(config);
	for (int i = 0; i < 12; i++) {
		EXPECT_GE(running->context.regions().size(), 10000u);
		EXPECT_LE(running->context.regions().size(), 20000u);
		running->tick();
	}
	ASSERT_OK(running->commit(ConfigBuilder().regions(15000, 20000).target(1)));
	EXPECT_GE(running->context.regions().size(), 15000u);
}

// More than there is memory for, be it of this machine or of the monitored process.
TEST(Extremes, AnAbsurdMinimumNumberOfRegionsIsHarmless)
{
	register_fake({});
	FakeProcess process(1);

	process.map(page_range(0, 100));
	Owned<RunningContext> running =
		run(ConfigBuilder()
			    .regions(UINT64_MAX, UINT64_MAX)
			    .target(1, {page_range(0, 100), page_range(1000, uint64_t{1} << 51)}));
	EXPECT_TRUE(running->tick(5));
	EXPECT_GE(running->context.regions().size(), 100u);
	EXPECT_TRUE(running->context.regions().valid(page));
}

TEST(Extremes, AnUpdateIntervalOfZeroCostsNothingWhereNothingIsFound)
{
	register_fake({.finds_ranges = false});
	FakeProcess process(1);

	process.map(page_range(1, 2));
	Owned<RunningContext> running =
		run(ConfigBuilder().intervals(sample_us, aggr_us, 0).target(1, {page_range(1, 2)}));
	const uint64_t before = process.calls.passes;

	running->tick(3);
	EXPECT_EQ(process.calls.passes - before, 3u) << "one pass checks and prepares";
}

TEST(Extremes, AnUpdateIntervalOfZeroUpdatesAtEachStep)
{
	register_fake({.finds_ranges = true});
	FakeProcess process(1);

	process.map(page_range(1, 2));
	Owned<RunningContext> running =
		run(ConfigBuilder().intervals(sample_us, aggr_us, 0).target(1));
	running->tick(5);
	EXPECT_EQ(process.calls.finds, 6u);
}

// ---- Contexts beside each other ----

namespace {

// How many regions a lone region became at each of its first aggregations.
struct Growth {
	std::size_t nr_regions[3] = {};
};

} // namespace

// Mainline remembers the last number of regions, which decides between two parts and three, and
// whose turn it is above half of the maximum, for all contexts together.
TEST(Contexts, DoNotInfluenceEachOther)
{
	register_fake({});
	FakeProcess process(1);
	Growth growth[3];

	process.map(page_range(0, 900)); // too small for scouts
	for (Growth &one : growth) {
		// Each starts where the one before had just been.
		Owned<RunningContext> running =
			run(ConfigBuilder().regions(3, 100).target(1, {page_range(0, 900)}));

		for (std::size_t &n : one.nr_regions) {
			running->tick(4);
			n = running->context.regions().size();
		}
	}
	for (const Growth &one : growth) {
		EXPECT_EQ(one.nr_regions[0], 6u);
		EXPECT_EQ(one.nr_regions[1], 9u);
	}
}

TEST(Contexts, HaveTheirOwnTime)
{
	register_fake({});
	FakeProcess process(1);

	process.map(page_range(1, 2));
	process.log.set_hot(page_range(1, 2));
	Owned<RunningContext> one = run(ConfigBuilder().target(1, {page_range(1, 2)}));
	Owned<RunningContext> two = run(ConfigBuilder().target(1, {page_range(1, 2)}));

	one->tick(4);
	EXPECT_EQ(one->context.regions().all()[0].last_nr_accesses, 4u);
	EXPECT_EQ(two->context.regions().all()[0].last_nr_accesses, 0u);
	two->tick(3);
	ASSERT_OK(one->commit(ConfigBuilder().target(1).pause()));
	one->tick(10);
	two->tick(1);
	EXPECT_EQ(two->context.regions().all()[0].last_nr_accesses, 4u);
}
