// SPDX-License-Identifier: GPL-2.0
// Address spaces that clients bring along.
#include <damon/damon.h>

#include <algorithm>

#include "tests/unit/client_tools.hpp"

using namespace damon;
using namespace damon::test;

namespace {

// A table of slots; some are used all the time.  Addresses are the slots' numbers.
struct Slots {
	uint64_t hot_start = 0;
	uint64_t hot_end = 0;
	uint64_t granularity = 1;
	bool there = true;

	Vec<uint64_t> prepared; // outstanding
	uint64_t nr_checked = 0;
	unsigned int largest_batch = 0;
	unsigned int violations = 0;
	damos_action last_action = DAMOS_STAT;
	Vec<damon_range> applied;
	uint64_t applied_to = UINT64_MAX; // at most, of each range

	void see(const uint64_t *addresses, unsigned int count)
	{
		violations += count == 0 || count > DAMON_MAX_SAMPLES;
		violations += !std::is_sorted(addresses, addresses + count);
		largest_batch = std::max(largest_batch, count);
		for (unsigned int i = 0; i < count; i++)
			violations += addresses[i] % granularity != 0;
	}
};

Slots &slots_of(void *arg)
{
	return *static_cast<Slots *>(arg);
}

void prepare(void *arg, const uint64_t *addresses, unsigned int count)
{
	Slots &slots = slots_of(arg);

	slots.see(addresses, count);
	for (unsigned int i = 0; i < count; i++)
		must(slots.prepared.push(addresses[i]));
}

uint64_t check(void *arg, const uint64_t *addresses, unsigned int count)
{
	Slots &slots = slots_of(arg);
	uint64_t accessed = 0;

	slots.see(addresses, count);
	for (unsigned int i = 0; i < count; i++) {
		auto *found = std::find(slots.prepared.begin(), slots.prepared.end(), addresses[i]);

		slots.violations += found == slots.prepared.end();
		if (found != slots.prepared.end()) {
			*found = *(slots.prepared.end() - 1);
			slots.prepared.pop();
		}
		slots.nr_checked++;
		accessed |=
			uint64_t{slots.hot_start <= addresses[i] && addresses[i] < slots.hot_end}
			<< i;
	}
	// Nobody must mind bits of samples that were not asked for.
	return count < 64 ? accessed | uint64_t{1} << 63 : accessed;
}

uint64_t apply(void *arg, damos_action action, const damon_range *range)
{
	Slots &slots = slots_of(arg);

	slots.last_action = action;
	must(slots.applied.push(*range));
	return std::min(slots.applied_to, range->end - range->start);
}

bool valid(void *arg)
{
	return slots_of(arg).there;
}

damon_space space_of(const Slots &slots)
{
	return {
		.prepare = prepare,
		.check = check,
		.valid = nullptr,
		.apply = nullptr,
		.granularity = slots.granularity,
	};
}

damon_config config_of(Slots &slots, const damon_space &space, const damon_range &range)
{
	damon_config config = {};

	config.kind = DAMON_CUSTOM;
	config.ranges = &range;
	config.nr_ranges = 1;
	config.space = &space;
	config.space_arg = &slots;
	config.sample_us = sample_us;
	config.aggr_us = aggr_us;
	return config;
}

constexpr damon_range thousand = {0, 1000};

} // namespace

TEST(ClientSpace, FindsWhatIsUsed)
{
	Slots slots;
	slots.hot_start = 300;
	slots.hot_end = 500;
	{
		damon_space space = space_of(slots);
		damon_config config = config_of(slots, space, thousand);
		Client client(config);
		uint64_t hot = 0, hot_inside = 0;
		static damon_region regions[100]; // too large for a kernel stack

		ASSERT_EQ(client.error, 0);
		space = {}; // a copy is used
		run_for_us(100 * aggr_us);
		const ssize_t count = damon_snapshot(client, regions, 100);

		ASSERT_GT(count, 2);
		ASSERT_LE(count, 100);
		EXPECT_EQ(regions[0].start, 0u);
		EXPECT_EQ(regions[count - 1].end, 1000u);
		for (ssize_t i = 0; i < count; i++) {
			if (regions[i].nr_accesses < 3)
				continue;
			hot += regions[i].end - regions[i].start;
			hot_inside +=
				std::min<uint64_t>(regions[i].end, 500) -
				std::min(regions[i].end, std::max<uint64_t>(regions[i].start, 300));
		}
		EXPECT_GT(hot_inside, 150u);
		EXPECT_LT(hot, 260u);
	}
	EXPECT_EQ(slots.violations, 0u);
	EXPECT_GT(slots.nr_checked, 4000u);
	EXPECT_TRUE(slots.prepared.empty()) << "what is watched at the end is checked";
}

