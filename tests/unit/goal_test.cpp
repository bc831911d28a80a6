// SPDX-License-Identifier: GPL-2.0
#include "schemes/goal.hpp"

#include "core/tuner.hpp"
#include "tests/unit/fake_memcg.hpp"
#include "tests/unit/fake_metrics.hpp"
#include "tests/unit/regions.hpp"

using namespace damon;
using namespace damon::test;

namespace {

GoalConfig goal(GoalMetric metric, uint64_t target_value, int nid = 0)
{
	GoalConfig config;

	config.metric = metric;
	config.target_value = target_value;
	config.nid = nid;
	return config;
}

Vec<Goal> open(GoalConfig &&config)
{
	Vec<GoalConfig> configs;

	must(configs.push(std::move(config)));
	Result<Vec<Goal>> goals = open_goals(configs, OperationsId::paddr);
	must(goals ? Result<>{} : std::unexpected(goals.error()));
	return std::move(*goals);
}

uint64_t value_of(GoalConfig &&config, const Residence &eligible = {})
{
	Vec<Goal> goals = open(std::move(config));

	return measure(goals[0], eligible);
}

uint64_t score_of(std::span<Goal> goals, const Residence &eligible = {})
{
	return goals_score(goals, [&](int) { return eligible; });
}

void expect_error(int error, const char *reason, GoalConfig &&config,
		  OperationsId operations = OperationsId::vaddr)
{
	Vec<GoalConfig> configs;

	must(configs.push(goal(GoalMetric::user_input, 1)));
	must(configs.push(std::move(config)));
	const Result<Vec<Goal>> result = open_goals(configs, operations);
	ASSERT_TRUE(!result);
	EXPECT_EQ(result.error().number, error);
	EXPECT_STREQ(result.error().reason, reason);
	EXPECT_STREQ(result.error().where[0].list, "quotas/goals");
	EXPECT_EQ(result.error().where[0].index, 1u);
}

} // namespace

TEST(Goal, UserInputIsWhatTheUserSays)
{
	GoalConfig config = goal(GoalMetric::user_input, 100);

	config.current_value = 7;
	EXPECT_EQ(value_of(std::move(config)), 7u);
}

TEST(Goal, StallsCountFromTheFirstMeasurement)
{
	FakeMetrics metrics;
	Vec<Goal> goals = open(goal(GoalMetric::some_mem_psi_us, 1000));

	metrics.stall_us = 123'456'789;
	EXPECT_EQ(measure(goals[0], {}), 0u) << "what was before is nobody's";
	metrics.stall_us += 500;
	EXPECT_EQ(measure(goals[0], {}), 500u);
	EXPECT_EQ(measure(goals[0], {}), 0u);
	metrics.stall_us -= 1;
	EXPECT_EQ(measure(goals[0], {}), 0u) << "time does not go back";
}

TEST(Goal, MemoryOfNodes)
{
	FakeMetrics metrics;

	metrics.nodes[1] = {.total = 30000, .free = 10000};
	EXPECT_EQ(value_of(goal(GoalMetric::node_mem_used_bp, 1, 1)), 6666u);
	EXPECT_EQ(value_of(goal(GoalMetric::node_mem_free_bp, 1, 1)), 3333u);
	metrics.nodes[1].free = 30001; // read apart from the total
	EXPECT_EQ(value_of(goal(GoalMetric::node_mem_used_bp, 1, 1)), 0u);
	EXPECT_EQ(value_of(goal(GoalMetric::node_mem_free_bp, 1, 1)), 10000u);
	metrics.nodes[1] = {.total = UINT64_MAX, .free = UINT64_MAX / 2};
	EXPECT_EQ(value_of(goal(GoalMetric::node_mem_used_bp, 1, 1)), 5000u);
}

