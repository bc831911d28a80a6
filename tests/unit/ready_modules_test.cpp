// SPDX-License-Identifier: GPL-2.0
// What the ready-made modules make of their parameters, and what damon_stat computes.
#include "clients/modules/parameters.h"

#include "core/memory.hpp"
#include "tests/unit/client_tools.hpp"
#include "tests/unit/fake_pmem.hpp"
#include "tests/unit/regions.hpp"

using namespace damon;
using namespace damon::test;

namespace {

// As the modules begin with.
constexpr damon_common_parameters common = {
	.sample_interval = 5000,
	.aggr_interval = 100000,
	.min_nr_regions = 10,
	.max_nr_regions = 1000,
	.autotune_monitoring_intervals = false,
	.monitor_region_start = 0,
	.monitor_region_end = 0,
	.addr_unit = 1,
	.quota_ms = 10,
	.quota_reset_interval_ms = 1000,
	.wmarks_interval = 5000000,
	.wmarks_high = 500,
	.wmarks_mid = 400,
	.wmarks_low = 200,
	.exclusive = true,
	.page_size = 4096,
};

constexpr damon_reclaim_parameters reclaim = {
	.common = common,
	.min_age = 120'000'000,
	.quota_sz = 128 << 20,
	.quota_mem_pressure_us = 0,
	.quota_autotune_feedback = 0,
	.skip_anon = false,
};

constexpr damon_lru_sort_parameters lru_sort = {
	.common = common,
	.active_mem_bp = 0,
	.filter_young_pages = false,
	.hot_thres_access_freq = 500,
	.cold_min_age = 120'000'000,
};

// Too large for a kernel stack.
struct Planned final : Heap {
	damon_plan plan = {};
};

Owned<Planned> planned(const damon_reclaim_parameters &parameters)
{
	Result<Owned<Planned>> made = make<Planned>();

	CHECK(made);
	EXPECT_TRUE(!damon_reclaim_plan(&parameters, &(*made)->plan));
	return std::move(*made);
}

Owned<Planned> planned(const damon_lru_sort_parameters &parameters)
{
	Result<Owned<Planned>> made = make<Planned>();

	CHECK(made);
	EXPECT_TRUE(!damon_lru_sort_plan(&parameters, &(*made)->plan));
	return std::move(*made);
}

void expect_refused(const damon_common_parameters &wrong, std::string_view sentence)
{
	Result<Owned<Planned>> made = make<Planned>();
	damon_reclaim_parameters parameters = reclaim;

	CHECK(made);
	parameters.common = wrong;

	const char *why = damon_reclaim_plan(&parameters, &(*made)->plan);

	ASSERT_TRUE(why != nullptr);
	EXPECT_TRUE(std::string_view(why) == sentence) << why;
}

} // namespace

TEST(ReadyReclaim, DefaultsPageOutWhatIsColdForTwoMinutes)
{
	const Owned<Planned> made = planned(reclaim);
	const damon_config &config = made->plan.config;
	const damos_scheme &scheme = made->plan.schemes[0];

	EXPECT_TRUE(config.kind == DAMON_PADDR);
	EXPECT_TRUE(config.exclusive);
	EXPECT_EQ(config.sample_us, 5000u);
	EXPECT_EQ(config.aggr_us, 100000u);
	EXPECT_EQ(config.min_nr_regions, 10u);
	EXPECT_EQ(config.max_nr_regions, 1000u);
	EXPECT_EQ(config.access_bp, 0u);
	ASSERT_EQ(config.nr_ranges, 1u);
	EXPECT_EQ(config.ranges[0].start, system_ram.start);
	EXPECT_EQ(config.ranges[0].end, system_ram.end);
	ASSERT_EQ(config.nr_schemes, 1u);
	EXPECT_TRUE(config.scheme_array == &scheme);
	EXPECT_TRUE(scheme.action == DAMOS_PAGEOUT);
	EXPECT_EQ(scheme.size.min, 4096u);
	EXPECT_EQ(scheme.nr_accesses.max, 0u);
	EXPECT_EQ(scheme.age.min, 1200u);
	EXPECT_EQ(scheme.age.max, ~uint64_t{0});
	EXPECT_EQ(scheme.quota.ms, 10u);
	EXPECT_EQ(scheme.quota.bytes, 128u << 20);
	EXPECT_EQ(scheme.quota.reset_interval_ms, 1000u);
	EXPECT_EQ(scheme.quota.nr_accesses_permil, 0u);
	EXPECT_GT(scheme.quota.age_permil, 0u);
	EXPECT_EQ(scheme.quota.nr_goals, 0u);
	EXPECT_TRUE(scheme.watermarks.metric == DAMOS_WATERMARK_FREE_MEM_RATE);
	EXPECT_EQ(scheme.watermarks.interval_us, 5'000'000u);
	EXPECT_EQ(scheme.watermarks.high, 500u);
	EXPECT_EQ(scheme.watermarks.mid, 400u);
	EXPECT_EQ(scheme.watermarks.low, 200u);
	EXPECT_EQ(scheme.nr_filters, 0u);
}

