// SPDX-License-Identifier: GPL-2.0
// Pacer, Clock and the moving sum.
#include "core/clock.hpp"
#include "core/moving_sum.hpp"
#include "core/pacer.hpp"
#include "tests/unit/regions.hpp"

using namespace damon;
using namespace damon::test;

namespace {

constexpr uint64_t us = 1000;

Attributes intervals(uint64_t sample_us, uint64_t aggr_us, uint64_t update_us)
{
	Attributes attributes;

	attributes.sample_us = sample_us;
	attributes.aggr_us = aggr_us;
	attributes.update_us = update_us;
	return attributes;
}

void tick(Clock &clock, unsigned int times)
{
	for (unsigned int i = 0; i < times; i++)
		clock.tick();
}

} // namespace

// ---- Pacer ----

TEST(Pacer, WaitsAnInterval)
{
	Pacer pacer;

	pacer.start(1000 * us, 5);
	EXPECT_EQ(pacer.deadline(), 1005 * us);
	EXPECT_FALSE(pacer.due(1005 * us - 1));
	EXPECT_TRUE(pacer.due(1005 * us));
}

TEST(Pacer, WorkDoesNotStretchTheInterval)
{
	Pacer pacer;

	pacer.start(0, 5);
	for (uint64_t i = 1; i <= 1000; i++) {
		EXPECT_EQ(pacer.deadline(), i * 5 * us);
		pacer.advance(i * 5 * us + 4 * us); // woke up late, worked long
	}
	EXPECT_EQ(pacer.nr_late(), 0u);
}

TEST(Pacer, AStallIsCountedAndCausesNoBurst)
{
	Pacer pacer;

	pacer.start(0, 5);
	pacer.advance(1000 * us);
	EXPECT_EQ(pacer.nr_late(), 1u);
	EXPECT_EQ(pacer.deadline(), 1005 * us);
	pacer.advance(1005 * us);
	EXPECT_EQ(pacer.nr_late(), 1u);
	EXPECT_EQ(pacer.deadline(), 1010 * us);
}

TEST(Pacer, AWholeIntervalIsLate)
{
	Pacer pacer;

	pacer.start(0, 5);
	pacer.advance(10 * us - 1);
	EXPECT_EQ(pacer.nr_late(), 0u);
	EXPECT_EQ(pacer.deadline(), 10 * us);
	pacer.advance(15 * us);
	EXPECT_EQ(pacer.nr_late(), 1u);
	EXPECT_EQ(pacer.deadline(), 20 * us);
}

TEST(Pacer, ZeroIsNotABusyLoop)
{
	Pacer pacer;

	pacer.start(7 * us, 0);
	EXPECT_GT(pacer.deadline(), 7 * us);
}

TEST(Pacer, TheLongestIntervalDoesNotWrap)
{
	Pacer pacer;
	constexpr uint64_t now = 1ull << 60; // 36 years of uptime

	pacer.start(now, UINT64_MAX);
	EXPECT_GT(pacer.deadline(), now);
	EXPECT_FALSE(pacer.due(now + 1));
}

// ---- Clock ----

TEST(Clock, CountsSamples)
{
	Clock clock;

	clock.restart(intervals(5000, 100000, 200000));
	EXPECT_EQ(clock.samples_per_aggregation(), 20u);
	EXPECT_EQ(clock.samples(12345), 2u);
	tick(clock, 19);
	EXPECT_FALSE(clock.aggregation_due());
	tick(clock, 1);
	EXPECT_TRUE(clock.aggregation_due());
	EXPECT_FALSE(clock.update_due());
	clock.next_aggregation();
	EXPECT_FALSE(clock.aggregation_due());
	tick(clock, 20);
	EXPECT_TRUE(clock.aggregation_due());
	EXPECT_TRUE(clock.update_due());
}

TEST(Clock, RestartsFromNow)
{
	Clock clock;

	clock.restart(intervals(5000, 100000, 100000));
	tick(clock, 15);
	clock.restart(intervals(5000, 50000, 100000));
	tick(clock, 9);
	EXPECT_FALSE(clock.aggregation_due());
	tick(clock, 1);
	EXPECT_TRUE(clock.aggregation_due());
	EXPECT_FALSE(clock.update_due());
}