TEST(Goal, NothingOfANodeWithoutMemoryIsUsed)
{
	FakeMetrics metrics;
	FakeMemcg memcg("/jobs");

	for (int nid : {0, -1, FakeMetrics::nr_nodes, INT32_MIN, INT32_MAX}) {
		GoalConfig used = goal(GoalMetric::node_memcg_used_bp, 1, nid);
		GoalConfig free = goal(GoalMetric::node_memcg_free_bp, 1, nid);

		used.path = *String::of("/jobs");
		free.path = *String::of("/jobs");
		EXPECT_EQ(value_of(goal(GoalMetric::node_mem_used_bp, 1, nid)), 0u);
		EXPECT_EQ(value_of(goal(GoalMetric::node_mem_free_bp, 1, nid)), 10000u);
		EXPECT_EQ(value_of(std::move(used)), 0u);
		EXPECT_EQ(value_of(std::move(free)), 10000u);
	}
}

TEST(Goal, MemoryOfCgroupsOnNodes)
{
	FakeMetrics metrics;
	FakeMemcg memcg("/jobs");
	auto of = [](GoalMetric metric) {
		GoalConfig config = goal(metric, 1, 2);

		config.path = *String::of("/jobs\n");
		return config;
	};

	metrics.nodes[2] = {.total = 40000, .free = 0};
	memcg.bytes_on_node[2] = 10000;
	EXPECT_EQ(value_of(of(GoalMetric::node_memcg_used_bp)), 2500u);
	EXPECT_EQ(value_of(of(GoalMetric::node_memcg_free_bp)), 7500u);
	memcg.bytes_on_node[2] = 40001;
	EXPECT_EQ(value_of(of(GoalMetric::node_memcg_used_bp)), 10000u);
	EXPECT_EQ(value_of(of(GoalMetric::node_memcg_free_bp)), 0u);
	memcg.bytes_on_node[2] = 0; // a dead one
	EXPECT_EQ(value_of(of(GoalMetric::node_memcg_used_bp)), 0u);
	EXPECT_EQ(value_of(of(GoalMetric::node_memcg_free_bp)), 10000u);
	EXPECT_EQ(memcg.users, 0);
}

TEST(Goal, ActiveMemory)
{
	FakeMetrics metrics;

	EXPECT_EQ(value_of(goal(GoalMetric::active_mem_bp, 1)), 0u) << "no LRU memory at all";
	EXPECT_EQ(value_of(goal(GoalMetric::inactive_mem_bp, 1)), 0u);
	metrics.lru = {.active = 100, .inactive = 300};
	EXPECT_EQ(value_of(goal(GoalMetric::active_mem_bp, 1)), 2500u);
	EXPECT_EQ(value_of(goal(GoalMetric::inactive_mem_bp, 1)), 7500u);
}

TEST(Goal, EligibleMemory)
{
	EXPECT_EQ(value_of(goal(GoalMetric::node_eligible_mem_bp, 1), {.on_node = 1, .total = 3}),
		  3333u);
	EXPECT_EQ(value_of(goal(GoalMetric::node_eligible_mem_bp, 1), {}), 0u);
	EXPECT_EQ(value_of(goal(GoalMetric::node_eligible_mem_bp, 1), {.on_node = 4, .total = 3}),
		  10000u);
}

TEST(Goal, EligibleMemoryIsOnlyLookedForWhenAskedFor)
{
	Vec<Goal> goals = open(goal(GoalMetric::user_input, 100));
	Vec<Goal> eligible = open(goal(GoalMetric::node_eligible_mem_bp, 5000, 3));
	int asked = -1;
	auto look = [&](int nid) {
		asked = nid;
		return Residence{.on_node = 1, .total = 4};
	};

	goals_score(std::span<Goal>(goals), look);
	EXPECT_EQ(asked, -1);
	EXPECT_EQ(goals_score(std::span<Goal>(eligible), look), 5000u);
	EXPECT_EQ(asked, 3);
}

