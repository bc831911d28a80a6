// SPDX-License-Identifier: GPL-2.0
// Clients without memory, and what the log is told.
#include <damon/damon.h>

#include "tests/host/host.hpp"
#include "tests/unit/client_tools.hpp"

using namespace damon;
using namespace damon::test;

TEST(ClientHost, StartFailsWithoutATrace)
{
	World world;
	damon_config config = client_config();
	damos_scheme scheme = client_scheme(DAMOS_PAGEOUT);
	damos_goal goal = {};
	damos_filter filter = {};
	char text[64];

	filter.type = DAMOS_FILTER_TARGET;
	filter.allow = filter.matching = true;
	goal.target_value = 1;
	scheme.filters = &filter;
	scheme.nr_filters = 1;
	scheme.quota.goals = &goal;
	scheme.quota.nr_goals = 1;
	config.scheme_array = &scheme;
	config.nr_schemes = 1;
	config.error = text;
	config.error_size = sizeof(text);

	const uint64_t before = live_allocations();
	unsigned int refused = 0;

	with_each_allocation_refused(
		[&] {
			Client client(config);

			return from_errno(client.error);
		},
		[&](const Error &error) {
			EXPECT_EQ(error.number, ENOMEM);
			EXPECT_TRUE(std::string_view(text).ends_with("out of memory")) << text;
			EXPECT_EQ(nr_threads(), 0u);
			EXPECT_EQ(nr_claims(), 0u);
			EXPECT_EQ(live_allocations(), before);
			refused++;
		});
	EXPECT_GT(refused, 10u);
	EXPECT_EQ(live_allocations(), before);
}

TEST(ClientHost, TellsTheLogIfNobodyListens)
{
	World world;
	damon_config config = client_config();

	config.nr_ranges = 0;
	take_log();
	EXPECT_EQ(Client(config).error, -EINVAL);
	EXPECT_EQ(take_log(), "client: ranges: fvaddr needs some (error 22)\n");
}

TEST(ClientHost, CallbacksAllocateNothing)
{
	World world;
	damon_config config = client_config();
	uint64_t bytes = 0;

	config.aggregated = [](void *arg, damon_view *view) {
		damon_region region;

		while (damon_next(view, &region))
			*static_cast<uint64_t *>(arg) += region.end - region.start;
	};
	config.arg = &bytes;
	Client client(config);
	const NoAllocationGuard guard;

	run_for_us(10 * aggr_us);
	EXPECT_EQ(bytes, 30 * page);
}
