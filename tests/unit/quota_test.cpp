// SPDX-License-Identifier: GPL-2.0
#include "schemes/quota.hpp"

#include "core/random.hpp"
#include "tests/unit/fake_metrics.hpp"
#include "tests/unit/regions.hpp"

using namespace damon;
using namespace damon::test;

namespace {

constexpr uint64_t second = 1'000'000'000;
constexpr uint64_t ms = 1'000'000;

Quota open(const QuotaConfig &config)
{
	Result<Quota> quota = Quota::open(config, OperationsId::vaddr);

	must(quota ? Result<>{} : std::unexpected(quota.error()));
	return std::move(*quota);
}

Quota::Beginning begin(Quota &quota, uint64_t now)
{
	return quota.begin_round(now, page, [](int) { return Residence{}; });
}

// Of so much each second.
QuotaConfig per_second(uint64_t bytes)
{
	QuotaConfig config;

	config.bytes = bytes;
	config.reset_interval_ms = 1000;
	return config;
}

QuotaConfig with_goal(QuotaConfig config, uint64_t target_value, uint64_t current_value)
{
	GoalConfig goal;

	goal.target_value = target_value;
	goal.current_value = current_value;
	must(config.goals.push(std::move(goal)));
	return config;
}

Vec<Goal> goals_of(uint64_t target_value, uint64_t current_value)
{
	Result<Vec<Goal>> goals =
		open_goals(with_goal({}, target_value, current_value).goals, OperationsId::vaddr);

	must(goals ? Result<>{} : std::unexpected(goals.error()));
	return std::move(*goals);
}

} // namespace

TEST(Quota, WithoutOneEverythingPasses)
{
	Quota quota = open({});

	EXPECT_FALSE(quota.exists());
	EXPECT_FALSE(begin(quota, second).resized);
	quota.charge(UINT64_MAX, 0, 0);
	EXPECT_FALSE(quota.full());
	EXPECT_EQ(quota.allowance(123), 123u);
	EXPECT_EQ(quota.effective_size(), 0u);
	EXPECT_EQ(quota.slice(page_range(1, 9), true).end, 9 * page);
	EXPECT_FALSE(begin(quota, 2 * second).exceeded);
}

TEST(Quota, ChargesUntilItIsFull)
{
	Quota quota = open(per_second(10 * page));

	EXPECT_TRUE(quota.full()) << "before it began";
	EXPECT_TRUE(begin(quota, 5 * second).resized);
	EXPECT_EQ(quota.effective_size(), 10 * page);
	EXPECT_EQ(quota.allowance(20 * page), 10 * page);
	quota.charge(4 * page, 0, 0);
	EXPECT_FALSE(quota.full());
	EXPECT_EQ(quota.allowance(20 * page), 6 * page);
	EXPECT_EQ(quota.allowance(5 * page), 5 * page);
	quota.charge(6 * page, 6 * page, 0);
	EXPECT_TRUE(quota.full());
}

TEST(Quota, LessThanAMinimumRegionIsNothing)
{
	Quota quota = open(per_second(10 * page + page - 1));

	begin(quota, 0);
	EXPECT_EQ(quota.allowance(20 * page), 10 * page);
	quota.charge(10 * page, 0, 0);
	EXPECT_TRUE(quota.full());

	Quota tiny = open(per_second(page - 1));
	begin(tiny, 0);
	EXPECT_TRUE(tiny.full());
}

TEST(Quota, BeginsAnewWithEachWindow)
{
	Quota quota = open(per_second(10 * page));

	begin(quota, 0);
	quota.charge(10 * page, 0, 0);
	EXPECT_FALSE(begin(quota, second - 1).exceeded);
	EXPECT_TRUE(quota.full());
	const Quota::Beginning next = begin(quota, second);
	EXPECT_TRUE(next.exceeded);
	EXPECT_FALSE(next.resized);
	EXPECT_FALSE(quota.full());
	quota.charge(9 * page, 0, 0);
	EXPECT_FALSE(begin(quota, 2 * second).exceeded) << "it was not used up";
}

TEST(Quota, WindowsKeepToTheirGrid)
{
	Quota quota = open(per_second(page));

	begin(quota, 0);
	quota.charge(page, 0, 0);
	EXPECT_TRUE(begin(quota, second + 100 * ms).exceeded); // a late round
	quota.charge(page, 0, 0);
	EXPECT_TRUE(begin(quota, 2 * second).exceeded);
	quota.charge(page, 0, 0);
	EXPECT_TRUE(begin(quota, 7 * second + 900 * ms).exceeded); // a very late one
	quota.charge(page, 0, 0);
	EXPECT_FALSE(begin(quota, 7 * second + 950 * ms).exceeded) << "no windows for nothing";
	EXPECT_TRUE(begin(quota, 8 * second).exceeded);
}

