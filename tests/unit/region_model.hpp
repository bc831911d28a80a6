// SPDX-License-Identifier: GPL-2.0
// What the region set should do, written as plainly as possible: a list a target, new lists for
// old, no thought of memory or time.  Sizes must stay below 2^32 in all, then it is exact.
#pragma once

#include <algorithm>
#include <span>

#include "core/adjust.hpp"
#include "core/random.hpp"
#include "tests/unit/regions.hpp"

namespace damon::test {

class RegionModel {
      public:
	void add_target(std::span<const Region> regions)
	{
		Vec<Region> list;

		for (const Region &region : regions)
			must(list.push(region));
		must(targets_.push(std::move(list)));
	}

	std::size_t size() const
	{
		std::size_t n = 0;

		for (const Vec<Region> &list : targets_)
			n += list.size();
		return n;
	}

	uint64_t total_size() const
	{
		uint64_t total = 0;

		for (const Vec<Region> &list : targets_) {
			for (const Region &region : list)
				total += region.size();
		}
		return total;
	}

	// Every region's counter and age change as if sampled.
	Vec<Vec<Region>> &targets()
	{
		return targets_;
	}

	void age_and_merge(const MergeRules &rules)
	{
		uint32_t threshold = 0;

		for (const Vec<Region> &list : targets_) {
			for (const Region &region : list)
				threshold = std::max(threshold, region.nr_accesses);
		}
		threshold /= 10;
		for (Vec<Region> &list : targets_) {
			for (Region &region : list)
				grow_older(region, threshold);
		}
		merge(threshold, rules.size_limit);
		while (size() > rules.max_nr_regions && threshold < rules.samples_per_aggregation) {
			uint32_t half = rules.samples_per_aggregation / 2;

			if (threshold >= half)
				threshold = rules.samples_per_aggregation;
			else
				threshold = threshold == 0 ? 1 : threshold * 2;
			merge(threshold, rules.size_limit);
		}
	}

	void enforce(uint64_t limit, std::size_t capacity)
	{
		std::size_t room = capacity - size();

		for (Vec<Region> &list : targets_) {
			Vec<Region> cut;

			for (Region region : list) {
				while (region.size() > limit && room > 0) {
					Region left = region;

					left.end = region.start = left.start + limit;
					must(cut.push(left));
					room--;
				}
				must(cut.push(region));
			}
			list = std::move(cut);
		}
	}

	void fit(std::size_t target, std::span<const Range> ranges)
	{
		Vec<Region> fitted;

		for (const Range &range : ranges) {
			std::size_t before = fitted.size();

			for (Region region : targets_[target]) {
				if (region.end <= range.start || region.start >= range.end)
					continue;
				bool first = fitted.size() == before;
				uint64_t covered =
					first ? range.start : fitted[fitted.size() - 1].end;

				region.end = std::min(region.end, range.end);
				if (first)
					region.start = range.start;
				else if (region.start > covered)
					must(fitted.push(unknown(covered, region.start)));
				must(fitted.push(region));
			}
			if (fitted.size() == before)
				must(fitted.push(unknown(range.start, range.end)));
			fitted[fitted.size() - 1].end = range.end;
		}
		targets_[target] = std::move(fitted);
	}

      private:
	static Region unknown(uint64_t start, uint64_t end)
	{
		Region made;

		made.start = start;
		made.end = end;
		return made;
	}

	static uint32_t gap(uint32_t a, uint32_t b)
	{
		return a < b ? b - a : a - b;
	}

	static void grow_older(Region &region, uint32_t threshold)
	{
		if (gap(region.nr_accesses, region.last_nr_accesses) > threshold ||
		    (region.nr_accesses == 0) != (region.last_nr_accesses == 0))
			region.age = 0;
		else
			region.age++;
	}

	static uint32_t average(uint32_t a, uint64_t size_a, uint32_t b, uint64_t size_b)
	{
		return static_cast<uint32_t>((a * size_a + b * size_b) / (size_a + size_b));
	}

	void merge(uint32_t threshold, uint64_t size_limit)
	{
		for (Vec<Region> &list : targets_) {
			Vec<Region> merged;

			for (const Region &region : list) {
				Region *left = merged.empty() ? nullptr : merged.end() - 1;

				if (!left || left->end != region.start ||
				    gap(left->nr_accesses, region.nr_accesses) > threshold ||
				    left->size() + region.size() > size_limit) {
					must(merged.push(region));
					continue;
				}
				uint64_t a = left->size();
				uint64_t b = region.size();

				left->nr_accesses =
					average(left->nr_accesses, a, region.nr_accesses, b);
				left->last_nr_accesses = average(left->last_nr_accesses, a,
								 region.last_nr_accesses, b);
				left->age = average(left->age, a, region.age, b);
				left->end = region.end;
			}
			list = std::move(merged);
		}
	}

	Vec<Vec<Region>> targets_;
};

// A target of random regions, some of them with holes between, starting at @start.
inline void random_target(RegionSet &set, Random &random, std::size_t count,
			  uint32_t samples_per_aggregation, uint64_t max_pages = 64,
			  uint64_t start = page)
{
	Vec<Region> regions;

	for (std::size_t i = 0; i < count; i++) {
		Region made;

		if (random.below(4) == 0)
			start += (1 + random.below(20)) * page;
		made.start = start;
		made.end = start + (1 + random.below(max_pages)) * page;
		made.nr_accesses = static_cast<uint32_t>(random.below(samples_per_aggregation + 1));
		made.last_nr_accesses =
			random.below(3)
				? made.nr_accesses
				: static_cast<uint32_t>(random.below(samples_per_aggregation + 1));
		made.age = static_cast<uint32_t>(random.below(50));
		start = made.end;
		must(regions.push(made));
	}
	must(set.add_target(regions));
}

[[nodiscard]] inline bool same_as(const RegionSet &set, RegionModel &model)
{
	if (!set.valid(page) || set.nr_targets() != model.targets().size())
		return false;
	for (std::size_t t = 0; t < set.nr_targets(); t++) {
		std::span<const Region> regions = set.target(t);
		const Vec<Region> &expected = model.targets()[t];

		if (!std::equal(regions.begin(), regions.end(), expected.begin(), expected.end(),
				same))
			return false;
	}
	return true;
}

} // namespace damon::test
