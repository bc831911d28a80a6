// SPDX-License-Identifier: GPL-2.0
// What a client is told about regions: by its callback, and when it asks.
#include <damon/damon.h>

#include "tests/unit/client_tools.hpp"

using namespace damon;
using namespace damon::test;

namespace {

// What a callback was told.
struct Seen {
	unsigned int times = 0;
	damon_view view = {};
	Vec<damon_region> regions;
	kdamond **self = nullptr;
	int answer = 0;
};

void look(void *arg, damon_view *view)
{
	auto &seen = *static_cast<Seen *>(arg);
	damon_region region;

	seen.times++;
	seen.view = *view;
	seen.regions.clear();
	while (damon_next(view, &region))
		must(seen.regions.push(region));
}

damon_config with_callback(Seen &seen, void (*callback)(void *arg, damon_view *view) = look)
{
	damon_config config = client_config();

	config.aggregated = callback;
	config.arg = &seen;
	return config;
}

} // namespace

// ---- Callbacks ----

TEST(ClientApi, TellsRegionsAfterEachAggregation)
{
	World world;
	Seen seen;
	Client client(with_callback(seen));

	run_for_us(aggr_us);
	ASSERT_EQ(seen.times, 1u);
	EXPECT_EQ(seen.view.nr_regions, 3u);
	EXPECT_EQ(seen.view.sample_us, sample_us);
	EXPECT_EQ(seen.view.aggr_us, aggr_us);
	ASSERT_EQ(seen.regions.size(), 3u);
	for (std::size_t i = 0; i < 3; i++) {
		EXPECT_EQ(seen.regions[i].start, client_pages[i].start);
		EXPECT_EQ(seen.regions[i].end, client_pages[i].end);
		EXPECT_EQ(seen.regions[i].target, 0u);
		EXPECT_EQ(seen.regions[i].nr_accesses, i == 1 ? 4u : 0u);
	}
	EXPECT_EQ(seen.regions[0].age, 1u);
	EXPECT_EQ(seen.regions[1].age, 0u) << "it just became hot";

	run_for_us(9 * aggr_us);
	EXPECT_EQ(seen.times, 10u);
	EXPECT_EQ(seen.regions[0].age, 10u);
}

TEST(ClientApi, TellsThemBeforeSchemes)
{
	World world;
	Seen seen;
	damon_config config = with_callback(seen);
	const damos_scheme pageout = client_scheme(DAMOS_PAGEOUT); // resets ages

	config.scheme_array = &pageout;
	config.nr_schemes = 1;
	Client client(config);
	run_for_us(2 * aggr_us);
	EXPECT_EQ(world.process.applied.size(), 6u);
	ASSERT_EQ(seen.regions.size(), 3u);
	EXPECT_EQ(seen.regions[0].age, 1u);
}

TEST(ClientApi, AViewBeginsAnew)
{
	World world;
	Seen seen;
	Client client(with_callback(seen, [](void *arg, damon_view *view) {
		look(arg, view);
		look(arg, view);
	}));

	run_for_us(aggr_us);
	EXPECT_EQ(seen.times, 2u);
	EXPECT_EQ(seen.regions.size(), 3u);
}

TEST(ClientApi, TellsTargets)
{
	register_fake({.id = OperationsId::vaddr, .finds_ranges = true});
	FakeProcess one(1), two(2), three(3);
	Seen seen;
	damon_config config = {};
	const int pids[] = {1, 2, 3};

	one.map(page_range(1, 2));
	three.map(page_range(7, 8));
	config.kind = DAMON_VADDR;
	config.pids = pids;
	config.nr_pids = 3;
	config.sample_us = sample_us;
	config.aggr_us = aggr_us;
	config.aggregated = look;
	config.arg = &seen;
	Client client(config);
	ASSERT_EQ(client.error, 0);
	run_for_us(aggr_us);
	ASSERT_EQ(seen.regions.size(), 2u) << "the second process maps nothing";
	EXPECT_EQ(seen.regions[0].target, 0u);
	EXPECT_EQ(seen.regions[0].start, page);
	EXPECT_EQ(seen.regions[1].target, 2u);
	EXPECT_EQ(seen.regions[1].start, 7 * page);
}

TEST(ClientApi, ACallbackCannotWaitForItself)
{
	World world;
	Seen seen;
	Client client(with_callback(seen, [](void *arg, damon_view *) {
		auto &told = *static_cast<Seen *>(arg);
		damon_region region;

		told.times++;
		told.answer = static_cast<int>(damon_snapshot(*told.self, &region, 1));
		damon_stop(*told.self);
	}));

	seen.self = &client.at_work;
	run_for_us(2 * aggr_us);
	EXPECT_EQ(seen.times, 2u) << "it was not stopped";
	EXPECT_EQ(seen.answer, -EDEADLK);
	EXPECT_TRUE(damon_running(client));
}

TEST(ClientApi, Pauses)
{
	World world;
	Seen seen;
	damon_config config = with_callback(seen);

	config.pause = true;
	Client client(config);
	run_for_us(5 * aggr_us);
	EXPECT_EQ(seen.times, 0u);
	EXPECT_TRUE(damon_running(client));
	config.pause = false;
	ASSERT_EQ(damon_change(client, &config), 0);
	run_for_us(5 * aggr_us);
	EXPECT_GT(seen.times, 3u);
}

// ---- Snapshots ----

TEST(ClientApi, CopiesASnapshot)
{
	World world;
	Client client(client_config());
	damon_region regions[4] = {};

	run_for_us(2 * aggr_us + 2 * sample_us);
	ASSERT_EQ(damon_snapshot(client, regions, 4), 3);
	for (std::size_t i = 0; i < 3; i++)
		EXPECT_EQ(regions[i].start, client_pages[i].start);
	EXPECT_EQ(regions[1].nr_accesses, 4u) << "of the last aggr_us, whenever it is asked for";
	EXPECT_EQ(regions[2].age, 2u);
	EXPECT_EQ(regions[3].end, 0u);

	regions[1].start = 77;
	ASSERT_EQ(damon_snapshot(client, regions, 1), 3);
	EXPECT_EQ(regions[1].start, 77u) << "there was no room for it";
	EXPECT_EQ(damon_snapshot(client, nullptr, 0), 3);
}

TEST(ClientApi, WalksASnapshot)
{
	World world;
	Client client(client_config());
	Vec<damon_region> seen;

	auto visit = [](void *arg, const damon_region *region) {
		auto &regions = *static_cast<Vec<damon_region> *>(arg);

		must(regions.push(*region));
		return regions.size() == 5 ? 42 : 0;
	};
	run_for_us(aggr_us);
	EXPECT_EQ(damon_walk(client, visit, &seen), 0);
	ASSERT_EQ(seen.size(), 3u);
	EXPECT_EQ(seen[2].start, client_pages[2].start);
	EXPECT_EQ(damon_walk(client, visit, &seen), 42) << "the visitor had enough";
	EXPECT_EQ(seen.size(), 5u);
}
