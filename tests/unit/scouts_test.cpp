// SPDX-License-Identifier: GPL-2.0
// Scouts: where they look, what they find, and what regions become of it.
#include "core/scouts.hpp"

#include "core/adjust.hpp"
#include "core/monitor.hpp"
#include "tests/unit/regions.hpp"

using namespace damon;
using namespace damon::test;

namespace {

constexpr uint64_t block_pages = 512;
constexpr uint64_t block_size = block_pages * page;

// Notes what it is asked to watch; one range is always accessed.
struct NotingSpace final : AddressSpace {
	void destroy() override {}
	bool valid() override
	{
		return true;
	}
	Result<> find_ranges(Vec<Range> &) override
	{
		return {};
	}
	bool begin_pass() override
	{
		return true;
	}
	damon_verdict sample(std::span<damon_watch> watches, const uint64_t *next) override
	{
		damon_verdict verdict{};

		for (std::size_t i = 0; i < watches.size(); i++) {
			const uint64_t old = watches[i].address;

			nr_checked += old != DAMON_NO_ADDRESS;
			if (old != DAMON_NO_ADDRESS && hot.start <= old && old < hot.end)
				verdict.accessed |= uint64_t{1} << i;
			watches[i] = {next ? next[i] : DAMON_NO_ADDRESS, 0};
			if (next && next[i] != DAMON_NO_ADDRESS)
				must(watched.push(next[i]));
		}
		return verdict;
	}
	void end_pass() override {}
	Applied apply(const Order &, Range) override
	{
		return {};
	}
	Residence residence(Range, int) override
	{
		return {};
	}

	Vec<uint64_t> watched;
	Range hot;
	uint64_t nr_checked = 0;
};

void sample_regions_at(RegionSet &set, std::initializer_list<uint64_t> addresses)
{
	std::span<damon_watch> watches = set.watches(0);

	for (std::size_t i = 0; i < addresses.size(); i++)
		watches[i] = {addresses.begin()[i], 0};
}

} // namespace

TEST(Scouts, LookOnlyIntoLargeColdRegionsAndUpwards)
{
	RegionSet set;
	Scouts scouts;
	NotingSpace space;
	Random random(1);

	// Cold and large; small; large but hot; cold again.
	add_target(set, {{1, 8 * block_pages, 0, 0},
			 {8 * block_pages, 9 * block_pages, 0, 0},
			 {9 * block_pages, 20 * block_pages, 0, 10},
			 {20 * block_pages, 40 * block_pages, 0, 9}});
	sample_regions_at(set, {page, 8 * block_size, 9 * block_size, 20 * block_size});
	must(scouts.reserve(64, 1));
	scouts.deploy(set, 20, page, 64);
	for (int pass = 0; pass < 100; pass++) {
		space.watched.clear();
		scouts.prepare(space, set.watches(0), 0, random, page);
		EXPECT_GT(space.watched.size(), 40U);
		EXPECT_LE(space.watched.size(), 64U);
		uint64_t last = 0;

		for (uint64_t address : space.watched) {
			EXPECT_GT(address, last);
			last = address;
			EXPECT_EQ(address % page, 0U);
			// Whole blocks only, and never the one that the region's sample is in.
			EXPECT_TRUE((address >= block_size && address < 8 * block_size) ||
				    (address >= 21 * block_size && address < 40 * block_size));
		}
	}
}

TEST(Scouts, ReportWhatTheyFoundInOrder)
{
	RegionSet set;
	Scouts scouts;
	NotingSpace space;
	Random random(1);

	add_target(set, {{0, 64 * block_pages}});
	sample_regions_at(set, {0});
	space.hot = {32 * block_size, 40 * block_size};
	must(scouts.reserve(64, 1));
	scouts.deploy(set, 20, page, 64);
	for (int pass = 0; pass < 20; pass++) {
		scouts.check(space, 0);
		scouts.prepare(space, set.watches(0), 0, random, page);
	}
	std::span<const Find> finds = scouts.sorted_finds();

	ASSERT_GT(finds.size(), 20U);
	for (std::size_t i = 0; i < finds.size(); i++) {
		EXPECT_EQ(finds[i].target, 0U);
		EXPECT_GE(finds[i].address, space.hot.start);
		EXPECT_LT(finds[i].address, space.hot.end);
		EXPECT_TRUE(i == 0 || finds[i - 1].address <= finds[i].address);
	}
	scouts.forget_finds();
	EXPECT_TRUE(scouts.sorted_finds().empty());
}

TEST(Scouts, ForgottenWatchesAreNotChecked)
{
	RegionSet set;
	Scouts scouts;
	NotingSpace space;
	Random random(1);

	add_target(set, {{0, 64 * block_pages}});
	sample_regions_at(set, {0});
	must(scouts.reserve(64, 1));
	scouts.deploy(set, 20, page, 64);
	scouts.prepare(space, set.watches(0), 0, random, page);
	scouts.forget(0);
	scouts.check(space, 0);
	EXPECT_EQ(space.nr_checked, 0U);
}

TEST(Carve, GivesWhatWasFoundARegionOfItsOwn)
{
	RegionSet set;
	const Find found[] = {{0, 100 * page}};

	add_target(set, {{0, 1000, 0, 3, 7}});
	must(set.reserve(10));
	carve(set, found, 4 * page, 10, page);
	expect_regions(set, 0, {{0, 96, 0, 3, 7}, {96, 105, 0, 3, 7}, {105, 1000, 0, 3, 7}});
}

TEST(Carve, JoinsWhatIsNear)
{
	RegionSet set;
	const Find found[] = {{0, 100 * page}, {0, 106 * page}, {0, 200 * page}};

	add_target(set, {{0, 1000}});
	must(set.reserve(10));
	carve(set, found, 4 * page, 10, page);
	expect_regions(set, 0, {{0, 96}, {96, 111}, {111, 196}, {196, 205}, {205, 1000}});
}

TEST(Carve, StaysWithinTheRegionAndTheAllowedNumber)
{
	RegionSet set;
	const Find found[] = {{0, 0}, {0, 500 * page}, {0, 999 * page}};

	add_target(set, {{0, 1000}, {1000, 1001}});
	must(set.reserve(10));
	carve(set, found, 4 * page, 4, page);
	expect_regions(set, 0, {{0, 5}, {5, 496}, {496, 1000}, {1000, 1001}});
}

TEST(Carve, KeepsTargetsApart)
{
	RegionSet set;
	const Find found[] = {{0, 5000 * page}, {1, 100 * page}};

	add_target(set, {{0, 1000}});
	add_target(set, {{0, 1000}});
	must(set.reserve(10));
	carve(set, found, 4 * page, 10, page);
	expect_regions(set, 0, {{0, 1000}});
	expect_regions(set, 1, {{0, 96}, {96, 105}, {105, 1000}});
}