TEST(ReadyReclaim, GoalsTuneTheQuota)
{
	damon_reclaim_parameters parameters = reclaim;

	parameters.quota_autotune_feedback = 9000;
	Owned<Planned> made = planned(parameters);
	const damos_quota *quota = &made->plan.schemes[0].quota;

	ASSERT_EQ(quota->nr_goals, 1u);
	EXPECT_TRUE(quota->goals[0].metric == DAMOS_GOAL_USER_INPUT);
	EXPECT_EQ(quota->goals[0].target_value, 10000u);
	EXPECT_EQ(quota->goals[0].current_value, 9000u);

	parameters.quota_mem_pressure_us = 77;
	made = planned(parameters);
	quota = &made->plan.schemes[0].quota;
	ASSERT_EQ(quota->nr_goals, 2u);
	EXPECT_TRUE(quota->goals[0].metric == DAMOS_GOAL_SOME_MEM_PSI_US);
	EXPECT_EQ(quota->goals[0].target_value, 77u);
	EXPECT_TRUE(quota->goals[1].metric == DAMOS_GOAL_USER_INPUT);
}

TEST(ReadyReclaim, CanLeaveAnonymousMemoryAlone)
{
	damon_reclaim_parameters parameters = reclaim;

	parameters.skip_anon = true;
	const Owned<Planned> made = planned(parameters);
	const damos_scheme &scheme = made->plan.schemes[0];

	ASSERT_EQ(scheme.nr_filters, 1u);
	EXPECT_TRUE(scheme.filters[0].type == DAMOS_FILTER_ANON);
	EXPECT_TRUE(scheme.filters[0].matching);
	EXPECT_FALSE(scheme.filters[0].allow);
}

TEST(ReadyReclaim, TunesIntervalsFromMainlinesStart)
{
	damon_reclaim_parameters parameters = reclaim;

	parameters.common.autotune_monitoring_intervals = true;
	parameters.common.sample_interval = 1;
	parameters.common.aggr_interval = 1000;
	const Owned<Planned> made = planned(parameters);

	EXPECT_EQ(made->plan.config.sample_us, 5000u);
	EXPECT_EQ(made->plan.config.aggr_us, 100000u);
	EXPECT_EQ(made->plan.config.access_bp, 40u);
	EXPECT_EQ(made->plan.schemes[0].age.min, 1200u);
}

TEST(ReadyReclaim, CountsInUnits)
{
	damon_reclaim_parameters parameters = reclaim;

	parameters.common.addr_unit = 1024;
	Owned<Planned> made = planned(parameters);

	EXPECT_EQ(made->plan.config.addr_unit, 1024u);
	EXPECT_EQ(made->plan.range.start, system_ram.start / 1024);
	EXPECT_EQ(made->plan.range.end, system_ram.end / 1024);
	EXPECT_EQ(made->plan.schemes[0].size.min, 4u);

	parameters.common.addr_unit = 1 << 20;
	parameters.common.monitor_region_end = 5;
	made = planned(parameters);
	EXPECT_EQ(made->plan.range.start, 0u);
	EXPECT_EQ(made->plan.range.end, 5u);
	EXPECT_EQ(made->plan.schemes[0].size.min, 1u);
}

TEST(ReadyReclaim, SaysWhatIsWrong)
{
	damon_common_parameters wrong = common;

	wrong.sample_interval = 0;
	expect_refused(wrong, "sample_interval: is 0");
	wrong = common;
	wrong.aggr_interval = 0;
	expect_refused(wrong, "aggr_interval: is 0");
	wrong = common;
	wrong.addr_unit = 0;
	expect_refused(wrong, "addr_unit: is 0");
	wrong = common;
	wrong.min_nr_regions = 2;
	expect_refused(wrong, "min_nr_regions: is less than 3");
	wrong = common;
	wrong.max_nr_regions = 9;
	expect_refused(wrong, "max_nr_regions: is less than min_nr_regions");
	wrong = common;
	wrong.monitor_region_start = wrong.monitor_region_end = 8192;
	expect_refused(wrong, "monitor_region_end: is not above monitor_region_start");
	wrong.monitor_region_end = 0;
	expect_refused(wrong, "monitor_region_end: is not above monitor_region_start");
}

