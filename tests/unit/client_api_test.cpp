// SPDX-License-Identifier: GPL-2.0
// The API as a client module uses it.
#include <damon/damon.h>

#include <cstring>

#include "schemes/kdamond.hpp"
#include "tests/unit/client_tools.hpp"
#include "tests/unit/fake_pmem.hpp"

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

TEST(ClientApi, RunsFromStartToStop)
{
	World world;
	Client client(client_config());

	ASSERT_EQ(client.error, 0);
	EXPECT_TRUE(damon_running(client));
	EXPECT_GT(damon_pid(client), 0);
	EXPECT_EQ(nr_threads(), 1u);
	run_for_us(10 * aggr_us);
	EXPECT_GT(world.process.calls.passes, 40u);
	client.stop();
	EXPECT_EQ(nr_threads(), 0u);
	EXPECT_EQ(nr_claims(), 0u);
}

TEST(ClientApi, NullHasEnded)
{
	const damon_config config = client_config();
	damon_region region;
	damos_stats stats;
	uint64_t us;

	damon_stop(nullptr);
	EXPECT_FALSE(damon_running(nullptr));
	EXPECT_EQ(damon_pid(nullptr), -1);
	EXPECT_EQ(damon_change(nullptr, &config), -ECANCELED);
	EXPECT_EQ(damon_snapshot(nullptr, &region, 1), -ECANCELED);
	EXPECT_EQ(damon_walk(nullptr, nullptr, nullptr), -ECANCELED);
	EXPECT_EQ(damon_walk_tried(nullptr, nullptr, nullptr), -ECANCELED);
	EXPECT_EQ(damon_stats(nullptr, 0, &stats), -ECANCELED);
	EXPECT_EQ(damon_intervals(nullptr, &us, &us), -ECANCELED);
}

TEST(ClientApi, EndsWithItsProcess)
{
	World world;
	Client client(client_config());
	damon_region region;
	damos_stats stats;
	uint64_t us;
	const damon_config config = client_config();

	run_for_us(aggr_us);
	world.process.alive = world.process.has_memory = false;
	run_for_us(aggr_us);
	EXPECT_FALSE(damon_running(client));
	EXPECT_EQ(damon_pid(client), -1);
	EXPECT_EQ(damon_snapshot(client, &region, 1), -ECANCELED);
	EXPECT_EQ(damon_stats(client, 0, &stats), -ECANCELED);
	EXPECT_EQ(damon_intervals(client, &us, &us), -ECANCELED);
	world.process.alive = true;
	EXPECT_EQ(damon_change(client, &config), -ECANCELED);
}

// ---- Defaults ----

TEST(ClientApi, DefaultsAreMainlines)
{
	World world;
	damon_config config = client_config();
	uint64_t sample = 0, aggr = 0;

	config.sample_us = config.aggr_us = 0;
	Client client(config);
	ASSERT_EQ(damon_intervals(client, &sample, &aggr), 0);
	EXPECT_EQ(sample, 5000u);
	EXPECT_EQ(aggr, 100000u);
}

