// SPDX-License-Identifier: GPL-2.0
// What a context's directory says, as its configuration.
#include <map>
#include <string>
#include <string_view>

#include "tests/unit/sysfs_tree_tools.hpp"

using namespace damon;
using namespace damon::test;

namespace {

Result<ContextConfig> config_of(sysfs::Tree &tree)
{
	const sysfs::InterfaceLock lock;

	return sysfs::ContextDir::config(tree.root().kdamonds[0].contexts, 0);
}

void stage(const std::map<std::string, std::string> &values)
{
	for (const auto &[path, text] : values)
		ASSERT_OK(write_file(std::string(c).append("/").append(path), text)) << path;
}

} // namespace

TEST(SysfsConfig, HasWhatWasStaged)
{
	auto tree = make_tree();

	ASSERT_TRUE(tree);
	populate();
	stage({
		{"operations", "fvaddr"},
		{"addr_unit", "4"},
		{"pause", "Y"},
		{"monitoring_attrs/intervals/sample_us", "1"},
		{"monitoring_attrs/intervals/aggr_us", "2"},
		{"monitoring_attrs/intervals/update_us", "3"},
		{"monitoring_attrs/intervals/intervals_goal/access_bp", "4"},
		{"monitoring_attrs/intervals/intervals_goal/aggrs", "5"},
		{"monitoring_attrs/intervals/intervals_goal/min_sample_us", "6"},
		{"monitoring_attrs/intervals/intervals_goal/max_sample_us", "7"},
		{"monitoring_attrs/nr_regions/min", "8"},
		{"monitoring_attrs/nr_regions/max", "9"},
		{"monitoring_attrs/probes/0/weight", "10"},
		{"monitoring_attrs/probes/0/filters/0/type", "memcg"},
		{"monitoring_attrs/probes/0/filters/0/matching", "Y"},
		{"monitoring_attrs/probes/0/filters/0/allow", "Y"},
		{"monitoring_attrs/probes/0/filters/0/path", "/probe\n"},
		{"targets/0/pid_target", "10"},
		{"targets/0/obsolete_target", "Y"},
		{"targets/0/regions/0/start", "11"},
		{"targets/0/regions/0/end", "12"},
	});
	auto config = config_of(*tree);

	ASSERT_OK(config);
	EXPECT_EQ(config->operations, OperationsId::fvaddr);
	EXPECT_EQ(config->addr_unit, 4u);
	EXPECT_TRUE(config->pause);
	EXPECT_EQ(config->attributes, (Attributes{.sample_us = 1,
						  .aggr_us = 2,
						  .update_us = 3,
						  .min_nr_regions = 8,
						  .max_nr_regions = 9,
						  .goal = {.access_bp = 4,
							   .aggrs = 5,
							   .min_sample_us = 6,
							   .max_sample_us = 7}}));
	ASSERT_EQ(config->probes.size(), 1u);
	EXPECT_EQ(config->probes[0].weight, 10u);
	ASSERT_EQ(config->probes[0].filters.size(), 1u);
	const ProbeFilterConfig &filter = config->probes[0].filters[0];

	EXPECT_EQ(filter.type, ProbeFilterType::memcg);
	EXPECT_TRUE(filter.matching);
	EXPECT_TRUE(filter.allow);
	EXPECT_EQ(filter.path.view(), "/probe");
	ASSERT_EQ(config->targets.size(), 1u);
	EXPECT_EQ(config->targets[0].pid, 10);
	EXPECT_TRUE(config->targets[0].obsolete);
	ASSERT_EQ(config->targets[0].regions.size(), 1u);
	EXPECT_EQ(config->targets[0].regions[0], (Range{11, 12}));
	ASSERT_EQ(config->schemes.size(), 1u);
}

