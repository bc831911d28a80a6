// SPDX-License-Identifier: GPL-2.0
// Every field of the C structures arrives where it belongs.
#include "clients/config.hpp"

#include "tests/unit/client_tools.hpp"
#include "tests/unit/fake_pmem.hpp"

using namespace damon;
using namespace damon::test;

namespace {

Result<ContextConfig> translate(const damon_config &config)
{
	static const Operations operations = {};
	static const ClientSpace space;
	TextError error;

	return context_config(config, operations, space, error);
}

} // namespace

TEST(ClientConfig, TranslatesAttributes)
{
	damon_config config = client_config();

	config.sample_us = 1;
	config.aggr_us = 2;
	config.update_us = 3;
	config.min_nr_regions = 4;
	config.max_nr_regions = 5;
	config.access_bp = 6;
	config.aggrs = 7;
	config.min_sample_us = 8;
	config.max_sample_us = 9;
	config.pause = true;

	Result<ContextConfig> made = translate(config);
	const Attributes expected = {
		.sample_us = 1,
		.aggr_us = 2,
		.update_us = 3,
		.min_nr_regions = 4,
		.max_nr_regions = 5,
		.goal = {.access_bp = 6, .aggrs = 7, .min_sample_us = 8, .max_sample_us = 9}};

	ASSERT_OK(made);
	EXPECT_TRUE(made->attributes == expected);
	EXPECT_TRUE(made->pause);
	EXPECT_TRUE(made->operations == OperationsId::fvaddr);
	EXPECT_TRUE(made->custom == nullptr);
	ASSERT_EQ(made->targets.size(), 1u);
	EXPECT_EQ(made->targets[0].pid, 1);
	EXPECT_EQ(made->targets[0].regions.size(), 3u);
}

TEST(ClientConfig, DefaultsAreThoseOfTheConfiguration)
{
	damon_config config = {};

	config.kind = DAMON_PADDR;
	Result<ContextConfig> made = translate(config);

	ASSERT_OK(made);
	EXPECT_TRUE(made->attributes == Attributes{});
	EXPECT_EQ(made->addr_unit, 1u);
	EXPECT_FALSE(made->pause);
	EXPECT_TRUE(made->schemes.empty());

	config.access_bp = 400;
	made = translate(config);
	ASSERT_OK(made);
	EXPECT_EQ(made->attributes.goal.aggrs, 3u);
	EXPECT_EQ(made->attributes.goal.min_sample_us, 5000u);
	EXPECT_EQ(made->attributes.goal.max_sample_us, 10'000'000u);
}

TEST(ClientConfig, FollowsTheOtherIntervalAtTheEdges)
{
	damon_config config = client_config();

	config.sample_us = 0;
	config.aggr_us = 7;
	Result<ContextConfig> made = translate(config);

	ASSERT_OK(made);
	EXPECT_EQ(made->attributes.sample_us, 1u);

	config.sample_us = UINT64_MAX / 2;
	config.aggr_us = 0;
	made = translate(config);
	ASSERT_OK(made);
	EXPECT_EQ(made->attributes.aggr_us, UINT64_MAX);
}

TEST(ClientConfig, CountsSystemRamInUnits)
{
	damon_config config = {};

	config.kind = DAMON_PADDR;
	config.addr_unit = 4096;
	Result<ContextConfig> made = translate(config);

	ASSERT_OK(made);
	ASSERT_EQ(made->targets.size(), 1u);
	ASSERT_EQ(made->targets[0].regions.size(), 1u);
	EXPECT_EQ(made->targets[0].regions[0].start, system_ram.start / 4096);
	EXPECT_EQ(made->targets[0].regions[0].end, system_ram.end / 4096 + 1);
}

