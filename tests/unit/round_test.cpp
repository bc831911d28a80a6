// SPDX-License-Identifier: GPL-2.0
// Rounds of schemes over regions that are given: what is cut, applied, charged, counted.
#include "schemes/round.hpp"

#include "core/adjust.hpp"
#include "core/random.hpp"
#include "schemes/engine.hpp"
#include "tests/unit/context_tools.hpp"
#include "tests/unit/fake_metrics.hpp"
#include "tests/unit/fake_trace.hpp"

using namespace damon;
using namespace damon::test;

namespace {

// A monitor whose counters the test sets, and schemes that are applied when it says so.
class Rig : public Heap {
      public:
	explicit Rig(const ContextConfig &config, std::size_t spare = 100)
	{
		must(monitor.configure(config));
		must(engine.configure(config.schemes, monitor.operations()));
		must(monitor.regions().reserve(monitor.regions().capacity() + spare));
		engine.restart(monitor.clock());
	}

	// Lets an aggregation interval pass.  Aggregation is due, so the counters are those that the
	// regions have.
	void round(const Walk &walk = {})
	{
		advance_us(aggr_us);
		for (uint64_t i = 0; i < aggr_us / sample_us; i++)
			monitor.clock().tick();
		engine.apply({.targets = monitor.targets(),
			      .set = monitor.regions(),
			      .clock = monitor.clock(),
			      .attributes = monitor.attributes(),
			      .min_region_size = page},
			     walk);
	}
	const SchemeStats &stats(std::size_t scheme = 0) const
	{
		return engine.schemes()[scheme].stats;
	}
	RegionSet &set()
	{
		return monitor.regions();
	}

	Monitor monitor;
	SchemeEngine engine;
};

Owned<Rig> rig(const ContextConfig &config, std::size_t spare = 100)
{
	auto *made = new Rig(config, spare);

	CHECK(made);
	return Owned<Rig>(made);
}

// Targets that are FakeProcess 1, 2, ...; regions of at most half of the whole are within the size
// limit.
struct Memory {
	Memory()
	{
		register_fake({});
	}
	~Memory()
	{
		EXPECT_EQ(process.calls.violations, 0u);
		EXPECT_EQ(second.calls.violations, 0u);
	}
	FakeProcess process{1};
	FakeProcess second{2};
};

ConfigBuilder one_target(std::initializer_list<Range> ranges)
{
	ConfigBuilder config;

	config.target(1, ranges);
	return config;
}

// Once a round.
void set_quota(SchemeConfig &scheme, uint64_t bytes)
{
	scheme.quota.bytes = bytes;
}

void add_filter(SchemeConfig &scheme, Range range, bool allow)
{
	FilterConfig filter;

	filter.type = FilterType::addr;
	filter.matching = true;
	filter.allow = allow;
	filter.addresses = range;
	must(scheme.filters.push(std::move(filter)));
}

void add_young_filter(SchemeConfig &scheme)
{
	FilterConfig filter;

	filter.type = FilterType::young;
	must(scheme.filters.push(std::move(filter)));
}

void expect_applied(FakeProcess &process, std::initializer_list<Range> ranges)
{
	ASSERT_EQ(process.applied.size(), ranges.size());
	for (std::size_t i = 0; i < ranges.size(); i++) {
		EXPECT_EQ(process.applied[i].range.start / page, ranges.begin()[i].start / page)
			<< "region " << i;
		EXPECT_EQ(process.applied[i].range.end / page, ranges.begin()[i].end / page)
			<< "region " << i;
	}
	process.applied.clear();
}

void set_ages(RegionSet &set, std::initializer_list<uint32_t> ages)
{
	ASSERT_EQ(set.size(), ages.size());
	for (std::size_t i = 0; i < ages.size(); i++)
		set.all()[i].age = ages.begin()[i];
}

} // namespace

// ---- Filters ----