TEST(Goal, TheBestMetCounts)
{
	Vec<GoalConfig> configs;

	must(configs.push(goal(GoalMetric::user_input, 100)));
	must(configs.push(goal(GoalMetric::user_input, 100)));
	configs[0].current_value = 30;
	configs[1].current_value = 90;
	Result<Vec<Goal>> goals = open_goals(configs, OperationsId::vaddr);
	ASSERT_OK(goals);
	EXPECT_EQ(score_of(*goals), 9000u);
	EXPECT_EQ(score_of({}), 0u);
}

TEST(Goal, ScoresStopAtTheTop)
{
	GoalConfig config = goal(GoalMetric::user_input, 1);

	config.current_value = UINT64_MAX;
	Vec<Goal> goals = open(std::move(config));
	EXPECT_EQ(score_of(goals), UINT64_MAX);
	goals[0].config.target_value = UINT64_MAX;
	EXPECT_EQ(score_of(goals), 10000u);
}

TEST(Goal, WithoutTargetValueIsNone)
{
	Vec<GoalConfig> configs;
	GoalConfig broken = goal(GoalMetric::node_memcg_used_bp, 0);

	must(configs.push(goal(GoalMetric::user_input, 0)));
	must(configs.push(std::move(broken))); // not even its cgroup is asked for
	must(configs.push(goal(GoalMetric::user_input, 5)));
	const Result<Vec<Goal>> goals = open_goals(configs, OperationsId::vaddr);
	ASSERT_OK(goals);
	ASSERT_EQ(goals->size(), 1u);
	EXPECT_EQ((*goals)[0].config.target_value, 5u);
}

TEST(Goal, WhatCannotBeMeasuredIsRefused)
{
	FakeMetrics metrics;

	EXPECT_EQ(value_of(goal(GoalMetric::some_mem_psi_us, 1)), 0u);
	metrics.has_stalls = false;
	expect_error(EOPNOTSUPP, "target_metric: this kernel does not tell of memory stalls (PSI)",
		     goal(GoalMetric::some_mem_psi_us, 1));
	expect_error(EINVAL, "path: no such memory cgroup",
		     goal(GoalMetric::node_memcg_used_bp, 1));
	expect_error(EINVAL, "target_metric: node_eligible_mem_bp is for paddr only",
		     goal(GoalMetric::node_eligible_mem_bp, 1));
	expect_error(EINVAL, "target_metric: node_eligible_mem_bp is for paddr only",
		     goal(GoalMetric::node_eligible_mem_bp, 1), OperationsId::fvaddr);
}

TEST(Goal, MeasurementsAreInherited)
{
	FakeMetrics metrics;
	Vec<Goal> before = open(goal(GoalMetric::some_mem_psi_us, 1000));
	Vec<Goal> after = open(goal(GoalMetric::some_mem_psi_us, 7));
	Vec<Goal> other = open(goal(GoalMetric::user_input, 7));

	metrics.stall_us = 1000;
	(void)measure(before[0], {});
	inherit_measurements(after, before);
	inherit_measurements(other, before);
	inherit_measurements({}, before);
	metrics.stall_us = 1400;
	EXPECT_EQ(measure(after[0], {}), 400u);
	EXPECT_FALSE(other[0].has_last_stall);
}

// What tunes towards a goal, which intervals share.
TEST(Goal, FeedbackIsProportional)
{
	EXPECT_EQ(feedback(10000, 10000), 10000u);
	EXPECT_EQ(feedback(50000, 10000), 50000u);
	EXPECT_EQ(feedback(50000, 0), 100000u);
	EXPECT_EQ(feedback(50000, 5000), 75000u);
	EXPECT_EQ(feedback(50000, 15000), 25000u);
	EXPECT_EQ(feedback(50000, 19999), 10000u);
	EXPECT_EQ(feedback(50000, 20000), 10000u);
	EXPECT_EQ(feedback(50000, UINT64_MAX), 10000u);
	EXPECT_EQ(feedback(UINT64_MAX, 0), UINT64_MAX);
}