TEST(ClientConfig, TranslatesSchemes)
{
	damos_filter filters[] = {{}, {}, {}};
	damos_goal goal = {};
	const damos_destination destinations[] = {{1, 10}, {2, 20}};
	damos_scheme scheme = client_scheme(DAMOS_MIGRATE_COLD);
	damon_config config = client_config();

	filters[0].type = DAMOS_FILTER_MEMCG;
	filters[0].matching = true;
	filters[0].memcg_path = "/a/b";
	filters[1].type = DAMOS_FILTER_ADDR;
	filters[1].allow = true;
	filters[1].addresses = {4096, 8192};
	filters[2].type = DAMOS_FILTER_HUGEPAGE_SIZE;
	filters[2].size = {5, 6};
	goal.metric = DAMOS_GOAL_NODE_MEMCG_USED_BP;
	goal.target_value = 11;
	goal.current_value = 12;
	goal.nid = 13;
	goal.memcg_path = "/c";
	scheme.size = {1, 2};
	scheme.nr_accesses = {3, 4};
	scheme.age = {5, uint64_t{1} << 40};
	scheme.target_nid = 6;
	scheme.destinations = destinations;
	scheme.nr_destinations = 2;
	scheme.apply_interval_us = 7;
	scheme.max_nr_snapshots = 8;
	scheme.quota.ms = 14;
	scheme.quota.bytes = 15;
	scheme.quota.reset_interval_ms = 16;
	scheme.quota.tuner = DAMOS_TUNER_TEMPORAL;
	scheme.quota.fail_charge_num = 17;
	scheme.quota.fail_charge_denom = 18;
	scheme.quota.sz_permil = 19;
	scheme.quota.nr_accesses_permil = 20;
	scheme.quota.age_permil = 21;
	scheme.quota.goals = &goal;
	scheme.quota.nr_goals = 1;
	scheme.watermarks = {DAMOS_WATERMARK_FREE_MEM_RATE, 22, 25, 24, 23};
	scheme.filters = filters;
	scheme.nr_filters = 3;
	config.scheme_array = &scheme;
	config.nr_schemes = 1;

	Result<ContextConfig> made = translate(config);

	ASSERT_OK(made);
	ASSERT_EQ(made->schemes.size(), 1u);
	const SchemeConfig &to = made->schemes[0];

	EXPECT_TRUE(to.action == Action::migrate_cold);
	EXPECT_EQ(to.target_nid, 6);
	EXPECT_EQ(to.pattern.size.min, 1u);
	EXPECT_EQ(to.pattern.size.max, 2u);
	EXPECT_EQ(to.pattern.nr_accesses.min, 3u);
	EXPECT_EQ(to.pattern.nr_accesses.max, 4u);
	EXPECT_EQ(to.pattern.age.min, 5u);
	EXPECT_EQ(to.pattern.age.max, UINT32_MAX);
	EXPECT_EQ(to.apply_interval_us, 7u);
	EXPECT_EQ(to.max_nr_snapshots, 8u);
	ASSERT_EQ(to.destinations.size(), 2u);
	EXPECT_EQ(to.destinations[1].nid, 2u);
	EXPECT_EQ(to.destinations[1].weight, 20u);

	EXPECT_EQ(to.quota.ms, 14u);
	EXPECT_EQ(to.quota.bytes, 15u);
	EXPECT_EQ(to.quota.reset_interval_ms, 16u);
	EXPECT_TRUE(to.quota.tuner == GoalTuner::temporal);
	EXPECT_EQ(to.quota.fail_charge_num, 17u);
	EXPECT_EQ(to.quota.fail_charge_denom, 18u);
	EXPECT_EQ(to.quota.sz_permil, 19u);
	EXPECT_EQ(to.quota.nr_accesses_permil, 20u);
	EXPECT_EQ(to.quota.age_permil, 21u);
	ASSERT_EQ(to.quota.goals.size(), 1u);
	EXPECT_TRUE(to.quota.goals[0].metric == GoalMetric::node_memcg_used_bp);
	EXPECT_EQ(to.quota.goals[0].target_value, 11u);
	EXPECT_EQ(to.quota.goals[0].current_value, 12u);
	EXPECT_EQ(to.quota.goals[0].nid, 13);
	EXPECT_STREQ(to.quota.goals[0].path.c_str(), "/c");

	EXPECT_TRUE(to.watermarks.metric == WatermarkMetric::free_mem_rate);
	EXPECT_EQ(to.watermarks.interval_us, 22u);
	EXPECT_EQ(to.watermarks.high, 25u);
	EXPECT_EQ(to.watermarks.mid, 24u);
	EXPECT_EQ(to.watermarks.low, 23u);

	ASSERT_EQ(to.filters.size(), 3u);
	EXPECT_TRUE(to.filters[0].type == FilterType::addr) << "core filters come first";
	EXPECT_TRUE(to.filters[0].allow);
	EXPECT_TRUE((to.filters[0].addresses == Range{4096, 8192}));
	EXPECT_TRUE(to.filters[1].type == FilterType::memcg);
	EXPECT_TRUE(to.filters[1].matching);
	EXPECT_STREQ(to.filters[1].memcg_path.c_str(), "/a/b");
	EXPECT_EQ(to.filters[2].size.max, 6u);
}
