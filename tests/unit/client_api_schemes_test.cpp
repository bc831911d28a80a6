// SPDX-License-Identifier: GPL-2.0
// Schemes of a client: as structures and as text, what they did, and how they are changed.
#include <damon/damon.h>

#include "tests/unit/client_tools.hpp"

using namespace damon;
using namespace damon::test;

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