TEST(Quota, WithoutIntervalEachRoundIsAWindow)
{
	Quota quota = open({.bytes = page, .goals = {}});

	for (int i = 0; i < 5; i++) {
		EXPECT_EQ(begin(quota, 77).exceeded, i > 0);
		EXPECT_FALSE(quota.full());
		quota.charge(page, 0, 0);
	}
}

TEST(Quota, WhatFailsMayBeChargedLess)
{
	QuotaConfig config = per_second(100 * page);

	config.fail_charge_num = 1;
	config.fail_charge_denom = 4;
	Quota quota = open(config);
	begin(quota, 0);
	quota.charge(40 * page, 20 * page, 0); // 20 + 20 / 4
	EXPECT_EQ(quota.allowance(1000 * page), 75 * page);
	quota.charge(10 * page, 13 * page, 0); // a large folio stuck out
	EXPECT_EQ(quota.allowance(1000 * page), 65 * page);

	config.fail_charge_num = 0;
	Quota nothing = open(config);
	begin(nothing, 0);
	nothing.charge(40 * page, 3 * page, 0);
	EXPECT_EQ(nothing.allowance(1000 * page), 97 * page);

	config.fail_charge_denom = 0; // all of it
	Quota all = open(config);
	begin(all, 0);
	all.charge(40 * page, 3 * page, 0);
	EXPECT_EQ(all.allowance(1000 * page), 60 * page);
}

TEST(Quota, WhatFailsMayBeChargedMore)
{
	QuotaConfig config = per_second(100 * page);

	config.fail_charge_num = 4;
	config.fail_charge_denom = 1;
	Quota quota = open(config);
	begin(quota, 0);
	EXPECT_EQ(quota.allowance(1000 * page), 25 * page) << "all of it may fail";
	quota.charge(25 * page, 0, 0);
	EXPECT_TRUE(quota.full());

	config.fail_charge_num = UINT32_MAX;
	Quota huge = open(config);
	begin(huge, 0);
	EXPECT_EQ(huge.allowance(1000 * page), page);
	huge.charge(page, 0, 0);
	EXPECT_TRUE(huge.full());
}

TEST(Quota, SumsStopAtTheTop)
{
	Quota quota = open(per_second(UINT64_MAX));

	begin(quota, 0);
	EXPECT_EQ(quota.effective_size(), UINT64_MAX);
	quota.charge(UINT64_MAX - 10, 0, 0);
	quota.charge(UINT64_MAX - 10, 0, 0);
	EXPECT_TRUE(quota.full());

	QuotaConfig config = per_second(UINT64_MAX);
	config.ms = UINT64_MAX;
	config.reset_interval_ms = UINT64_MAX;
	Quota longest = open(config);
	begin(longest, UINT64_MAX - 5);
	EXPECT_FALSE(longest.full());
	EXPECT_EQ(longest.effective_size(), UINT64_MAX);
	begin(longest, UINT64_MAX);
}

// ---- Time ----

TEST(Quota, TimeBecomesSize)
{
	QuotaConfig config = per_second(0);

	config.ms = 10;
	Quota quota = open(config);
	begin(quota, 0);
	EXPECT_EQ(quota.effective_size(), 10 * 1024 * page) << "before anything is known";
	quota.charge(1000 * page, 0, 5 * ms);
	begin(quota, second);
	EXPECT_EQ(quota.effective_size(), 2000 * page);

	config.bytes = 7 * page; // the smaller one wins
	Quota both = open(config);
	begin(both, 0);
	EXPECT_EQ(both.effective_size(), 7 * page);
}

TEST(Quota, SomeTimeIsAtLeastAMinimumRegion)
{
	QuotaConfig config = per_second(0);

	config.ms = 1;
	Quota quota = open(config);
	begin(quota, 0);
	quota.charge(page, 0, second);
	begin(quota, 2000 * second);
	EXPECT_EQ(quota.effective_size(), page);
	EXPECT_FALSE(quota.full());
}

TEST(Quota, IsFullWhenTheTimeIsSpent)
{
	QuotaConfig config = per_second(0);

	config.ms = 10;
	Quota quota = open(config);
	begin(quota, 0);
	quota.charge(page, page, 10 * ms - 1);
	EXPECT_FALSE(quota.full());
	quota.charge(page, page, 1);
	EXPECT_TRUE(quota.full());
	EXPECT_TRUE(begin(quota, second).exceeded);
	EXPECT_FALSE(quota.full());
}

