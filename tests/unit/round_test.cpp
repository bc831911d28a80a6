// SPDX-License-Identifier: GPL-2.0
// Rounds of schemes over regions that are given: what is cut, applied, counted.
#include "core/random.hpp"
#include "tests/unit/round_tools.hpp"

using namespace damon;
using namespace damon::test;

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

TEST(Round, StatMeasuresWhatFiltersOfFoliosAreNotAskedAbout)
{
	Memory memory;
	Owned<Rig> it = rig(
		one_target({page_range(0, 10)}).scheme(Action::stat).with([](SchemeConfig &scheme) {
			add_filter(scheme, page_range(0, 4), true);
			add_young_filter(scheme);
		}));

	memory.process.passed_divisor = 1;
	it->round();
	EXPECT_EQ(it->stats().nr_tried, 2u);
	EXPECT_EQ(it->stats().sz_ops_filter_passed, 10 * page);
	ASSERT_EQ(memory.process.applied.size(), 2u);
	EXPECT_EQ(memory.process.applied[0].nr_filters, 0u);
	EXPECT_EQ(memory.process.applied[1].nr_filters, 1u);
}

TEST(Round, SumsStopAtTheTop)
{
	Memory memory;
	Owned<Rig> it = rig(one_target({{0, UINT64_MAX - page + 1}}).scheme(Action::stat));

	it->round();
	it->round();
	EXPECT_EQ(it->stats().sz_tried, UINT64_MAX);
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