TEST(ClientSpace, IsAskedInBatches)
{
	Slots slots;
	{
		const damon_space space = space_of(slots);
		damon_config config = config_of(slots, space, thousand);

		config.min_nr_regions = 130;
		Client client(config);
		run_for_us(4 * aggr_us);
		EXPECT_GE(slots.prepared.size(), 130u);
	}
	EXPECT_EQ(slots.largest_batch, 64u);
	EXPECT_EQ(slots.violations, 0u);
	EXPECT_TRUE(slots.prepared.empty());
}

TEST(ClientSpace, KeepsToItsGranularity)
{
	Slots slots;
	damon_range range = {64, 6401};
	static damon_region regions[100]; // too large for a kernel stack

	slots.granularity = 64;
	const damon_space space = space_of(slots);
	Client client(config_of(slots, space, range));

	run_for_us(20 * aggr_us);
	const ssize_t count = damon_snapshot(client, regions, 100);

	ASSERT_GT(count, 0);
	ASSERT_LE(count, 100);
	for (ssize_t i = 0; i < count; i++)
		EXPECT_EQ(regions[i].start % 64, 0u);
	EXPECT_EQ(regions[count - 1].end, 6464u);
	EXPECT_EQ(slots.violations, 0u);
}

TEST(ClientSpace, HasPagesByDefault)
{
	Slots slots;
	damon_range range = {1, 2};
	damon_region region;

	slots.granularity = 0;
	const damon_space space = space_of(slots);

	slots.granularity = 4096;
	Client client(config_of(slots, space, range));
	ASSERT_EQ(damon_snapshot(client, &region, 1), 1);
	EXPECT_EQ(region.start, 0u);
	EXPECT_EQ(region.end, 4096u);
}

TEST(ClientSpace, CarriesOutActions)
{
	Slots slots;
	damon_space space = space_of(slots);
	damos_scheme scheme = client_scheme(DAMOS_COLD);
	damos_stats stats = {};

	slots.hot_start = 0;
	slots.hot_end = 1000;
	space.apply = apply;
	damon_config config = config_of(slots, space, thousand);

	scheme.nr_accesses.max = 0;
	config.scheme_array = &scheme;
	config.nr_schemes = 1;
	Client client(config);
	ASSERT_EQ(client.error, 0);
	run_for_us(2 * aggr_us);
	EXPECT_TRUE(slots.applied.empty());

	slots.hot_end = 0;
	slots.applied_to = 7;
	run_for_us(2 * aggr_us);
	ASSERT_FALSE(slots.applied.empty());
	EXPECT_EQ(slots.last_action, DAMOS_COLD);
	EXPECT_EQ(slots.applied[0].start, 0u);
	ASSERT_EQ(damon_stats(client, 0, &stats), 0);
	EXPECT_EQ(stats.nr_applied, slots.applied.size());
	EXPECT_EQ(stats.sz_applied, 7 * slots.applied.size());
}

TEST(ClientSpace, DoesNotBelieveInMoreThanAll)
{
	Slots slots;
	damon_space space = space_of(slots);
	const damos_scheme scheme = client_scheme(DAMOS_PAGEOUT);
	damos_stats stats = {};

	space.apply = [](void *, damos_action, const damon_range *) {
		return UINT64_MAX;
	};
	damon_config config = config_of(slots, space, thousand);

	config.scheme_array = &scheme;
	config.nr_schemes = 1;
	Client client(config);
	run_for_us(aggr_us);
	ASSERT_EQ(damon_stats(client, 0, &stats), 0);
	EXPECT_EQ(stats.sz_applied, 1000u);
}