// ---- Goals ----

TEST(Quota, WhatFailsTakesItsTimeThoughItIsChargedLess)
{
	QuotaConfig config = per_second(0);

	config.ms = 10;
	config.fail_charge_num = 1;
	config.fail_charge_denom = 2;
	Quota quota = open(config);

	begin(quota, 0);
	quota.charge(1000 * page, 0, 10 * ms);
	begin(quota, second);
	EXPECT_EQ(quota.effective_size(), 500 * page);
	EXPECT_EQ(quota.slice(page_range(0, 10'000), false).end, 250 * page);
}

TEST(Quota, ConsistentTuningStartsSmallAndDoubles)
{
	Quota quota = open(with_goal({.tuner = GoalTuner::consist, .goals = {}}, 100, 0));
	uint64_t expected = 1;

	EXPECT_TRUE(quota.exists());
	for (int window = 1; window <= 20; window++) {
		expected *= 2;
		EXPECT_TRUE(begin(quota, 0).resized);
		EXPECT_EQ(quota.effective_size(), expected);
		EXPECT_EQ(quota.full(), window < 12) << window;
	}
}

TEST(Quota, ConsistentTuningSettlesAtTheGoal)
{
	Quota quota = open(with_goal({.tuner = GoalTuner::consist, .goals = {}}, 100, 0));
	Vec<Goal> met = goals_of(100, 100);
	Vec<Goal> half = goals_of(100, 150);
	Vec<Goal> far = goals_of(100, 1000);

	for (int window = 0; window < 20; window++)
		begin(quota, 0);
	EXPECT_EQ(quota.effective_size(), 1u << 20);
	quota.replace_goals(met);
	EXPECT_FALSE(begin(quota, 0).resized);
	EXPECT_EQ(quota.effective_size(), 1u << 20);
	quota.replace_goals(half);
	begin(quota, 0);
	EXPECT_EQ(quota.effective_size(), 1u << 19);
	quota.replace_goals(far);
	begin(quota, 0);
	EXPECT_EQ(quota.effective_size(), 1u);
}

TEST(Quota, TemporalTuningIsAllOrNothing)
{
	Quota unlimited = open(with_goal({.tuner = GoalTuner::temporal, .goals = {}}, 100, 99));
	Quota limited = open(
		with_goal({.bytes = 5 * page, .tuner = GoalTuner::temporal, .goals = {}}, 100, 99));
	Vec<Goal> met = goals_of(100, 100);

	begin(unlimited, 0);
	EXPECT_EQ(unlimited.effective_size(), UINT64_MAX);
	begin(limited, 0);
	EXPECT_EQ(limited.effective_size(), 5 * page);
	limited.replace_goals(met);
	begin(limited, 0);
	EXPECT_EQ(limited.effective_size(), 0u);
	EXPECT_TRUE(limited.full());
	EXPECT_TRUE(begin(limited, 0).exceeded);
}

TEST(Quota, TheTightestOfAllLimitsCounts)
{
	QuotaConfig config =
		with_goal({.bytes = 3 * page, .tuner = GoalTuner::temporal, .goals = {}}, 100, 0);

	config.ms = 1;
	Quota quota = open(config);
	begin(quota, 0);
	EXPECT_EQ(quota.effective_size(), 3 * page);

	config.bytes = 0;
	Quota timed = open(config);
	begin(timed, 0);
	EXPECT_EQ(timed.effective_size(), 1024 * page);

	config.tuner = GoalTuner::consist;
	Quota tuned = open(config);
	begin(tuned, 0);
	EXPECT_EQ(tuned.effective_size(), page) << "a time quota is never nothing";
}

TEST(Quota, GoalsWithoutTargetValueAreNoQuota)
{
	Quota quota = open(with_goal({}, 0, 5));

	EXPECT_FALSE(quota.exists());
	begin(quota, 0);
	EXPECT_FALSE(quota.full());
}

// ---- Commit ----

TEST(Quota, GoesOnWhereTheOneBeforeWas)
{
	Quota before = open(per_second(10 * page));
	Quota after = open(per_second(20 * page));

	begin(before, 0);
	before.charge(6 * page, 0, 0);
	after.inherit(before);
	EXPECT_EQ(after.effective_size(), 10 * page) << "until the window ends";
	EXPECT_EQ(after.allowance(20 * page), 4 * page);
	EXPECT_FALSE(begin(after, second - 1).resized);
	EXPECT_TRUE(begin(after, second).resized);
	EXPECT_EQ(after.effective_size(), 20 * page);
}

TEST(Quota, TunedSizesAreKept)
{
	FakeMetrics metrics;
	Quota before = open(with_goal({}, 100, 0));
	Quota after = open(with_goal({}, 100, 100));

	for (int window = 0; window < 16; window++)
		begin(before, 0);
	after.inherit(before);
	begin(after, 0);
	EXPECT_EQ(after.effective_size(), 1u << 16);
}

TEST(Quota, TheSameSizeAfterACommitIsNotNew)
{
	Quota before = open(per_second(10 * page));
	Quota after = open(per_second(10 * page));

	EXPECT_TRUE(begin(before, 0).resized);
	after.inherit(before);
	EXPECT_FALSE(begin(after, second).resized);
}

TEST(Quota, ANewOneBeginsAtOnce)
{
	Quota none = open({});
	Quota after = open(per_second(20 * page));
	Quota by_goal = open({});
	Vec<Goal> goals = goals_of(100, 0);

	begin(none, 0);
	after.inherit(none);
	EXPECT_TRUE(begin(after, 5).resized);
	EXPECT_EQ(after.effective_size(), 20 * page);

	begin(by_goal, 0);
	by_goal.replace_goals(goals);
	EXPECT_TRUE(begin(by_goal, 5).resized);
	EXPECT_EQ(by_goal.effective_size(), 2u);
}

TEST(Quota, OneThatWasGoneBeginsAnew)
{
	Quota before = open(per_second(10 * page));
	Quota none = open({});
	Quota after = open(per_second(20 * page));
	Quota by_goal = open(with_goal({.reset_interval_ms = 1000, .goals = {}}, 100, 0));
	Vec<Goal> no_goals, goals = goals_of(100, 0);

	begin(before, 0);
	before.charge(10 * page, 0, 0);
	none.inherit(before);
	after.inherit(none);
	EXPECT_TRUE(begin(after, second / 2).resized);
	EXPECT_EQ(after.effective_size(), 20 * page);
	EXPECT_FALSE(after.full());

	begin(by_goal, 0);
	by_goal.replace_goals(no_goals);
	by_goal.replace_goals(goals);
	EXPECT_TRUE(begin(by_goal, second / 2).resized);
}

TEST(Quota, ATimeQuotaMayComeWithACommit)
{
	Quota before = open(per_second(1000 * page));
	QuotaConfig config = per_second(1000 * page);

	begin(before, 0);
	before.charge(100 * page, 0, 0);
	config.ms = 10;
	Quota after = open(config);
	after.inherit(before);
	EXPECT_FALSE(after.full());
	after.charge(100 * page, 0, 10 * ms);
	EXPECT_TRUE(after.full());
	begin(after, second);
	EXPECT_EQ(after.effective_size(), 100 * page) << "what took no time tells no speed";
}

// A quota is never exceeded, whatever fails.
TEST(Quota, IsNeverExceeded)
{
	Random random(0x90a7a);

	for (int round = 0; round < 1000; round++) {
		QuotaConfig config;

		config.bytes = random.next() >> (20 + random.below(40));
		config.ms = random.below(2) ? 0 : 1 + random.below(1000);
		config.fail_charge_denom = static_cast<uint32_t>(random.below(5));
		config.fail_charge_num = static_cast<uint32_t>(random.below(8));
		Quota quota = open(config);
		for (uint64_t window = 0; window < 5; window++) {
			uint64_t charged = 0;

			begin(quota, window * second);
			while (quota.exists() && !quota.full()) {
				const uint64_t size =
					(1 + random.below(1 << random.below(30))) * page;
				const uint64_t part = quota.allowance(size);
				const uint64_t applied =
					random.below(2) ? random.below(part + 1) : 0;
				const uint64_t failed = part - applied;

				ASSERT_GT(part, 0u);
				ASSERT_LE(part, size);
				ASSERT_TRUE(part == size || part % page == 0);
				charged += config.fail_charge_denom
						   ? applied + failed * config.fail_charge_num /
								       config.fail_charge_denom
						   : part;
				quota.charge(part, applied, random.below(ms));
			}
			if (quota.exists() &&
			    config.fail_charge_num <= std::max(config.fail_charge_denom, 1u)) {
				EXPECT_LE(charged, quota.effective_size()) << "round " << round;
			}
		}
	}
}