TEST(Round, RegionsAreCutWhereFiltersEnd)
{
	Memory memory;
	Owned<Rig> it = rig(one_target({page_range(0, 10)})
				    .scheme(Action::pageout)
				    .with([](SchemeConfig &scheme) {
					    add_filter(scheme, page_range(3, 5), false);
				    }));

	set_ages(it->set(), {7});
	it->round();
	expect_applied(memory.process, {page_range(0, 3), page_range(5, 10)});
	expect_regions(it->set(), 0, {{0, 3}, {3, 5, 0, 0, 7}, {5, 10}});
	EXPECT_EQ(it->stats().nr_tried, 2u);
	EXPECT_EQ(it->stats().sz_tried, 8 * page);
	EXPECT_EQ(it->stats().nr_snapshots, 1u);
}

TEST(Round, WhatIsCutInVainIsGluedTogether)
{
	Memory memory;
	FakeProcess large(3);
	Owned<Rig> it = rig(ConfigBuilder()
				    .target(1, {page_range(0, 10)})
				    .target(3, {page_range(0, 1000)}) // for the size limit
				    .scheme(Action::stat)
				    .with([](SchemeConfig &scheme) {
					    add_filter(scheme, page_range(3, 5), false);
				    }));

	for (int i = 0; i < 3; i++)
		it->round();
	EXPECT_EQ(it->set().target(0).size(), 1u);
	EXPECT_EQ(it->stats().nr_tried, 3 * 4u);
	EXPECT_EQ(large.calls.violations, 0u);
}

TEST(Round, PartsOfAnotherAgeStayApart)
{
	Memory memory;
	FakeProcess large(3);
	Owned<Rig> it = rig(ConfigBuilder()
				    .target(1, {page_range(0, 10)})
				    .target(3, {page_range(0, 1000)}) // for the size limit
				    .scheme(Action::pageout)
				    .with([](SchemeConfig &scheme) {
					    add_filter(scheme, page_range(3, 5), false);
				    }));

	set_ages(it->set(), {7, 7});
	it->round();
	expect_regions(it->set(), 0, {{0, 3}, {3, 5, 0, 0, 7}, {5, 10}});
}

TEST(Round, WhatIsCutIsGluedUpToTheSizeLimit)
{
	Memory memory;
	Owned<Rig> it = rig(one_target({page_range(0, 10), page_range(20, 30), page_range(40, 50)})
				    .regions(3, 100)
				    .scheme(Action::stat)
				    .with([](SchemeConfig &scheme) {
					    add_filter(scheme, page_range(3, 5), false);
				    }));

	it->round();
	expect_regions(it->set(), 0, {{0, 10, 0, 0, 0}, {20, 30, 0, 0, 0}, {40, 50, 0, 0, 0}});
}

TEST(Round, PartsOfARegionAreWantedAsTheWhole)
{
	Memory memory;
	AccessPattern large = any_access;

	large.size.min = 10 * page;
	Owned<Rig> it = rig(one_target({page_range(0, 10), page_range(20, 29)})
				    .scheme(Action::pageout, large)
				    .with([](SchemeConfig &scheme) {
					    add_filter(scheme, page_range(3, 5), false);
				    }));
	it->round();
	expect_applied(memory.process, {page_range(0, 3), page_range(5, 10)});
}

TEST(Round, FolioFiltersAreNotAskedAboutWhatIsAllowed)
{
	Memory memory;
	Owned<Rig> it = rig(one_target({page_range(0, 10)})
				    .scheme(Action::pageout)
				    .with([](SchemeConfig &scheme) {
					    add_filter(scheme, page_range(0, 4), true);
					    add_young_filter(scheme);
				    }));
	it->round();
	ASSERT_EQ(memory.process.applied.size(), 2u);
	EXPECT_EQ(memory.process.applied[0].range.end, 4 * page);
	EXPECT_EQ(memory.process.applied[0].nr_filters, 0u);
	EXPECT_EQ(memory.process.applied[1].range.end, 10 * page);
	EXPECT_EQ(memory.process.applied[1].nr_filters, 1u);
}

TEST(Round, TargetsMayBeFiltered)
{
	Memory memory;
	FilterConfig second;

	second.type = FilterType::target;
	second.matching = true;
	second.allow = true;
	second.target = 1;
	ConfigBuilder config;
	config.target(1, {page_range(0, 10)})
		.target(2, {page_range(0, 10)})
		.scheme(Action::pageout)
		.with([&](SchemeConfig &scheme) { must(scheme.filters.push(std::move(second))); });
	Owned<Rig> it = rig(config);
	it->round();
	expect_applied(memory.process, {});
	expect_applied(memory.second, {page_range(0, 10)});
	EXPECT_EQ(it->stats().nr_snapshots, 2u);
}

