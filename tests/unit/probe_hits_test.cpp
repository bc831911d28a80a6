// SPDX-License-Identifier: GPL-2.0
// Probe hits of regions: they go where their region goes.
#include "core/moving_sum.hpp"
#include "tests/unit/region_model.hpp"

using namespace damon;
using namespace damon::test;

namespace {

constexpr uint32_t weight_one[] = {1};

ProbeHits hits(uint8_t now, uint8_t last = 0)
{
	ProbeHits made;

	made.now[0] = now;
	made.last[0] = last;
	return made;
}

// Pairs of now and last, of probe 0.
void expect_hits(const RegionSet &set, std::initializer_list<ProbeHits> expected)
{
	std::span<const ProbeHits> all = set.hits(0);

	EXPECT_TRUE(set.valid(page));
	ASSERT_EQ(all.size(), expected.size());
	for (std::size_t i = 0; i < expected.size(); i++) {
		EXPECT_EQ(unsigned{all[i].now[0]}, unsigned{expected.begin()[i].now[0]}) << i;
		EXPECT_EQ(unsigned{all[i].last[0]}, unsigned{expected.begin()[i].last[0]}) << i;
	}
}

void add_target(RegionSet &set, std::initializer_list<Pages> regions,
		std::initializer_list<ProbeHits> hits)
{
	Vec<Region> made;

	for (const Pages &pages : regions)
		must(made.push(region(pages)));
	must(set.add_target(made, {hits.begin(), hits.size()}));
}

// Each region's hits are its accesses, as far as both have them.
bool hits_are_accesses(const RegionSet &set)
{
	for (const Region &region : set.all()) {
		const ProbeHits *hits = set.hits_of(region);

		if (!hits || hits->now[0] != region.nr_accesses ||
		    hits->last[0] != region.last_nr_accesses)
			return false;
	}
	return true;
}

void copy_accesses_to_hits(RegionSet &set)
{
	for (std::size_t i = 0; i < set.size(); i++) {
		const Region &region = set.all()[i];

		set.all_hits()[i] = hits(static_cast<uint8_t>(region.nr_accesses),
					 static_cast<uint8_t>(region.last_nr_accesses));
	}
}

} // namespace

TEST(ProbeHits, BothPartsOfACutInherit)
{
	RegionSet set;

	must(set.install_probes());
	must(set.reserve(4));
	add_target(set, {{0, 10}, {10, 20}}, {hits(1, 2), hits(3, 4)});
	{
		RegionRewriter rewrite(set);

		ASSERT_TRUE(rewrite.next_target());
		rewrite.keep();
		EXPECT_TRUE(rewrite.cut(15 * page));
		EXPECT_EQ(unsigned{rewrite.peek_hits()->now[0]}, 3u);
		EXPECT_EQ(unsigned{rewrite.last_hits()->now[0]}, 3u);
		EXPECT_EQ(set.hits_of(*rewrite.peek()), rewrite.peek_hits());
	}
	expect_hits(set, {hits(1, 2), hits(3, 4), hits(3, 4)});
}

TEST(ProbeHits, WhatIsPutAnewHasNone)
{
	RegionSet set;

	must(set.install_probes());
	must(set.reserve(2));
	add_target(set, {{0, 10}}, {hits(9, 9)});
	{
		RegionRewriter rewrite(set);

		ASSERT_TRUE(rewrite.next_target());
		rewrite.take();
		rewrite.put(region({5, 6}));
	}
	expect_hits(set, {hits(0)});
	must(set.add_target());
	EXPECT_TRUE(set.hits(1).empty());
}

TEST(ProbeHits, AreAveragedBySizeOnAMerge)
{
	RegionSet set;

	must(set.install_probes());
	add_target(set, {{0, 30, 5, 5}, {30, 40, 5, 5}}, {hits(4, 255), hits(8, 0)});
	age_and_merge(
		set,
		{.max_nr_regions = 100, .samples_per_aggregation = 10, .size_limit = 100 * page});
	expect_regions(set, 0, {{0, 40, 5, 5, 1}});
	expect_hits(set, {hits(5, 191)});
}

TEST(ProbeHits, WithWeightsDecideWhatIsMerged)
{
	RegionSet set;
	const uint32_t weights[] = {1, 10};
	ProbeHits two = hits(0);

	two.now[1] = 2; // 20
	must(set.install_probes());
	// The same number of accesses, and 20, 20, 19 and 17 by weight: the limit is 2.
	add_target(set, {{0, 1, 7}, {1, 2, 7}, {2, 3, 7}, {3, 4, 7}},
		   {hits(20), two, hits(19), hits(17)});
	age_and_merge(set, {.max_nr_regions = 100,
			    .samples_per_aggregation = 20,
			    .size_limit = 2 * page,
			    .weights = weights});
	ASSERT_EQ(set.size(), 2u);
	EXPECT_EQ(set.all()[0].end, 2 * page);
	EXPECT_EQ(unsigned{set.hits(0)[0].now[0]}, 10u);
	EXPECT_EQ(unsigned{set.hits(0)[0].now[1]}, 1u);
	EXPECT_EQ(unsigned{set.hits(0)[1].now[0]}, 18u);
}

