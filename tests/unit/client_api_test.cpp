// SPDX-License-Identifier: GPL-2.0
// The API as a client module uses it: kdamonds from their start to their end.
#include <damon/damon.h>

#include <cstring>

#include "schemes/kdamond.hpp"
#include "tests/unit/client_tools.hpp"
#include "tests/unit/fake_pmem.hpp"

using namespace damon;
using namespace damon::test;

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