TEST(Round, WithoutRoomNothingIsDoneAcrossAFilter)
{
	Memory memory;
	Owned<Rig> it = rig(one_target({page_range(0, 10), page_range(10, 20)})
				    .regions(3, 3)
				    .scheme(Action::pageout)
				    .with([](SchemeConfig &scheme) {
					    add_filter(scheme, page_range(8, 20), true);
				    }),
			    0);

	while (it->set().size() < it->set().capacity()) {
		RegionRewriter rewrite(it->set());

		ASSERT_TRUE(rewrite.next_target());
		ASSERT_TRUE(rewrite.cut(page));
		rewrite.keep();
	}
	it->round();
	expect_applied(memory.process, {page_range(10, 20)});
	EXPECT_TRUE(it->set().valid(page));
	EXPECT_EQ(it->set().total_size(), 20 * page);
}

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

// ---- Counting ----

TEST(Round, EndsWithTheLastSnapshotThatIsAskedFor)
{
	Memory memory;
	ConfigBuilder config;

	config.target(1, {page_range(0, 4)})
		.target(2, {page_range(0, 4)})
		.scheme(Action::pageout, any_access, 0, 1);
	Owned<Rig> it = rig(config);
	it->round();
	it->round();
	expect_applied(memory.process, {page_range(0, 4)});
	expect_applied(memory.second, {});
	EXPECT_EQ(it->stats().nr_snapshots, 1u);
}

TEST(Round, SchemesSeeWhatThoseBeforeThemLeft)
{
	Memory memory;
	AccessPattern old = any_access;

	old.age.min = 5;
	Owned<Rig> it = rig(one_target({page_range(0, 10)})
				    .scheme(Action::pageout)
				    .with([](SchemeConfig &s) { set_quota(s, 4 * page); })
				    .scheme(Action::pageout, old));

	set_ages(it->set(), {7});
	it->round();
	expect_applied(memory.process, {page_range(0, 4), page_range(4, 10)});
}

TEST(Round, TellsOfWhatItTried)
{
	Memory memory;
	Vec<WalkRecord> records;
	Walk walk{.request = nullptr, .records = &records};
	Owned<Rig> it = rig(one_target({page_range(0, 10)})
				    .scheme(Action::pageout)
				    .with([](SchemeConfig &scheme) {
					    set_quota(scheme, 4 * page);
					    add_filter(scheme, page_range(0, 2), false);
					    add_young_filter(scheme);
				    }));

	must(records.resize(1));
	must(records[0].regions.reserve(10));
	memory.process.passed_divisor = 2;
	set_ages(it->set(), {7});
	it->set().all()[0].nr_accesses = 3;
	it->round(walk);
	ASSERT_EQ(records[0].regions.size(), 1u);
	EXPECT_TRUE(records[0].done);
	const TriedRegion &tried = records[0].regions[0];
	EXPECT_EQ(tried.range.start, 2 * page);
	EXPECT_EQ(tried.range.end, 6 * page);
	EXPECT_EQ(tried.nr_accesses, 3u);
	EXPECT_EQ(tried.age, 7u);
	EXPECT_EQ(tried.sz_filter_passed, 2 * page);
	EXPECT_EQ(it->stats().sz_ops_filter_passed, 2 * page);
}

TEST(Round, SumsStopAtTheTop)
{
	Memory memory;
	Owned<Rig> it = rig(one_target({{0, UINT64_MAX - page + 1}}).scheme(Action::stat));

	it->round();
	it->round();
	EXPECT_EQ(it->stats().sz_tried, UINT64_MAX);
}

// ---- Orders ----