TEST(ProbeHits, WithWeightsDecideOnAge)
{
	RegionSet set;

	must(set.install_probes());
	// Threshold 2.
	add_target(set, {{0, 1, 0, 9, 5}, {2, 3, 0, 9, 5}, {4, 5, 0, 9, 5}, {6, 7, 9, 9, 5}},
		   {hits(20, 18), hits(20, 17), hits(0, 0), hits(1, 0)});
	age_and_merge(set, {.max_nr_regions = 100,
			    .samples_per_aggregation = 20,
			    .size_limit = 100 * page,
			    .weights = weight_one});
	EXPECT_EQ(set.all()[0].age, 6u);
	EXPECT_EQ(set.all()[1].age, 0u);
	EXPECT_EQ(set.all()[2].age, 6u);
	EXPECT_EQ(set.all()[3].age, 0u);
}

TEST(ProbeHits, TheMaximumHoldsForTheLargestWeights)
{
	RegionSet set;
	const uint32_t weights[] = {UINT32_MAX / 255};

	must(set.install_probes());
	add_target(set, {{0, 1}, {1, 2}, {2, 3}, {3, 4}}, {hits(255), hits(0), hits(255), hits(0)});
	age_and_merge(set, {.max_nr_regions = 2,
			    .samples_per_aggregation = 255,
			    .size_limit = 100 * page,
			    .weights = weights});
	EXPECT_LE(set.size(), 2u);
}

TEST(ProbeHits, FollowTheirRegionsIntoNewRanges)
{
	RegionSet set;
	const Range ranges[] = {page_range(5, 15), page_range(17, 18), page_range(30, 31)};

	must(set.install_probes());
	add_target(set, {{0, 10}, {12, 20}}, {hits(1, 1), hits(2, 2)});
	ASSERT_OK(fit_to_ranges(set, 0, ranges));
	expect_regions(set, 0, {{5, 10}, {10, 12}, {12, 15}, {17, 18}, {30, 31}});
	expect_hits(set, {hits(1, 1), hits(0), hits(2, 2), hits(2, 2), hits(0)});
}

TEST(ProbeHits, CanComeToRegionsThatAreThere)
{
	RegionSet set;

	add_target(set, {{0, 1, 7}, {1, 2, 7}});
	EXPECT_FALSE(set.has_probes());
	EXPECT_TRUE(set.all_hits().empty());
	ASSERT_OK(set.install_probes());
	EXPECT_EQ(set.all_hits().size(), 2u);
	expect_hits(set, {hits(0), hits(0)});
	ASSERT_OK(set.reserve(100));
	EXPECT_TRUE(set.valid(page));
}

// Where hits equal accesses, and have the weight 1, nothing can tell the two ways apart.
TEST(ProbeHits, DoWhatAccessesDo)
{
	Random random(7);

	for (int run = 0; run < 20; run++) {
		RegionSet by_accesses;
		RegionSet by_hits;
		const uint64_t seed = random.next();
		auto make = [&](RegionSet &set) {
			Random same(seed);

			must(set.reserve(120));
			random_target(set, same, 30, 20);
			random_target(set, same, 20, 20);
		};

		must(by_hits.install_probes());
		make(by_accesses);
		make(by_hits);
		copy_accesses_to_hits(by_hits);
		for (int step = 0; step < 30; step++) {
			const uint64_t step_seed = random.next();
			auto change = [&](RegionSet &set, std::span<const uint32_t> weights) {
				Random same(step_seed);
				SplitMemory memory;
				const uint64_t at = same.below(500);
				const Range ranges[] = {page_range(at, at + 1 + same.below(500)),
							page_range(1200, 1300 + same.below(700))};
				const Find find = {.target = 1, .address = same.below(1000) * page};

				age_and_merge(set, {.max_nr_regions = 100,
						    .samples_per_aggregation = 20,
						    .size_limit = 200 * page,
						    .weights = weights});
				enforce_size_limit(set, 150 * page);
				if (step % 5 == 4)
					must(fit_to_ranges(set, same.below(2), ranges));
				carve(set, {&find, 1}, 3 * page, 100, page);
				split(set, same, memory, 100, page);
			};

			change(by_accesses, {});
			change(by_hits, weight_one);
			ASSERT_EQ(by_accesses.size(), by_hits.size());
			for (std::size_t i = 0; i < by_hits.size(); i++)
				ASSERT_TRUE(same(by_accesses.all()[i], by_hits.all()[i])) << i;
			ASSERT_TRUE(hits_are_accesses(by_hits));
			ASSERT_TRUE(by_hits.valid(page));
			// A new window.
			for (std::size_t i = 0; i < by_hits.size(); i++) {
				Region &region = by_hits.all()[i];

				region.last_nr_accesses = region.nr_accesses;
				region.nr_accesses = static_cast<uint32_t>(random.below(21));
				by_accesses.all()[i] = region;
			}
			copy_accesses_to_hits(by_hits);
		}
	}
}

TEST(ProbeHits, MovingSumsAreThoseOfAccesses)
{
	const WindowPosition start(20, 20);
	const WindowPosition middle(10, 20);
	const ProbeHits some = hits(7, 20);
	const ProbeHits many = hits(200, 255);
	uint8_t sums[max_nr_probes];

	start.moving_sums(&some, sums);
	EXPECT_EQ(unsigned{sums[0]}, 20u);
	EXPECT_EQ(unsigned{sums[1]}, 0u);
	middle.moving_sums(&some, sums);
	EXPECT_EQ(unsigned{sums[0]}, 17u);
	middle.moving_sums(&many, sums);
	EXPECT_EQ(unsigned{sums[0]}, 255u);
	middle.moving_sums(nullptr, sums);
	EXPECT_EQ(unsigned{sums[0]}, 0u);
}
