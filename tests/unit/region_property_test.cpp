// SPDX-License-Identifier: GPL-2.0
// What holds for any regions, and that the quick code does what the plain model does.
#include "core/adjust.hpp"
#include "tests/unit/region_model.hpp"

using namespace damon;
using namespace damon::test;

namespace {

constexpr uint32_t samples = 20;

// Which addresses are covered: regions joined where they touch, per target.
Vec<Vec<Range>> coverage(const RegionSet &set)
{
	Vec<Vec<Range>> all;

	for (std::size_t t = 0; t < set.nr_targets(); t++) {
		Vec<Range> covered;

		for (const Region &region : set.target(t)) {
			if (!covered.empty() && covered[covered.size() - 1].end == region.start)
				covered[covered.size() - 1].end = region.end;
			else
				must(covered.push({region.start, region.end}));
		}
		must(all.push(std::move(covered)));
	}
	return all;
}

bool same(const Vec<Vec<Range>> &a, const Vec<Vec<Range>> &b)
{
	return std::equal(a.begin(), a.end(), b.begin(), b.end(),
			  [](const Vec<Range> &x, const Vec<Range> &y) {
				  return std::equal(x.begin(), x.end(), y.begin(), y.end());
			  });
}

void random_set(RegionSet &set, Random &random, std::size_t most_regions)
{
	std::size_t targets = 1 + random.below(3);

	for (std::size_t t = 0; t < targets; t++)
		random_target(set, random, random.below(most_regions), samples,
			      1 + random.below(64));
}

void random_counts(RegionSet &set, RegionModel &model, Random &random)
{
	std::size_t i = 0;

	for (Vec<Region> &list : model.targets()) {
		for (Region &expected : list) {
			Region &region = set.all()[i++];

			expected.last_nr_accesses = expected.nr_accesses;
			if (random.below(2))
				expected.nr_accesses =
					static_cast<uint32_t>(random.below(samples + 1));
			region.last_nr_accesses = expected.last_nr_accesses;
			region.nr_accesses = expected.nr_accesses;
		}
	}
}

Vec<Range> random_ranges(Random &random)
{
	Vec<Range> ranges;
	uint64_t at = random.below(40);

	for (std::size_t n = random.below(6); n-- > 0;) {
		uint64_t size = 1 + random.below(300);

		must(ranges.push(page_range(at, at + size)));
		at += size + random.below(100);
	}
	return ranges;
}

RegionModel model_of(const RegionSet &set)
{
	RegionModel model;

	for (std::size_t t = 0; t < set.nr_targets(); t++)
		model.add_target(set.target(t));
	return model;
}

} // namespace

TEST(RegionProperty, MergeMatchesTheModel)
{
	for (uint64_t seed = 0; seed < 300; seed++) {
		Random random(seed);
		RegionSet set;

		random_set(set, random, 60);
		RegionModel model = model_of(set);
		const MergeRules rules{.max_nr_regions = 1 + random.below(80),
				       .samples_per_aggregation = samples,
				       .size_limit = (1 + random.below(500)) * page};
		age_and_merge(set, rules);
		model.age_and_merge(rules);
		ASSERT_TRUE(same_as(set, model)) << "seed " << seed;
	}
}

TEST(RegionProperty, MergeKeepsBytesAndTheSizeLimit)
{
	for (uint64_t seed = 0; seed < 300; seed++) {
		Random random(seed);
		RegionSet set;

		random_set(set, random, 100);
		const Vec<Vec<Range>> before = coverage(set);
		const uint64_t limit = (1 + random.below(200)) * page;
		uint64_t largest = limit;
		uint64_t accesses = 0;

		for (const Region &region : set.all()) {
			largest = std::max(largest, region.size());
			accesses += region.size() * region.nr_accesses;
		}
		const std::size_t size = set.size();
		const uint32_t most = set.max_nr_accesses();
		age_and_merge(set, {.max_nr_regions = 1 + random.below(100),
				    .samples_per_aggregation = samples,
				    .size_limit = limit});
		ASSERT_TRUE(set.valid(page)) << "seed " << seed;
		EXPECT_TRUE(same(before, coverage(set))) << "seed " << seed;
		EXPECT_LE(set.size(), size);
		EXPECT_LE(set.max_nr_accesses(), most);

		uint64_t after = 0;

		for (const Region &region : set.all()) {
			EXPECT_LE(region.size(), largest) << "seed " << seed;
			after += region.size() * region.nr_accesses;
		}
		// Each join rounds down by less than one access for the joint region.
		EXPECT_LE(after, accesses) << "seed " << seed;
		EXPECT_LE(accesses - after, size * set.total_size()) << "seed " << seed;
	}
}

TEST(RegionProperty, SplitKeepsBytesAndTheMaximum)
{
	for (uint64_t seed = 0; seed < 500; seed++) {
		Random random(seed);
		RegionSet set;
		SplitMemory memory;
		const uint64_t min_size = random.below(2) ? page : 4 * page;

		for (std::size_t t = 1 + random.below(3); t-- > 0;) {
			Vec<Region> regions;
			uint64_t at = 4;

			for (std::size_t n = random.below(30); n-- > 0;) {
				uint64_t end = at + 4 * (1 + random.below(40));

				must(regions.push(region({at, end, 1, 2, 3})));
				at = end + 4 * random.below(2);
			}
			must(set.add_target(regions));
		}
		const uint64_t max = set.size() + random.below(2 * set.size() + 4);
		const Vec<Vec<Range>> before = coverage(set);

		ASSERT_OK(set.reserve(set.size() + random.below(max + 1)));
		memory.last_nr_regions = random.below(2) ? set.size() : 0;
		memory.rotation = random.next();
		for (int round = 0; round < 4; round++) {
			std::size_t size = set.size();

			split(set, random, memory, max, min_size);
			ASSERT_TRUE(set.valid(min_size)) << "seed " << seed;
			ASSERT_TRUE(same(before, coverage(set))) << "seed " << seed;
			EXPECT_GE(set.size(), size);
			EXPECT_LE(set.size(), std::max<uint64_t>(size, max)) << "seed " << seed;
			EXPECT_LE(set.size(), set.capacity());
			for (const Region &region : set.all()) {
				EXPECT_EQ(region.nr_accesses, 1u);
				EXPECT_EQ(region.age, 3u);
			}
		}
	}
}