TEST(SysfsConfig, HasTheSchemesThatWereStaged)
{
	auto tree = make_tree();

	ASSERT_TRUE(tree);
	populate();
	stage({
		{"schemes/0/action", "migrate_hot"},
		{"schemes/0/target_nid", "-2"},
		{"schemes/0/apply_interval_us", "13"},
		{"schemes/0/access_pattern/sz/min", "14"},
		{"schemes/0/access_pattern/sz/max", "15"},
		{"schemes/0/access_pattern/nr_accesses/min", "16"},
		{"schemes/0/access_pattern/nr_accesses/max", "18446744073709551615"},
		{"schemes/0/access_pattern/age/min", "4294967296"},
		{"schemes/0/access_pattern/age/max", "4294967314"},
		{"schemes/0/stats/max_nr_snapshots", "19"},
		{"schemes/0/quotas/ms", "20"},
		{"schemes/0/quotas/bytes", "21"},
		{"schemes/0/quotas/reset_interval_ms", "22"},
		{"schemes/0/quotas/goal_tuner", "temporal"},
		{"schemes/0/quotas/fail_charge_num", "23"},
		{"schemes/0/quotas/fail_charge_denom", "24"},
		{"schemes/0/quotas/weights/sz_permil", "25"},
		{"schemes/0/quotas/weights/nr_accesses_permil", "26"},
		{"schemes/0/quotas/weights/age_permil", "27"},
		{"schemes/0/quotas/goals/0/target_metric", "node_memcg_free_bp"},
		{"schemes/0/quotas/goals/0/target_value", "28"},
		{"schemes/0/quotas/goals/0/current_value", "29"},
		{"schemes/0/quotas/goals/0/nid", "30"},
		{"schemes/0/quotas/goals/0/path", "/goal"},
		{"schemes/0/watermarks/metric", "free_mem_rate"},
		{"schemes/0/watermarks/interval_us", "31"},
		{"schemes/0/watermarks/high", "32"},
		{"schemes/0/watermarks/mid", "33"},
		{"schemes/0/watermarks/low", "34"},
		{"schemes/0/dests/0/id", "35"},
		{"schemes/0/dests/0/weight", "36"},
	});
	EXPECT_EQ(read(c + "/schemes/0/access_pattern/age/min"), "4294967296\n");

	auto config = config_of(*tree);

	ASSERT_OK(config);
	ASSERT_EQ(config->schemes.size(), 1u);
	const SchemeConfig &scheme = config->schemes[0];

	EXPECT_EQ(scheme.action, Action::migrate_hot);
	EXPECT_EQ(scheme.target_nid, -2);
	EXPECT_EQ(scheme.apply_interval_us, 13u);
	EXPECT_EQ(scheme.pattern.size.min, 14u);
	EXPECT_EQ(scheme.pattern.size.max, 15u);
	EXPECT_EQ(scheme.pattern.nr_accesses.min, 16u);
	EXPECT_EQ(scheme.pattern.nr_accesses.max, UINT32_MAX);
	EXPECT_EQ(scheme.pattern.age.min, 0u);
	EXPECT_EQ(scheme.pattern.age.max, 18u);
	EXPECT_EQ(scheme.max_nr_snapshots, 19u);
	EXPECT_EQ(scheme.quota.ms, 20u);
	EXPECT_EQ(scheme.quota.bytes, 21u);
	EXPECT_EQ(scheme.quota.reset_interval_ms, 22u);
	EXPECT_EQ(scheme.quota.tuner, GoalTuner::temporal);
	EXPECT_EQ(scheme.quota.fail_charge_num, 23u);
	EXPECT_EQ(scheme.quota.fail_charge_denom, 24u);
	EXPECT_EQ(scheme.quota.sz_permil, 25u);
	EXPECT_EQ(scheme.quota.nr_accesses_permil, 26u);
	EXPECT_EQ(scheme.quota.age_permil, 27u);
	ASSERT_EQ(scheme.quota.goals.size(), 1u);
	const GoalConfig &goal = scheme.quota.goals[0];

	EXPECT_EQ(goal.metric, GoalMetric::node_memcg_free_bp);
	EXPECT_EQ(goal.target_value, 28u);
	EXPECT_EQ(goal.current_value, 29u);
	EXPECT_EQ(goal.nid, 30);
	EXPECT_EQ(goal.path.view(), "/goal");
	EXPECT_EQ(scheme.watermarks.metric, WatermarkMetric::free_mem_rate);
	EXPECT_EQ(scheme.watermarks.interval_us, 31u);
	EXPECT_EQ(scheme.watermarks.high, 32u);
	EXPECT_EQ(scheme.watermarks.mid, 33u);
	EXPECT_EQ(scheme.watermarks.low, 34u);
	ASSERT_EQ(scheme.destinations.size(), 1u);
	EXPECT_EQ(scheme.destinations[0].nid, 35u);
	EXPECT_EQ(scheme.destinations[0].weight, 36u);
	EXPECT_EQ(scheme.filters.size(), 3u);
}