TEST(Round, OrdersSayWhatTheConfigurationSays)
{
	Memory memory;
	Owned<Rig> it = rig(one_target({page_range(0, 4), page_range(8, 12)})
				    .scheme(Action::migrate_hot)
				    .with([](SchemeConfig &scheme) {
					    scheme.target_nid = 1;
					    must(scheme.destinations.push({.nid = 0, .weight = 1}));
					    must(scheme.destinations.push({.nid = 1, .weight = 0}));
				    }));

	it->round();
	ASSERT_EQ(memory.process.applied.size(), 2u);
	EXPECT_EQ(memory.process.applied[0].action, Action::migrate_hot);
	EXPECT_EQ(memory.process.applied[0].target_nid, 1);
	EXPECT_EQ(memory.process.applied[0].nr_destinations, 2u);
	// The operations set's note lasts for a walk.
	EXPECT_EQ(memory.process.applied[0].last_folio, 0u);
	EXPECT_EQ(memory.process.applied[1].last_folio, 4 * page);
	it->round();
	EXPECT_EQ(memory.process.applied[2].last_folio, 0u);
}

TEST(Round, WithoutWeightsNothingMigrates)
{
	Memory memory;
	Owned<Rig> it = rig(one_target({page_range(0, 4)})
				    .scheme(Action::migrate_hot)
				    .with([](SchemeConfig &scheme) {
					    must(scheme.destinations.push({.nid = 0, .weight = 0}));
				    }));

	it->round();
	expect_applied(memory.process, {});
	EXPECT_EQ(it->stats().nr_tried, 1u);
	EXPECT_EQ(it->stats().nr_applied, 0u);
}

TEST(Round, PhysicalMemoryHasNoDestinations)
{
	register_fake({.id = OperationsId::paddr, .targets_end = false});
	FakeProcess process(1);
	ConfigBuilder config(OperationsId::paddr);

	config.target(1, {page_range(0, 4)})
		.scheme(Action::migrate_hot)
		.with([](SchemeConfig &scheme) {
			scheme.target_nid = 0;
			must(scheme.destinations.push({.nid = 0, .weight = 0}));
		});
	Owned<Rig> it = rig(config);
	it->round();
	ASSERT_EQ(process.applied.size(), 1u);
	EXPECT_EQ(process.applied[0].nr_destinations, 0u);
}

TEST(Round, WhatCannotBeDoneIsRefused)
{
	register_fake({.only_stat = true});
	FakeProcess process(1);
	FakeMetrics metrics;
	SchemeEngine engine;
	ConfigBuilder builder = one_target({page_range(0, 4)});
	builder.scheme(Action::stat).scheme(Action::pageout);
	const ContextConfig &config = builder;

	const Result<> refused =
		engine.configure(config.schemes, *find_operations(OperationsId::fvaddr));
	ASSERT_TRUE(!refused);
	EXPECT_EQ(refused.error().number, EOPNOTSUPP);
	EXPECT_STREQ(refused.error().where[0].list, "schemes");
	EXPECT_EQ(refused.error().where[0].index, 1u);
}

namespace {

// The sentence, with the scheme migrating to @target_nid, or @dests; empty: it is taken.
const char *refused_nodes(int target_nid, std::span<const uint32_t> dests,
			  OperationsId operations = OperationsId::fvaddr,
			  Action action = Action::migrate_cold, uint32_t *dest = nullptr)
{
	SchemeEngine engine;
	ConfigBuilder builder = one_target({page_range(0, 4)});

	builder.scheme(action).with([&](SchemeConfig &scheme) {
		scheme.target_nid = target_nid;
		for (uint32_t nid : dests)
			must(scheme.destinations.push({.nid = nid, .weight = 1}));
	});
	const ContextConfig &config = builder;
	const Result<> result = engine.configure(config.schemes, *find_operations(operations));

	if (result)
		return "";
	EXPECT_EQ(result.error().number, EINVAL);
	EXPECT_STREQ(result.error().where[0].list, "schemes");
	if (dest) {
		EXPECT_STREQ(result.error().where[1].list, "dests");
		*dest = result.error().where[1].index;
	}
	return result.error().reason;
}

} // namespace

