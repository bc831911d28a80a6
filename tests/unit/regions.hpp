// SPDX-License-Identifier: GPL-2.0
// Region sets in tests: short to write down, simple to compare.
#pragma once

#include <initializer_list>
#include <span>

#include "core/check.hpp"
#include "core/region_set.hpp"
#include "tests/unit/fakes.hpp"
#include "tests/unit/test.hpp"

namespace damon::test {

inline void must(const Result<> &result)
{
	CHECK(result);
}

// A region, its bounds in pages.
struct Pages {
	uint64_t start = 0;
	uint64_t end = 0;
	uint32_t nr_accesses = 0;
	uint32_t last_nr_accesses = 0;
	uint32_t age = 0;
};

inline Region region(const Pages &pages)
{
	Region made;

	made.start = pages.start * page;
	made.end = pages.end * page;
	made.nr_accesses = pages.nr_accesses;
	made.last_nr_accesses = pages.last_nr_accesses;
	made.age = pages.age;
	return made;
}

inline Range page_range(uint64_t start, uint64_t end)
{
	return {start * page, end * page};
}

inline void add_target(RegionSet &set, std::initializer_list<Pages> regions)
{
	Vec<Region> made;

	for (const Pages &pages : regions)
		must(made.push(region(pages)));
	must(set.add_target(made));
}

inline bool same(const Region &a, const Region &b)
{
	return a.start == b.start && a.end == b.end && a.nr_accesses == b.nr_accesses &&
	       a.last_nr_accesses == b.last_nr_accesses && a.age == b.age;
}

inline void expect_same(const Region &is, const Region &expected, std::size_t i)
{
	EXPECT_EQ(is.start / page, expected.start / page) << "region " << i;
	EXPECT_EQ(is.end / page, expected.end / page) << "region " << i;
	EXPECT_EQ(is.nr_accesses, expected.nr_accesses) << "region " << i;
	EXPECT_EQ(is.last_nr_accesses, expected.last_nr_accesses) << "region " << i;
	EXPECT_EQ(is.age, expected.age) << "region " << i;
}

inline void expect_regions(const RegionSet &set, std::size_t target,
			   std::initializer_list<Pages> expected)
{
	std::span<const Region> regions = set.target(target);

	EXPECT_TRUE(set.valid(page));
	ASSERT_EQ(regions.size(), expected.size());
	for (std::size_t i = 0; i < expected.size(); i++)
		expect_same(regions[i], region(expected.begin()[i]), i);
}

} // namespace damon::test