TEST(SysfsConfig, FiltersOfThreeDirectoriesAreOneListCoreOnesFirst)
{
	auto tree = make_tree();
	const std::string scheme = "schemes/0/";

	ASSERT_TRUE(tree);
	populate();
	for (const char *list : {"core_filters", "ops_filters", "filters"})
		stage({{scheme + list + "/nr_filters", "2"}});
	stage({
		{scheme + "core_filters/0/type", "target"},
		{scheme + "core_filters/0/damon_target_idx", "7"},
		// core_filters/1 stays what nobody can write there: anon.
		{scheme + "ops_filters/0/type", "memcg"},
		{scheme + "ops_filters/0/memcg_path", "/a/b\n"},
		{scheme + "ops_filters/0/matching", "Y"},
		{scheme + "ops_filters/1/type", "hugepage_size"},
		{scheme + "ops_filters/1/min", "1"},
		{scheme + "ops_filters/1/max", "2"},
		{scheme + "filters/0/type", "young"},
		{scheme + "filters/0/allow", "Y"},
		{scheme + "filters/1/type", "addr"},
		{scheme + "filters/1/addr_start", "3"},
		{scheme + "filters/1/addr_end", "4"},
	});
	auto config = config_of(*tree);

	ASSERT_OK(config);
	const Vec<FilterConfig> &filters = config->schemes[0].filters;
	const sysfs::SchemeDir &dir = tree->root().kdamonds[0].contexts[0].schemes[0];
	constexpr struct {
		FilterType type;
		std::string_view list;
		uint32_t index;
	} places[] = {
		{FilterType::target, "core_filters", 0},
		{FilterType::addr, "filters", 1},
		{FilterType::anon, "core_filters", 1},
		{FilterType::memcg, "ops_filters", 0},
		{FilterType::hugepage_size, "ops_filters", 1},
		{FilterType::young, "filters", 0},
	};

	ASSERT_EQ(filters.size(), std::size(places));
	for (std::size_t i = 0; i < filters.size(); i++) {
		const Step place = dir.filter_place(i);

		EXPECT_EQ(filters[i].type, places[i].type) << i;
		ASSERT_TRUE(place.list) << i;
		EXPECT_EQ(place.list, places[i].list) << i;
		EXPECT_EQ(place.index, places[i].index) << i;
	}
	EXPECT_FALSE(dir.filter_place(filters.size()).list);
	EXPECT_EQ(filters[0].target, 7);
	EXPECT_EQ(filters[1].addresses, (Range{3, 4}));
	EXPECT_EQ(filters[3].memcg_path.view(), "/a/b");
	EXPECT_TRUE(filters[3].matching);
	EXPECT_FALSE(filters[3].allow);
	EXPECT_TRUE(filters[4].size.contain(1) && filters[4].size.contain(2) &&
		    !filters[4].size.contain(3));
	EXPECT_TRUE(filters[5].allow);
}

TEST(SysfsConfig, NeedsMemory)
{
	auto tree = make_tree();

	ASSERT_TRUE(tree);
	populate();
	stage({{"schemes/0/filters/0/memcg_path", "/a"},
	       {"schemes/0/quotas/goals/0/path", "/b"},
	       {"monitoring_attrs/probes/0/filters/0/path", "/c"}});
	const uint64_t before = live_allocations();

	with_each_allocation_refused([&] { return config_of(*tree); },
				     [&](const Error &error) {
					     EXPECT_EQ(error.number, ENOMEM);
					     EXPECT_EQ(live_allocations(), before);
				     });
	EXPECT_EQ(live_allocations(), before);
}