TEST(ClientApi, OneIntervalFollowsTheOther)
{
	World world;
	damon_config config = client_config();
	uint64_t sample = 0, aggr = 0;

	config.sample_us = 1000;
	config.aggr_us = 0;
	Client fast(config);
	ASSERT_EQ(damon_intervals(fast, &sample, &aggr), 0);
	EXPECT_EQ(sample, 1000u);
	EXPECT_EQ(aggr, 20000u);

	config.sample_us = 0;
	config.aggr_us = 1'000'000;
	Client slow(config);
	ASSERT_EQ(damon_intervals(slow, &sample, &aggr), 0);
	EXPECT_EQ(sample, 50'000u);
	EXPECT_EQ(aggr, 1'000'000u);
}

TEST(ClientApi, AFewRegionsAreAllowed)
{
	World world;
	damon_config config = client_config();

	config.max_nr_regions = 5;
	EXPECT_EQ(Client(config).error, 0);
	config.max_nr_regions = 2;
	EXPECT_EQ(Client(config).error, -EINVAL);
}

TEST(ClientApi, TunesItsIntervals)
{
	World world;
	damon_config config = client_config();
	uint64_t sample = 0, aggr = 0;

	config.access_bp = 10000; // more than there is to see
	Client client(config);
	ASSERT_EQ(client.error, 0);
	run_for_us(40 * aggr_us);
	ASSERT_EQ(damon_intervals(client, &sample, &aggr), 0);
	EXPECT_GT(sample, sample_us);
	EXPECT_EQ(aggr, 4 * sample);
}

// ---- What is refused ----

TEST(ClientApi, SaysWhatIsWrong)
{
	World world;
	damon_config config = client_config();

	config.max_nr_regions = 1;
	EXPECT_EQ(refused(config, "monitoring_attrs/nr_regions/min: below 3"), EINVAL);

	config = client_config();
	config.pid = 0;
	EXPECT_EQ(refused(config, "targets/0/pid_target: no such process"), EINVAL);

	config = client_config();
	config.nr_ranges = 0;
	EXPECT_EQ(refused(config, "ranges: fvaddr needs some"), EINVAL);

	config = client_config();
	config.kind = DAMON_VADDR;
	EXPECT_EQ(refused(config, "ranges: vaddr finds them itself, fvaddr takes them"), EINVAL);

	config = client_config();
	config.kind = DAMON_PADDR;
	EXPECT_EQ(refused(config, "pid: of no meaning for this kind"), EINVAL);

	config = client_config();
	config.addr_unit = 16;
	EXPECT_EQ(refused(config, "addr_unit: only for paddr"), EINVAL);

	const int pids[] = {1, 1};

	config = client_config();
	config.pids = pids;
	config.nr_pids = 2;
	EXPECT_EQ(refused(config, "pids: fvaddr takes one"), EINVAL);
	config.nr_pids = 1;
	EXPECT_EQ(refused(config, "pid: there are pids, too"), EINVAL);
}

TEST(ClientApi, SaysWhereItIsWrong)
{
	World world;
	damon_config config = client_config();
	damos_scheme schemes[] = {client_scheme(DAMOS_STAT), client_scheme(DAMOS_STAT)};
	damos_filter filters[2] = {};

	config.scheme_array = schemes;
	config.nr_schemes = 2;
	schemes[1].filters = filters;
	schemes[1].nr_filters = 2;
	std::memset(&filters[1].type, 0x7f, sizeof(filters[1].type));
	EXPECT_EQ(refused(config, "schemes/1/filters/1/type: there is no such"), EINVAL);

	schemes[1].nr_filters = 0;
	std::memset(&schemes[1].action, 0x7f, sizeof(schemes[1].action));
	EXPECT_EQ(refused(config, "schemes/1/action: there is no such"), EINVAL);

	config.nr_schemes = 0;
	std::memset(&config.kind, 0x7f, sizeof(config.kind));
	EXPECT_EQ(refused(config, "kind: there is no such"), EINVAL);
}

TEST(ClientApi, CutsWhatItSays)
{
	World world;
	damon_config config = client_config();
	char text[] = "0123456789";

	config.nr_ranges = 0;
	config.error = text;
	config.error_size = 8;
	EXPECT_EQ(Client(config).error, -EINVAL);
	EXPECT_STREQ(text, "ranges:");
	EXPECT_EQ(text[8], '8');

	text[0] = 'x';
	config.error_size = 0;
	EXPECT_EQ(Client(config).error, -EINVAL);
	EXPECT_EQ(text[0], 'x');
}

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

// ---- Schemes ----

TEST(ClientApi, AppliesSchemes)
{
	World world;
	damon_config config = client_config();
	damos_scheme schemes[] = {client_scheme(DAMOS_STAT), client_scheme(DAMOS_PAGEOUT)};
	damos_stats stats = {};

	schemes[1].nr_accesses.max = 0;
	schemes[1].age.min = 2;
	config.scheme_array = schemes;
	config.nr_schemes = 2;
	Client client(config);
	ASSERT_EQ(client.error, 0);
	run_for_us(3 * aggr_us);
	ASSERT_EQ(damon_stats(client, 0, &stats), 0);
	EXPECT_EQ(stats.nr_tried, 9u);
	EXPECT_EQ(stats.nr_snapshots, 3u);
	ASSERT_EQ(damon_stats(client, 1, &stats), 0);
	EXPECT_EQ(stats.nr_tried, 2u);
	EXPECT_EQ(stats.sz_applied, 2 * page);
	ASSERT_EQ(world.process.applied.size(), 2u) << "counting is not handed on";
	EXPECT_EQ(damon_stats(client, 2, &stats), -ENOENT);
}

TEST(ClientApi, TellsWhatAQuotaAmountsTo)
{
	World world;
	damon_config config = client_config();
	damos_scheme schemes[] = {client_scheme(DAMOS_STAT), client_scheme(DAMOS_PAGEOUT)};
	damos_stats stats = {};

	schemes[1].quota.bytes = 2 * page;
	schemes[1].quota.reset_interval_ms = 1;
	config.scheme_array = schemes;
	config.nr_schemes = 2;
	Client client(config);
	ASSERT_EQ(client.error, 0);
	run_for_us(3 * aggr_us);
	ASSERT_EQ(damon_stats(client, 0, &stats), 0);
	EXPECT_EQ(stats.effective_bytes, 0u);
	ASSERT_EQ(damon_stats(client, 1, &stats), 0);
	EXPECT_EQ(stats.effective_bytes, 2 * page);
	EXPECT_GT(stats.qt_exceeds, 0u);

	// As changed, from the next window on.
	schemes[1].quota.bytes = page;
	ASSERT_EQ(damon_change(client, &config), 0);
	run_for_us(3 * aggr_us);
	ASSERT_EQ(damon_stats(client, 1, &stats), 0);
	EXPECT_EQ(stats.effective_bytes, page);
}

TEST(ClientApi, ReadsSchemesAsText)
{
	World world;
	damon_config config = client_config();
	const damos_scheme scheme = client_scheme(DAMOS_STAT);
	damos_stats stats = {};

	config.schemes = "pageout accesses 0% age 40ms..\nstat accesses 100%";
	config.scheme_array = &scheme;
	config.nr_schemes = 1;
	Client client(config);
	ASSERT_EQ(client.error, 0);
	run_for_us(4 * aggr_us);
	ASSERT_EQ(damon_stats(client, 0, &stats), 0);
	EXPECT_EQ(stats.nr_tried, 4u) << "two cold regions, every second interval";
	ASSERT_EQ(damon_stats(client, 1, &stats), 0);
	EXPECT_EQ(stats.nr_tried, 4u);
	ASSERT_EQ(damon_stats(client, 2, &stats), 0);
	EXPECT_EQ(stats.nr_tried, 12u) << "structures come after the text";
	EXPECT_EQ(damon_stats(client, 3, &stats), -ENOENT);
}

TEST(ClientApi, SaysWhereTheTextIsWrong)
{
	World world;
	damon_config config = client_config();

	config.schemes = "pageout accesses 0% age 2min.. qota 10ms/1s";
	EXPECT_EQ(refused(config, "line 1, column 32: 'qota': unknown word, did you mean 'quota'?"),
		  EINVAL);
	config.schemes = "";
	EXPECT_EQ(Client(config).error, 0);
}

TEST(ClientApi, WalksWhatSchemesAreAppliedTo)
{
	World world;
	damon_config config = client_config();
	damos_scheme schemes[] = {client_scheme(DAMOS_STAT), client_scheme(DAMOS_STAT)};
	struct Visits {
		unsigned int of[2] = {};
		uint64_t hot = 0;
	} visits;

	schemes[1].nr_accesses.min = 1;
	config.scheme_array = schemes;
	config.nr_schemes = 2;
	Client client(config);
	run_for_us(aggr_us);
	auto visit = [](void *arg, size_t scheme, const damon_region *region, uint64_t) {
		auto &told = *static_cast<Visits *>(arg);

		told.of[scheme]++;
		if (scheme == 1)
			told.hot = region->start;
		return 0;
	};
	EXPECT_EQ(damon_walk_tried(client, visit, &visits), 0);
	EXPECT_EQ(visits.of[0], 3u);
	EXPECT_EQ(visits.of[1], 1u);
	EXPECT_EQ(visits.hot, client_pages[1].start);

	config.nr_schemes = 0;
	ASSERT_EQ(damon_change(client, &config), 0);
	EXPECT_EQ(damon_walk_tried(client, visit, &visits), -ECANCELED);
}

TEST(ClientApi, ChangesWhileItRuns)
{
	World world;
	damon_config config = client_config();
	damos_scheme scheme = client_scheme(DAMOS_STAT);
	damos_stats stats = {};
	damon_region regions[3];
	char text[64] = "";

	config.scheme_array = &scheme;
	config.nr_schemes = 1;
	config.error = text;
	config.error_size = sizeof(text);
	Client client(config);
	run_for_us(2 * aggr_us);

	scheme.action = DAMOS_PAGEOUT;
	ASSERT_EQ(damon_change(client, &config), 0);
	run_for_us(2 * aggr_us);
	ASSERT_EQ(damon_stats(client, 0, &stats), 0);
	EXPECT_EQ(stats.nr_snapshots, 4u) << "statistics stay";
	EXPECT_EQ(world.process.applied.size(), 6u);

	config.min_nr_regions = 1;
	EXPECT_EQ(damon_change(client, &config), -EINVAL);
	EXPECT_STREQ(text, "monitoring_attrs/nr_regions/min: below 3");
	config = client_config();
	config.kind = DAMON_PADDR;
	config.error = text;
	config.error_size = sizeof(text);
	EXPECT_EQ(damon_change(client, &config), -EINVAL);
	EXPECT_STREQ(text, "kind: is another than it was");
	ASSERT_EQ(damon_stats(client, 0, &stats), 0);
	EXPECT_EQ(damon_snapshot(client, regions, 3), 3);
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

// ---- Physical memory ----

TEST(ClientApi, WatchesAllSystemRam)
{
	register_fake({.id = OperationsId::paddr, .targets_end = false, .single_target = true});
	FakeProcess memory(physical_memory);
	damon_config config = {};
	damon_region regions[32];

	config.kind = DAMON_PADDR;
	Client client(config);
	ASSERT_EQ(client.error, 0);
	const ssize_t count = damon_snapshot(client, regions, std::size(regions));

	ASSERT_GT(count, 0);
	ASSERT_LE(count, 32);
	EXPECT_EQ(regions[0].start, system_ram.start);
	EXPECT_EQ(regions[count - 1].end, (system_ram.end + page - 1) / page * page);
}

TEST(ClientApi, WatchesPartsOfPhysicalMemory)
{
	register_fake({.id = OperationsId::paddr, .targets_end = false, .single_target = true});
	FakeProcess memory(physical_memory);
	damon_config config = {};
	damon_region regions[3];

	config.kind = DAMON_PADDR;
	config.ranges = client_pages;
	config.nr_ranges = 3;
	Client client(config);
	ASSERT_EQ(damon_snapshot(client, regions, 3), 3);
	EXPECT_EQ(regions[2].start, client_pages[2].start);
}

// ---- Sharing ----

TEST(ClientApi, AnExclusiveOneIsAlone)
{
	World world;
	damon_config exclusive = client_config();

	exclusive.exclusive = true;
	{
		Client first(client_config());

		EXPECT_EQ(refused(exclusive, "other kdamonds run"), EBUSY);
		Client second(client_config());

		EXPECT_EQ(second.error, 0);
	}
	Client alone(exclusive);

	ASSERT_EQ(alone.error, 0);
	EXPECT_EQ(refused(client_config(), "an exclusive kdamond runs"), EBUSY);
	EXPECT_EQ(refused(exclusive, "other kdamonds run"), EBUSY);
	EXPECT_ERROR(EBUSY, Kdamond::start("kdamond.0", ConfigBuilder().target(1, three_pages)));

	// It ends with its process, and then no longer is in the way.
	world.process.alive = world.process.has_memory = false;
	run_for_us(aggr_us);
	world.process.alive = world.process.has_memory = true;
	EXPECT_EQ(Client(exclusive).error, 0);
	EXPECT_EQ(Client(client_config()).error, 0);
}

TEST(ClientApi, StopsWhatIsForgotten)
{
	World world;
	struct module careless = {"careless"};
	kdamond *forgotten[2];
	const damon_config config = client_config();
	Client other(config);

	ASSERT_EQ(damon_start_for(&careless, &config, &forgotten[0]), 0);
	ASSERT_EQ(damon_start_for(&careless, &config, &forgotten[1]), 0);
	run_for_us(aggr_us);
	EXPECT_EQ(nr_threads(), 3u);
	module_goes(careless);
	EXPECT_EQ(nr_threads(), 1u);
	EXPECT_EQ(nr_claims(), 1u);
	EXPECT_TRUE(damon_running(other));
	module_goes(careless);
}
