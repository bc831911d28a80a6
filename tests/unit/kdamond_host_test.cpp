// SPDX-License-Identifier: GPL-2.0
// Kdamonds without memory.
#include "schemes/kdamond.hpp"

#include "tests/host/host.hpp"
#include "tests/unit/context_tools.hpp"

using namespace damon;
using namespace damon::test;

namespace {

void map_all(FakeProcess &process)
{
	for (const Range &range : three_pages)
		process.map(range);
}

} // namespace

TEST(KdamondHost, StartFailsWithoutATrace)
{
	register_fake({});
	FakeProcess process(1);
	FakeProcess other(2);

	map_all(process);
	ConfigBuilder config;
	config.target(1, three_pages)
		.target(2, three_pages)
		.scheme(Action::stat)
		.scheme(Action::pageout);
	const uint64_t before = live_allocations();
	unsigned int refused = 0;

	with_each_allocation_refused(
		[&] {
			Result<Owned<Kdamond>> kdamond = Kdamond::start("kdamond.0", config);

			if (kdamond) {
				run_for_us(5 * aggr_us);
				EXPECT_TRUE((*kdamond)->running());
			}
			return kdamond;
		},
		[&](const Error &error) {
			EXPECT_EQ(error.number, ENOMEM);
			EXPECT_EQ(nr_threads(), 0u);
			EXPECT_EQ(live_allocations(), before) << "allocation " << refused;
			EXPECT_EQ(process.calls.opens, process.calls.closes);
			refused++;
		});
	EXPECT_GT(refused, 5u);
	EXPECT_EQ(live_allocations(), before);
	EXPECT_EQ(nr_threads(), 0u);
}

TEST(KdamondHost, CommitIsAllOrNothing)
{
	register_fake({});
	FakeProcess process(1);
	FakeProcess other(2);

	map_all(process);
	map_all(other);
	process.log.set_hot(page_range(3, 4));
	ConfigBuilder old_config;
	old_config.target(1, three_pages).scheme(Action::stat);
	ConfigBuilder new_config;
	new_config.regions(4, 500)
		.target(1, {page_range(0, 30)})
		.target(2, three_pages)
		.scheme(Action::stat)
		.scheme(Action::pageout);

	for (uint64_t count = 0;; count++) {
		Owned<RunningContext> running = run(old_config);

		running->tick(6);
		const uint64_t live = live_allocations();
		{
			const FailAllocation failing(count);
			Result<> result = running->commit(new_config);

			if (!failing.hit()) {
				ASSERT_OK(result);
				EXPECT_EQ(running->context.regions().nr_targets(), 2u);
				EXPECT_EQ(running->context.schemes().size(), 2u);
				EXPECT_GT(count, 8u);
				break;
			}
			EXPECT_ERROR(ENOMEM, result) << "allocation " << count;
		}
		EXPECT_EQ(live_allocations(), live) << "allocation " << count;
		ASSERT_EQ(running->context.regions().nr_targets(), 1u);
		expect_regions(running->context.regions(), 0,
			       {{1, 2, 0, 0, 1}, {3, 4, 2, 4, 0}, {5, 6, 0, 0, 1}});
		EXPECT_EQ(running->context.schemes().size(), 1u);
		EXPECT_EQ(running->stats().nr_snapshots, 1u);
		EXPECT_EQ(other.calls.opens, other.calls.closes);
		EXPECT_TRUE(running->tick(2));
		EXPECT_EQ(running->stats().nr_snapshots, 2u);
	}
	EXPECT_EQ(process.calls.opens, process.calls.closes);
}

TEST(KdamondHost, WalkFailsWithoutATrace)
{
	register_fake({});
	FakeProcess process(1);

	map_all(process);
	const uint64_t before = live_allocations();
	{
		Result<Owned<Kdamond>> kdamond =
			Kdamond::start("kdamond.0", ConfigBuilder()
							    .target(1, three_pages)
							    .scheme(Action::stat)
							    .scheme(Action::stat));
		Vec<TriedRegions> tried;

		ASSERT_OK(kdamond);
		run_for_us(aggr_us);
		with_each_allocation_refused([&] { return (*kdamond)->walk(tried); },
					     [&](const Error &error) {
						     EXPECT_EQ(error.number, ENOMEM);
						     EXPECT_TRUE(tried.empty());
						     EXPECT_TRUE((*kdamond)->running());
					     });
		ASSERT_EQ(tried.size(), 2u);
		EXPECT_EQ(tried[0].size(), 3u);
	}
	EXPECT_EQ(live_allocations(), before);
}

TEST(KdamondHost, TicksAllocateNothing)
{
	register_fake({});
	FakeProcess process(1);

	process.map(page_range(0, 100'000));
	process.log.set_hot(page_range(5000, 6000));
	Owned<RunningContext> running = run(ConfigBuilder()
						    .regions(10, 1000)
						    .target(1, {page_range(0, 100'000)})
						    .scheme(Action::stat)
						    .scheme(Action::pageout));
	const NoAllocationGuard guard;

	running->tick(1000);
	EXPECT_GT(running->context.regions().size(), 20u);
}

// max_nr_regions may be any number: memory follows what is there, not what is allowed.
TEST(KdamondHost, AnyMaximumOfRegionsIsAllowed)
{
	register_fake({});
	FakeProcess process(1);

	process.map(page_range(0, 1 << 20));
	Owned<RunningContext> running =
		run(ConfigBuilder().regions(3, UINT64_MAX).target(1, {page_range(0, 1 << 20)}));

	EXPECT_LE(running->context.regions().capacity(), 100'000u);
	running->tick(4 * 30);
	EXPECT_TRUE(running->context.regions().valid(page));
}

TEST(KdamondHost, GrowsOnWithoutMemory)
{
	register_fake({});
	FakeProcess process(1);

	process.map(page_range(0, 1 << 20));
	Owned<RunningContext> running =
		run(ConfigBuilder().regions(3000, 1 << 20).target(1, {page_range(0, 1 << 20)}));
	const FailAllocation failing(0, Refuse::all);

	EXPECT_TRUE(running->tick(4 * 30));
	EXPECT_TRUE(running->context.regions().valid(page));
	EXPECT_LE(running->context.regions().size(), running->context.regions().capacity());
	EXPECT_EQ(running->context.regions().total_size(), (1ull << 20) * page);
}