// What the API makes of it.
TEST(ReadyReclaim, Runs)
{
	register_fake({.id = OperationsId::paddr, .targets_end = false, .single_target = true});
	FakeProcess memory(physical_memory);
	damon_reclaim_parameters parameters = reclaim;

	parameters.quota_autotune_feedback = 1;
	const Owned<Planned> made = planned(parameters);
	Client client(made->plan.config);
	damos_stats stats;

	ASSERT_EQ(client.error, 0);
	EXPECT_EQ(damon_stats(client, 0, &stats), 0);
	EXPECT_EQ(damon_change(client, &made->plan.config), 0);
}

TEST(ReadyLruSort, SortsBothEnds)
{
	const Owned<Planned> made = planned(lru_sort);
	const damos_scheme &hot = made->plan.schemes[0];
	const damos_scheme &cold = made->plan.schemes[1];

	ASSERT_EQ(made->plan.config.nr_schemes, 2u);
	EXPECT_TRUE(hot.action == DAMOS_LRU_PRIO);
	EXPECT_EQ(hot.nr_accesses.min, 10u);
	EXPECT_EQ(hot.nr_accesses.max, ~uint64_t{0});
	EXPECT_EQ(hot.age.min, 0u);
	EXPECT_TRUE(cold.action == DAMOS_LRU_DEPRIO);
	EXPECT_EQ(cold.nr_accesses.max, 0u);
	EXPECT_EQ(cold.age.min, 1200u);
	for (const damos_scheme &scheme : made->plan.schemes) {
		EXPECT_EQ(scheme.quota.ms, 5u);
		EXPECT_EQ(scheme.quota.bytes, 0u);
		EXPECT_GT(scheme.quota.age_permil, 0u);
		EXPECT_EQ(scheme.quota.nr_accesses_permil, scheme.quota.age_permil);
		EXPECT_EQ(scheme.quota.nr_goals, 0u);
		EXPECT_EQ(scheme.nr_filters, 0u);
		EXPECT_TRUE(scheme.watermarks.metric == DAMOS_WATERMARK_FREE_MEM_RATE);
	}
}

TEST(ReadyLruSort, HalfOfAMillisecondIsNotNoLimit)
{
	damon_lru_sort_parameters parameters = lru_sort;

	for (const unsigned long ms : {0UL, 1UL, 2UL, 3UL}) {
		parameters.common.quota_ms = ms;
		EXPECT_EQ(planned(parameters)->plan.schemes[1].quota.ms, ms == 0 ? 0u : 1u);
	}
}

TEST(ReadyLruSort, AimsAtAShareOfActiveMemory)
{
	damon_lru_sort_parameters parameters = lru_sort;

	parameters.active_mem_bp = 6000;
	Owned<Planned> made = planned(parameters);
	const damos_scheme *schemes = made->plan.schemes;

	ASSERT_EQ(schemes[0].quota.nr_goals, 1u);
	ASSERT_EQ(schemes[1].quota.nr_goals, 1u);
	EXPECT_TRUE(schemes[0].quota.goals->metric == DAMOS_GOAL_ACTIVE_MEM_BP);
	EXPECT_EQ(schemes[0].quota.goals->target_value, 6000u);
	EXPECT_TRUE(schemes[1].quota.goals->metric == DAMOS_GOAL_INACTIVE_MEM_BP);
	EXPECT_EQ(schemes[1].quota.goals->target_value, 4002u);

	parameters.active_mem_bp = 10000;
	made = planned(parameters);
	EXPECT_EQ(made->plan.schemes[1].quota.goals->target_value, 2u);

	parameters.active_mem_bp = 10001;
	EXPECT_TRUE(damon_lru_sort_plan(&parameters, &made->plan) != nullptr);
}

TEST(ReadyLruSort, AsksPagesToo)
{
	damon_lru_sort_parameters parameters = lru_sort;

	parameters.filter_young_pages = true;
	const Owned<Planned> made = planned(parameters);

	for (const damos_scheme &scheme : made->plan.schemes) {
		ASSERT_EQ(scheme.nr_filters, 1u);
		EXPECT_TRUE(scheme.filters->type == DAMOS_FILTER_YOUNG);
		EXPECT_FALSE(scheme.filters->allow);
	}
	EXPECT_FALSE(made->plan.schemes[0].filters->matching);
	EXPECT_TRUE(made->plan.schemes[1].filters->matching);
}

TEST(ReadyLruSort, SaysWhatIsWrong)
{
	const Owned<Planned> made = planned(lru_sort);
	damon_lru_sort_parameters parameters = lru_sort;

	parameters.hot_thres_access_freq = 1001;
	EXPECT_TRUE(damon_lru_sort_plan(&parameters, &made->plan) != nullptr);
	parameters = lru_sort;
	parameters.common.sample_interval = 0;
	EXPECT_TRUE(damon_lru_sort_plan(&parameters, &made->plan) != nullptr);
}