TEST(Round, MigratesToNodesThatMayBe)
{
	register_fake({});
	register_fake({.id = OperationsId::paddr});
	const char *const none = "target_nid: the action needs a node to migrate to";
	const char *const wrong = "target_nid: this machine has no such node";
	const int last = FakeMetrics::nr_nodes - 1;

	for (Action action : {Action::migrate_hot, Action::migrate_cold}) {
		for (OperationsId operations : {OperationsId::fvaddr, OperationsId::paddr}) {
			auto refused = [&](int nid) {
				return refused_nodes(nid, {}, operations, action);
			};

			EXPECT_STREQ(refused(0), "");
			EXPECT_STREQ(refused(last), "");
			EXPECT_STREQ(refused(last + 1), wrong);
			EXPECT_STREQ(refused(INT32_MAX), wrong);
			EXPECT_STREQ(refused(-1), none);
			EXPECT_STREQ(refused(-2), wrong);
		}
	}
	// Of other actions it means nothing.
	EXPECT_STREQ(refused_nodes(7, {}, OperationsId::fvaddr, Action::pageout), "");
}

TEST(Round, DestinationsAreNodesThatMayBe)
{
	register_fake({});
	register_fake({.id = OperationsId::paddr});
	const char *const wrong = "id: this machine has no such node";
	const auto last = static_cast<uint32_t>(FakeMetrics::nr_nodes - 1);
	const uint32_t good[] = {0, last}, bad[] = {last, last + 1}, huge[] = {UINT32_MAX};
	uint32_t dest = 9;

	// They are in place of the target node.
	EXPECT_STREQ(refused_nodes(-1, good), "");
	EXPECT_STREQ(refused_nodes(77, good), "");
	EXPECT_STREQ(refused_nodes(0, bad, OperationsId::fvaddr, Action::migrate_hot, &dest),
		     wrong);
	EXPECT_EQ(dest, 1u);
	EXPECT_STREQ(refused_nodes(0, huge, OperationsId::fvaddr, Action::migrate_hot, &dest),
		     wrong);
	EXPECT_EQ(dest, 0u);
	EXPECT_STREQ(refused_nodes(0, bad, OperationsId::fvaddr, Action::pageout), "");
	// Physical memory does without them.
	EXPECT_STREQ(refused_nodes(0, bad, OperationsId::paddr), "");
	EXPECT_STREQ(refused_nodes(9, good, OperationsId::paddr),
		     "target_nid: this machine has no such node");
}

TEST(Round, NodesThatCannotBeMayBeIgnored)
{
	Memory memory;
	FakeMetrics metrics;

	metrics.silent_unsupported = true;
	Owned<Rig> it = rig(one_target({page_range(0, 4)})
				    .scheme(Action::migrate_hot)
				    .with([](SchemeConfig &scheme) { scheme.target_nid = 7; }));
	it->round();
	expect_applied(memory.process, {});
	EXPECT_EQ(it->stats().nr_tried, 1u);
}