TEST(Clock, ZeroIntervalsCountAsOne)
{
	Clock clock;

	clock.restart(intervals(0, 10, 20));
	EXPECT_EQ(clock.samples_per_aggregation(), 10u);
	EXPECT_EQ(clock.samples(20), 20u);
	clock.restart(intervals(0, 0, 0));
	EXPECT_TRUE(clock.aggregation_due());
	EXPECT_TRUE(clock.update_due());
	Region r = region({0, 1, 3, 5});
	EXPECT_GE(clock.window().moving_sum(r), 3u); // and no division by zero
}

TEST(Clock, FarMomentsDoNotWrap)
{
	Clock clock;

	clock.restart(intervals(1, UINT64_MAX, UINT64_MAX));
	tick(clock, 10);
	clock.next_aggregation();
	clock.next_update();
	EXPECT_FALSE(clock.aggregation_due());
	EXPECT_FALSE(clock.update_due());
	EXPECT_EQ(clock.after(UINT64_MAX), UINT64_MAX);
}

TEST(Clock, UpdatesStayWhereTheyWereWhenSamplesTakeLonger)
{
	Clock clock;

	clock.restart(intervals(5000, 20000, 100000));
	tick(clock, 8); // 60 ms are left
	clock.retune(intervals(10000, 40000, 100000));
	EXPECT_TRUE(clock.at_window_start());
	tick(clock, 5);
	EXPECT_FALSE(clock.update_due());
	tick(clock, 1);
	EXPECT_TRUE(clock.update_due());
	clock.retune(intervals(20000, 80000, 100000));
	EXPECT_TRUE(clock.update_due());
}

TEST(Clock, RetimedMomentsAreNeverLaterAndMayBeNever)
{
	Clock clock;

	clock.restart(intervals(5000, 20000, 100000));
	tick(clock, 3);
	EXPECT_EQ(clock.retimed(2, 1000), 2U);
	EXPECT_EQ(clock.retimed(3, 1000), 3U);
	EXPECT_EQ(clock.retimed(13, 1000), 5U);
	EXPECT_EQ(clock.retimed(13, 7400), 17U); // 74 ms
	EXPECT_EQ(clock.retimed(UINT64_MAX, 1000), UINT64_MAX);
}

TEST(Clock, KnowsWhereTheWindowStarts)
{
	Clock clock;

	clock.restart(intervals(5000, 20000, 60000000));
	EXPECT_TRUE(clock.at_window_start());
	tick(clock, 1);
	EXPECT_FALSE(clock.at_window_start());
	tick(clock, 3);
	clock.next_aggregation();
	EXPECT_TRUE(clock.at_window_start());
}

// ---- Moving sum ----

TEST(MovingSum, IsTheLastWindowAtTheStart)
{
	EXPECT_EQ(WindowPosition(20, 20).moving_sum(region({0, 1, 0, 7})), 7u);
	// Nothing of the new window counts yet.
	EXPECT_EQ(WindowPosition(20, 20).moving_sum(region({0, 1, 3, 7})), 7u);
}

TEST(MovingSum, IsThisWindowAtTheEnd)
{
	EXPECT_EQ(WindowPosition(0, 20).moving_sum(region({0, 1, 9, 7})), 9u);
}

TEST(MovingSum, MixesBothBetween)
{
	EXPECT_EQ(WindowPosition(10, 20).moving_sum(region({0, 1, 3, 8})), 7u);
	EXPECT_EQ(WindowPosition(5, 20).moving_sum(region({0, 1, 3, 8})), 5u);
	EXPECT_EQ(WindowPosition(1, 3).moving_sum(region({0, 1, 1, 3})),
		  1u); // 1 + 3 * 3333 / 10000
}

TEST(MovingSum, AnyNumbersAreFine)
{
	EXPECT_EQ(WindowPosition(0, 0).moving_sum(region({0, 1, 4, 9})), 9u);
	EXPECT_EQ(WindowPosition(UINT64_MAX, 20).moving_sum(region({0, 1, 4, 9})), 9u);
	EXPECT_EQ(WindowPosition(1, 2).moving_sum(region({0, 1, UINT32_MAX, UINT32_MAX})),
		  UINT32_MAX);
}