// ---- damon_stat ----

namespace {

struct Summary final : Heap {
	damon_stat_idle room[DAMON_STAT_MAX_REGIONS] = {};
	damon_stat_result result = {};
};

Owned<Summary> summary_of(const RegionSet &set, uint64_t aggr_us)
{
	Result<Owned<Summary>> made = make<Summary>();
	damon_view view = {};

	CHECK(made);
	view.regions = &set;
	view.nr_regions = set.size();
	view.sample_us = aggr_us / 20;
	view.aggr_us = aggr_us;
	damon_stat_sum_up(&view, (*made)->room, &(*made)->result);
	return std::move(*made);
}

} // namespace

TEST(ReadyStat, ShowsIdleTimesByShareOfMemory)
{
	RegionSet set;

	// 20 % accessed for 1 interval, 30 % idle for 3, 50 % for 100
	add_target(set, {{0, 50, 0, 0, 99}, {50, 70, 7, 7, 0}, {70, 100, 0, 0, 2}});
	const Owned<Summary> summary = summary_of(set, 200'000);
	const long *idle_ms = summary->result.idle_ms;

	EXPECT_EQ(idle_ms[0], -200);
	EXPECT_EQ(idle_ms[20], -200);
	EXPECT_EQ(idle_ms[21], 600);
	EXPECT_EQ(idle_ms[50], 600);
	EXPECT_EQ(idle_ms[51], 20'000);
	EXPECT_EQ(idle_ms[100], 20'000);
	EXPECT_EQ(summary->result.aggr_us, 200'000u);
}

TEST(ReadyStat, WhatWasAccessedLongestComesFirst)
{
	RegionSet set;

	add_target(set, {{0, 1, 1, 1, 4}, {1, 2, 1, 1, 9}, {2, 3, 0, 0, 0}});
	const Owned<Summary> summary = summary_of(set, 100'000);

	EXPECT_EQ(summary->result.idle_ms[0], -1000);
	EXPECT_EQ(summary->result.idle_ms[34], -500);
	EXPECT_EQ(summary->result.idle_ms[100], 100);
}

TEST(ReadyStat, KeepsFractionsOfMilliseconds)
{
	RegionSet set;

	add_target(set, {{0, 1, 0, 0, 9}});
	EXPECT_EQ(summary_of(set, 1'500)->result.idle_ms[50], 15);
}

TEST(ReadyStat, EstimatesBandwidth)
{
	RegionSet set;

	// Each access found stands for one to every byte of its region.
	add_target(set, {{0, 10, 20, 20, 0}, {10, 20, 5, 5, 0}, {20, 99, 0, 0, 0}});
	EXPECT_EQ(summary_of(set, 100'000)->result.bandwidth, 250 * page * 10);
	EXPECT_EQ(summary_of(set, 10'000'000)->result.bandwidth, 250 * page / 10);
}

TEST(ReadyStat, BandwidthOfVeryMuchMemory)
{
	RegionSet set;
	constexpr uint64_t tib_pages = uint64_t{1} << 28;

	add_target(set, {{0, 64 * tib_pages, 20, 20, 0}});
	// 64 TiB, 20 times in 100 ms
	EXPECT_EQ(summary_of(set, 100'000)->result.bandwidth, (uint64_t{64} << 40) * 200);
}

TEST(ReadyStat, ManyRegions)
{
	RegionSet set;
	Vec<Region> many;

	// All is hot; what is beyond the room has no share in the percentiles, yet in the bandwidth.
	for (uint64_t i = 0; i < DAMON_STAT_MAX_REGIONS + 10; i++)
		must(many.push(region({i, i + 1, 1, 1, static_cast<uint32_t>(i % 3)})));
	must(set.add_target(many));
	const Owned<Summary> summary = summary_of(set, 1'000'000);

	EXPECT_EQ(summary->result.bandwidth, (DAMON_STAT_MAX_REGIONS + 10) * page);
	EXPECT_EQ(summary->result.idle_ms[0], -3000);
	EXPECT_EQ(summary->result.idle_ms[100], -1000);
}

TEST(ReadyStat, NothingMonitored)
{
	RegionSet set;
	const Owned<Summary> summary = summary_of(set, 100'000);

	EXPECT_EQ(summary->result.bandwidth, 0u);
	EXPECT_EQ(summary->result.idle_ms[0], 0);
	EXPECT_EQ(summary->result.idle_ms[100], 0);
}