TEST(Round, WhatCannotBeDoneMayBeIgnored)
{
	register_fake({.only_stat = true});
	FakeProcess process(1);
	FakeMetrics metrics;

	metrics.silent_unsupported = true;
	Owned<Rig> it = rig(one_target({page_range(0, 4)}).scheme(Action::pageout));
	set_ages(it->set(), {7});
	it->round();
	EXPECT_EQ(process.calls.applies, 0u);
	EXPECT_EQ(it->stats().nr_tried, 1u);
	EXPECT_EQ(it->stats().sz_tried, 4 * page);
	EXPECT_EQ(it->stats().nr_applied, 0u);
	EXPECT_EQ(it->set().all()[0].age, 0u);
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

// ---- Whatever the schemes ----

namespace {

constexpr uint64_t nr_pages = 200;

void random_scheme(SchemeConfig &scheme, Random &random)
{
	if (random.below(2))
		scheme.quota.bytes = random.below(nr_pages) * page / (1 + random.below(3));
	if (random.below(4) == 0) {
		scheme.quota.ms = 1 + random.below(3);
		scheme.quota.reset_interval_ms = random.below(100);
	}
	scheme.quota.age_permil = static_cast<uint32_t>(random.below(3));
	scheme.quota.nr_accesses_permil = static_cast<uint32_t>(random.below(3));
	scheme.quota.fail_charge_denom = static_cast<uint32_t>(random.below(3));
	scheme.quota.fail_charge_num =
		static_cast<uint32_t>(random.below(scheme.quota.fail_charge_denom + 1));
	for (uint64_t n = random.below(3); n > 0; n--) {
		const uint64_t start = random.below(nr_pages * page);

		add_filter(scheme, {start, start + random.below(nr_pages * page)}, random.below(2));
	}
	if (random.below(2))
		scheme.pattern.age.min = static_cast<uint32_t>(random.below(4));
	if (random.below(2))
		scheme.pattern.size.min = random.below(20) * page;
}

ConfigBuilder random_config(Random &random)
{
	ConfigBuilder config;

	config.target(1, {page_range(0, 60), page_range(60, 61), page_range(70, 150),
			  page_range(150, nr_pages)})
		.target(2, {page_range(10, 130)});
	for (uint64_t n = 1 + random.below(3); n > 0; n--) {
		config.scheme(random.below(4) ? Action::pageout : Action::stat);
		config.with([&](SchemeConfig &scheme) { random_scheme(scheme, random); });
	}
	return config;
}

} // namespace

// What is monitored stays the same; quotas are not exceeded by more than a minimum region; what was
// handed to the operations set is what was counted, and no page of it twice in a round.
TEST(Round, InvariantsHoldForAnySchemes)
{
	const uint64_t seed = 0x40bd;
	Random random(seed);

	for (int number = 0; number < 300; number++) {
		Memory memory;
		// The cases without room are rare by chance.
		Owned<Rig> it = rig(random_config(random).regions(3, 5 + random.below(8)),
				    random.below(3) ? 40 : 0);
		const uint64_t total = it->set().total_size();

		memory.process.apply_ns_per_page = random.below(100'000);
		memory.second.apply_ns_per_page = memory.process.apply_ns_per_page;
		memory.process.apply_divisor = memory.second.apply_divisor = 1 + random.below(3);
		for (int i = 0; i < 12; i++) {
			std::span<const Scheme> schemes = it->engine.schemes();
			SchemeStats before[4];
			uint64_t handed = 0;
			uint64_t counted = 0;
			const std::size_t nr_regions = it->set().size();

			for (std::size_t s = 0; s < schemes.size(); s++)
				before[s] = schemes[s].stats;
			memory.process.applied.clear();
			memory.second.applied.clear();
			for (Region &region : it->set().all()) {
				region.nr_accesses = static_cast<uint32_t>(random.below(5));
				region.age += static_cast<uint32_t>(random.below(3));
			}
			it->round();

			EXPECT_TRUE(it->set().valid(page));
			EXPECT_EQ(it->set().total_size(), total)
				<< "seed " << seed << ", " << number << ", round " << i;
			EXPECT_GE(it->set().size(), nr_regions) << "of scheme set " << number;
			for (std::size_t s = 0; s < schemes.size(); s++) {
				const Quota &quota = schemes[s].quota;
				const uint64_t tried =
					schemes[s].stats.sz_tried - before[s].sz_tried;

				if (schemes[s].config.action != Action::stat)
					counted += tried;
				if (quota.exists() &&
				    schemes[s].config.quota.fail_charge_denom == 0) {
					EXPECT_LE(tried, quota.effective_size() + page)
						<< "scheme set " << number << ", round " << i;
				}
				EXPECT_LE(tried, total);
			}
			for (FakeProcess *process : {&memory.process, &memory.second}) {
				for (const auto &one : process->applied) {
					if (one.action != Action::stat)
						handed += one.range.size();
				}
			}
			EXPECT_EQ(handed, counted) << "scheme set " << number << ", round " << i;
		}
	}
}

// Sooner or later, everything has its turn.
TEST(Round, AQuotaGoesAroundInTurns)
{
	Random random(0x7a7);

	for (int number = 0; number < 50; number++) {
		Memory memory;
		const uint64_t quota = (1 + random.below(40)) * page;
		ConfigBuilder simple;

		simple.target(1, {page_range(0, 60), page_range(60, 61), page_range(70, nr_pages)})
			.target(2, {page_range(10, 130)})
			.scheme(Action::pageout)
			.with([&](SchemeConfig &s) { set_quota(s, quota); });
		Owned<Rig> it = rig(simple);
		const uint64_t total = it->set().total_size();

		for (uint64_t i = 0; i < (total + quota - 1) / quota; i++)
			it->round();
		EXPECT_EQ(it->stats().sz_tried, total) << "quota " << quota;
		EXPECT_EQ(it->stats().nr_snapshots, 2u) << "quota " << quota;
	}
}