TEST(RegionProperty, SplitReachesItsMaximum)
{
	RegionSet set;
	Random random(1);
	SplitMemory memory;

	add_target(set, {{0, 1000000}});
	ASSERT_OK(set.reserve(1000));
	for (int round = 0; round < 100; round++)
		split(set, random, memory, 1000, page);
	EXPECT_GE(set.size(), 999u);
	EXPECT_LE(set.size(), 1000u);
}

TEST(RegionProperty, SizeLimitMatchesTheModel)
{
	for (uint64_t seed = 0; seed < 300; seed++) {
		Random random(seed);
		RegionSet set;

		random_set(set, random, 30);
		ASSERT_OK(set.reserve(set.size() + random.below(200)));
		RegionModel model = model_of(set);
		const uint64_t limit = region_size_limit(set, 1 + random.below(300), page);

		EXPECT_EQ(limit % page, 0u);
		EXPECT_GE(limit, page);
		enforce_size_limit(set, limit);
		model.enforce(limit, set.capacity());
		ASSERT_TRUE(same_as(set, model)) << "seed " << seed;
	}
}

TEST(RegionProperty, TheMinimumNumberIsReached)
{
	for (uint64_t seed = 0; seed < 100; seed++) {
		Random random(seed);
		RegionSet set;
		const uint64_t min_nr = 3 + random.below(100);

		random_target(set, random, 5 + random.below(10), samples, 100);
		ASSERT_OK(set.reserve(1000));
		const uint64_t pages = set.total_size() / page;
		const uint64_t limit = region_size_limit(set, min_nr, page);

		enforce_size_limit(set, limit);
		// Rounding the limit up to a page may cost some; half of it are always there.
		EXPECT_GE(set.size() * 2, std::min(min_nr, pages)) << "seed " << seed;
		for (const Region &region : set.all())
			EXPECT_LE(region.size(), limit);
	}
}

TEST(RegionProperty, FitCoversExactlyTheRanges)
{
	for (uint64_t seed = 0; seed < 500; seed++) {
		Random random(seed);
		RegionSet set;

		random_set(set, random, 20);
		const std::size_t target = random.below(set.nr_targets());
		const Vec<Range> ranges = random_ranges(random);
		Vec<Vec<Range>> expected = coverage(set);

		ASSERT_OK(fit_to_ranges(set, target, ranges));
		ASSERT_TRUE(set.valid(page)) << "seed " << seed;

		// Touching ranges look like one in the coverage.
		expected[target].clear();
		for (const Range &range : ranges) {
			Vec<Range> &list = expected[target];

			if (!list.empty() && list[list.size() - 1].end == range.start)
				list[list.size() - 1].end = range.end;
			else
				must(list.push(range));
		}
		EXPECT_TRUE(same(expected, coverage(set))) << "seed " << seed;
	}
}

TEST(RegionProperty, FitMatchesTheModel)
{
	for (uint64_t seed = 0; seed < 500; seed++) {
		Random random(seed);
		RegionSet set;

		random_set(set, random, 20);
		RegionModel model = model_of(set);
		const std::size_t target = random.below(set.nr_targets());
		const Vec<Range> ranges = random_ranges(random);

		ASSERT_OK(fit_to_ranges(set, target, ranges));
		model.fit(target, ranges);
		ASSERT_TRUE(same_as(set, model)) << "seed " << seed;
	}
}

// A context's life in short: whatever comes, the set stays in order and does as the model does.
TEST(RegionProperty, LongSequencesMatchTheModel)
{
	for (uint64_t seed = 0; seed < 20; seed++) {
		Random random(seed);
		RegionSet set;
		SplitMemory memory;
		const uint64_t max = 10 + random.below(300);

		random_set(set, random, 10);
		ASSERT_OK(set.reserve(max));
		RegionModel model = model_of(set);

		for (int step = 0; step < 200; step++) {
			const uint64_t limit = region_size_limit(set, 3 + random.below(20), page);
			const MergeRules rules{.max_nr_regions = max,
					       .samples_per_aggregation = samples,
					       .size_limit = limit};

			switch (random.below(8)) {
			case 0: {
				const std::size_t target = random.below(set.nr_targets());
				const Vec<Range> ranges = random_ranges(random);

				ASSERT_OK(fit_to_ranges(set, target, ranges));
				model.fit(target, ranges);
				break;
			}
			case 1:
				enforce_size_limit(set, limit);
				model.enforce(limit, set.capacity());
				break;
			case 2:
			case 3:
				random_counts(set, model, random);
				age_and_merge(set, rules);
				model.age_and_merge(rules);
				break;
			default:
				// Chance decides, so the model follows.
				split(set, random, memory, max, page);
				EXPECT_EQ(set.total_size(), model.total_size());
				model = model_of(set);
				break;
			}
			ASSERT_TRUE(same_as(set, model)) << "seed " << seed << " step " << step;
		}
	}
}