TEST(ClientSpace, StatNeedsNoFunction)
{
	Slots slots;
	damon_space space = space_of(slots);
	const damos_scheme scheme = client_scheme(DAMOS_STAT);
	damos_stats stats = {};
	damon_config config = config_of(slots, space, thousand);

	config.scheme_array = &scheme;
	config.nr_schemes = 1;
	{
		Client client(config);

		run_for_us(aggr_us);
		ASSERT_EQ(damon_stats(client, 0, &stats), 0);
		EXPECT_EQ(stats.sz_tried, 1000u);
		EXPECT_EQ(stats.sz_applied, 0u);
	}
	space.apply = apply;
	Client client(config);

	run_for_us(aggr_us);
	EXPECT_TRUE(slots.applied.empty());
}

TEST(ClientSpace, EndsWhenItIsGone)
{
	Slots slots;
	damon_space space = space_of(slots);

	space.valid = valid;
	Client client(config_of(slots, space, thousand));

	run_for_us(aggr_us);
	EXPECT_TRUE(damon_running(client));
	slots.there = false;
	run_for_us(aggr_us);
	EXPECT_FALSE(damon_running(client));
}

TEST(ClientSpace, IsRefusedIfItMakesNoSense)
{
	Slots slots;
	damon_space space = space_of(slots);
	damon_config config = config_of(slots, space, thousand);

	config.space = nullptr;
	EXPECT_EQ(refused(config, "space: there is none"), EINVAL);
	config.space = &space;
	config.nr_ranges = 0;
	EXPECT_EQ(refused(config, "ranges: an own address space needs some"), EINVAL);
	config.nr_ranges = 1;
	config.pid = 1;
	EXPECT_EQ(refused(config, "pid: of no meaning for this kind"), EINVAL);
	config.pid = 0;
	space.granularity = 48;
	EXPECT_EQ(refused(config, "space: granularity is not a power of two"), EINVAL);
	space.granularity = 0;
	space.check = nullptr;
	EXPECT_EQ(refused(config, "space: prepare or check is missing"), EINVAL);
}

TEST(ClientSpace, HasTheActionsItNames)
{
	Slots slots;
	damon_space space = space_of(slots);
	damon_config config = config_of(slots, space, thousand);
	damos_scheme scheme = client_scheme(DAMOS_PAGEOUT);
	damos_filter filter = {};

	config.scheme_array = &scheme;
	config.nr_schemes = 1;
	EXPECT_EQ(refused(config, "schemes/0/action: the address space has none but stat"),
		  EOPNOTSUPP);

	scheme = client_scheme(DAMOS_STAT);
	filter.type = DAMOS_FILTER_ANON;
	scheme.filters = &filter;
	scheme.nr_filters = 1;
	EXPECT_EQ(refused(config,
			  "schemes/0/filters/0/type: with these operations the action does not "
			  "look at single pages"),
		  EOPNOTSUPP);
}

TEST(ClientSpace, ChangesWhileItRuns)
{
	Slots slots;
	damon_range range = {0, 1000};
	static damon_region regions[100]; // too large for a kernel stack
	{
		const damon_space space = space_of(slots);
		damon_config config = config_of(slots, space, range);
		Client client(config);

		run_for_us(5 * aggr_us);
		config.space = nullptr; // stays as it was
		config.space_arg = nullptr;
		range = {500, 2000};
		ASSERT_EQ(damon_change(client, &config), 0);
		run_for_us(5 * aggr_us);
		const ssize_t count = damon_snapshot(client, regions, 100);

		ASSERT_GT(count, 0);
		ASSERT_LE(count, 100);
		EXPECT_EQ(regions[0].start, 500u);
		EXPECT_EQ(regions[count - 1].end, 2000u);
		EXPECT_GT(regions[0].age, 0u) << "results stay";
	}
	EXPECT_EQ(slots.violations, 0u);
	EXPECT_TRUE(slots.prepared.empty());
}
