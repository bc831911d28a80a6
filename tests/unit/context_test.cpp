// SPDX-License-Identifier: GPL-2.0
// Monitoring as a context does it: sampling, aggregation, updates, targets, pacing.
#include "tests/unit/context_tools.hpp"

using namespace damon;
using namespace damon::test;

namespace {

void map_all(FakeProcess &process, std::initializer_list<Range> ranges)
{
	for (const Range &range : ranges)
		process.map(range);
}

} // namespace

TEST(Context, SamplesEveryRegionOnceATick)
{
	register_fake({});
	FakeProcess process(1);

	map_all(process, three_pages);
	Owned<RunningContext> running = run(ConfigBuilder().target(1, three_pages));
	EXPECT_EQ(process.calls.started, 3u);
	EXPECT_EQ(process.calls.checked, 0u);
	EXPECT_EQ(process.calls.passes, 1u);

	running->tick();
	EXPECT_EQ(process.calls.started, 6u);
	EXPECT_EQ(process.calls.checked, 3u);
	EXPECT_EQ(process.calls.passes, 2u); // one pass both checks and prepares

	running->tick(10);
	EXPECT_EQ(process.calls.checked, 33u);
	EXPECT_EQ(process.calls.violations, 0u);
}

TEST(Context, CountsAccessesOfAWindow)
{
	register_fake({});
	FakeProcess process(1);

	map_all(process, three_pages);
	process.log.set_hot(page_range(3, 4));
	Owned<RunningContext> running = run(ConfigBuilder().target(1, three_pages));

	running->tick(3);
	expect_regions(running->context.regions(), 0, {{1, 2}, {3, 4, 3}, {5, 6}});
	running->tick(1);
	expect_regions(running->context.regions(), 0,
		       {{1, 2, 0, 0, 1}, {3, 4, 0, 4, 0}, {5, 6, 0, 0, 1}});
	running->tick(4);
	expect_regions(running->context.regions(), 0,
		       {{1, 2, 0, 0, 2}, {3, 4, 0, 4, 1}, {5, 6, 0, 0, 2}});
}

TEST(Context, AnAccessCountsOnce)
{
	register_fake({});
	FakeProcess process(1);

	map_all(process, three_pages);
	Owned<RunningContext> running = run(ConfigBuilder().target(1, three_pages));
	running->tick(1);
	process.log.touch(page_range(1, 2));
	running->tick(3);
	EXPECT_EQ(running->context.regions().all()[0].last_nr_accesses, 1u);
}

// Whatever changes the regions must not lose the sample in flight.
TEST(Context, NoSampleIsLostAtTheEndOfAWindow)
{
	register_fake({});
	FakeProcess process(1);

	map_all(process, three_pages);
	process.log.set_hot(page_range(0, 10));
	Owned<RunningContext> running = run(
		ConfigBuilder().target(1, three_pages).scheme(Action::stat, any_access, sample_us));
	for (int window = 0; window < 5; window++) {
		running->tick(4);
		EXPECT_EQ(sum_of_last_accesses(running->context.regions()), 12u);
	}
}

TEST(Context, UnmappedMemoryIsNotAccessed)
{
	register_fake({});
	FakeProcess process(1);

	process.log.set_hot(page_range(0, 10));
	Owned<RunningContext> running = run(ConfigBuilder().target(1, three_pages));
	running->tick(4);
	EXPECT_EQ(sum_of_last_accesses(running->context.regions()), 0u);
}

TEST(Context, ManyRegionsComeInBatches)
{
	register_fake({});
	FakeProcess process(1);

	process.map(page_range(0, 1000));
	process.log.set_hot(page_range(0, 1000));
	Owned<RunningContext> running =
		run(ConfigBuilder().regions(300, 300).target(1, {page_range(0, 1000)}));
	const std::size_t n = running->context.regions().size();
	const uint64_t batches = process.calls.batches;

	EXPECT_GE(n, 200u);
	EXPECT_EQ(batches, (n + DAMON_BATCH - 1) / DAMON_BATCH);
	running->tick(1);
	EXPECT_EQ(process.calls.checked, n);
	for (const Region &region : running->context.regions().all())
		EXPECT_EQ(region.nr_accesses, 1u);
	EXPECT_EQ(process.calls.violations, 0u);
}

TEST(Context, NeverMakesMoreSamplesThanRegionsAreAllowed)
{
	register_fake({});
	FakeProcess process(1);
	constexpr uint64_t gib = (1 << 30) / page;

	process.map(page_range(0, gib));
	process.log.set_hot(page_range(gib / 2, gib / 2 + 1000));
	Owned<RunningContext> running =
		run(ConfigBuilder().regions(10, 50).target(1, {page_range(0, gib)}));
	for (int i = 0; i < 400; i++) {
		const uint64_t before = process.calls.started;

		running->tick();
		EXPECT_LE(process.calls.started - before, 50u);
		EXPECT_LE(running->context.regions().size(), 50u);
	}
	EXPECT_EQ(process.calls.violations, 0u);
}

TEST(Context, SamplesAreSpreadOverTheirRegion)
{
	register_fake({.min_region_size = 4 * page});
	FakeProcess process(1);

	process.map(page_range(0, 12));
	Owned<RunningContext> running = run(ConfigBuilder().target(1, {page_range(0, 12)}));
	// Where the hot page is sampled, it is found: every granule of a region is looked at.
	for (uint64_t at = 0; at < 12; at += 4)
		process.log.set_hot(page_range(at, at + 1));
	running->tick(40);
	EXPECT_EQ(running->context.regions().max_nr_accesses(), 0u);
	for (const Region &region : running->context.regions().all())
		EXPECT_EQ(region.last_nr_accesses, 4u);
}

TEST(Context, FinishPutsEverythingBack)
{
	register_fake({});
	FakeProcess process(1);

	map_all(process, three_pages);
	Owned<RunningContext> running = run(ConfigBuilder().target(1, three_pages));
	running->tick(7);
	running->context.finish();
	EXPECT_EQ(process.calls.started, process.calls.checked);
	running.reset();
	EXPECT_EQ(process.calls.opens, process.calls.closes);
}

// ---- Ranges ----

TEST(Context, FindsRangesByItself)
{
	register_fake({.finds_ranges = true});
	FakeProcess process(1);

	process.map(page_range(10, 11));
	process.map(page_range(20, 21));
	Owned<RunningContext> running = run(ConfigBuilder().target(1));
	expect_regions(running->context.regions(), 0, {{10, 11}, {20, 21}});
}

TEST(Context, UserRangesHoldUntilTheFirstUpdate)
{
	register_fake({.finds_ranges = true});
	FakeProcess process(1);

	process.map(page_range(10, 11));
	process.map(page_range(20, 21));
	Owned<RunningContext> running = run(ConfigBuilder()
						    .intervals(sample_us, aggr_us, 2 * aggr_us)
						    .target(1, {page_range(10, 11)}));
	running->tick(7);
	EXPECT_EQ(running->context.regions().size(), 1u);
	running->tick(1);
	ASSERT_EQ(running->context.regions().size(), 2u);
	EXPECT_EQ(running->context.regions().all()[0].age, 2u); // what was known stays
	EXPECT_EQ(running->context.regions().all()[1].start, 20 * page);
}

TEST(Context, WithoutFindingUserRangesStay)
{
	register_fake({.finds_ranges = false});
	FakeProcess process(1);

	process.map(page_range(10, 11));
	Owned<RunningContext> running = run(ConfigBuilder()
						    .intervals(sample_us, aggr_us, aggr_us)
						    .target(1, {page_range(3, 4)}));
	running->tick(20);
	EXPECT_EQ(process.calls.finds, 0u);
	EXPECT_EQ(running->context.regions().all()[0].start, 3 * page);
}

TEST(Context, RangesThatCannotBeFoundAreTriedAgain)
{
	register_fake({.finds_ranges = true});
	FakeProcess process(1);

	process.find_error = ESRCH;
	Owned<RunningContext> running =
		run(ConfigBuilder().intervals(sample_us, aggr_us, aggr_us).target(1));
	running->tick(4);
	EXPECT_EQ(running->context.regions().size(), 0u);
	process.find_error = 0;
	process.map(page_range(10, 11));
	running->tick(4);
	expect_regions(running->context.regions(), 0, {{10, 11}});

	process.find_error = ENOMEM; // keeps what it has
	running->tick(8);
	EXPECT_EQ(running->context.regions().size(), 1u);
}

TEST(Context, MemoryMayGoAndComeBack)
{
	register_fake({});
	FakeProcess process(1);

	map_all(process, three_pages);
	process.log.set_hot(page_range(0, 10));
	Owned<RunningContext> running = run(ConfigBuilder().target(1, three_pages));
	running->tick(1);
	process.has_memory = false;
	running->tick(3);
	EXPECT_EQ(sum_of_last_accesses(running->context.regions()), 3u);
	process.has_memory = true;
	// The watches of before mean nothing now: the first tick only prepares.
	running->tick(4);
	EXPECT_EQ(sum_of_last_accesses(running->context.regions()), 9u);
	EXPECT_EQ(process.calls.violations, 0u);
}

// ---- Adaptation ----

TEST(Context, FindsTheHotRangeAndFollowsIt)
{
	register_fake({});
	FakeProcess process(1);
	const Range first = page_range(2000, 3000);
	const Range second = page_range(7000, 8000);

	auto hot_bytes_within = [](const RegionSet &set, Range range) {
		uint64_t bytes = 0;

		for (const Region &region : set.all()) {
			const uint64_t start = std::max(region.start, range.start);
			const uint64_t end = std::min(region.end, range.end);

			if (region.last_nr_accesses >= 15 && start < end)
				bytes += end - start;
		}
		return bytes;
	};

	process.map(page_range(0, 10000));
	process.log.set_hot(first);
	Owned<RunningContext> running = run(ConfigBuilder()
						    .intervals(5000, 100000)
						    .regions(10, 100)
						    .target(1, {page_range(0, 10000)}));
	running->tick(20 * 60);
	EXPECT_GE(hot_bytes_within(running->context.regions(), first), first.size() * 7 / 10);
	EXPECT_LE(hot_bytes_within(running->context.regions(), page_range(0, 10000)),
		  first.size() * 13 / 10);

	process.log.set_cold(first);
	process.log.set_hot(second);
	running->tick(20 * 60);
	EXPECT_LE(hot_bytes_within(running->context.regions(), first), first.size() / 10);
	EXPECT_GE(hot_bytes_within(running->context.regions(), second), second.size() * 7 / 10);
	EXPECT_TRUE(running->context.regions().valid(page));
	EXPECT_EQ(running->context.regions().total_size(), 10000 * page);
	EXPECT_EQ(process.calls.violations, 0u);
}

TEST(Context, KeepsTheMinimumNumberOfRegions)
{
	register_fake({});
	FakeProcess process(1);

	process.map(page_range(0, 10000));
	Owned<RunningContext> running =
		run(ConfigBuilder().regions(40, 60).target(1, {page_range(0, 10000)}));
	for (int i = 0; i < 100; i++) {
		EXPECT_GE(running->context.regions().size(), 40u);
		EXPECT_LE(running->context.regions().size(), 60u);
		running->tick(1);
	}
}

// ---- Life ----

TEST(Context, EndsWithItsLastTarget)
{
	register_fake({.targets_end = true});
	FakeProcess one(1);
	FakeProcess two(2);

	map_all(one, three_pages);
	map_all(two, three_pages);
	Owned<RunningContext> running =
		run(ConfigBuilder().target(1, three_pages).target(2, three_pages));
	EXPECT_TRUE(running->tick(2));
	one.alive = one.has_memory = false;
	EXPECT_TRUE(running->tick(2));
	two.alive = two.has_memory = false;
	EXPECT_FALSE(running->tick(1));
}

TEST(Context, OutlivesItsTargetsWhereTheyDoNotEnd)
{
	register_fake({.targets_end = false});
	FakeProcess process(1);

	Owned<RunningContext> running = run(ConfigBuilder().target(1, three_pages));
	process.alive = process.has_memory = false;
	EXPECT_TRUE(running->tick(5));
	Owned<RunningContext> empty = run(ConfigBuilder());
	EXPECT_TRUE(empty->tick(5));
}

TEST(Context, EndsAtOnceWithoutTargets)
{
	register_fake({.targets_end = true});
	EXPECT_EQ(run(ConfigBuilder())->next, 0u);
}

TEST(Context, RefusesBadConfigurations)
{
	register_fake({});
	FakeProcess process(1);
	Owned<RunningContext> running = run(ConfigBuilder().target(1, three_pages));

	EXPECT_ERROR(EINVAL, running->commit(ConfigBuilder().regions(2, 100).target(1)));
	EXPECT_ERROR(EINVAL, running->commit(ConfigBuilder().target(1, {page_range(3, 3)})));
	EXPECT_ERROR(EINVAL, running->commit(ConfigBuilder().target(
				     1, {page_range(3, 5), page_range(4, 6)})));
	EXPECT_ERROR(EINVAL, running->commit(ConfigBuilder().target(2)));
	EXPECT_EQ(running->context.regions().size(), 3u);
	EXPECT_TRUE(running->tick(3));
}

// ---- Pacing ----

TEST(Context, StepsOnAGrid)
{
	register_fake({});
	FakeProcess process(1);

	map_all(process, three_pages);
	set_time_us(1'000'000);
	Owned<RunningContext> running = run(ConfigBuilder().target(1, three_pages));
	EXPECT_EQ(running->next / 1000, 1'000'000 + sample_us);

	// Early: just an answer.
	EXPECT_EQ(running->context.step(), running->next);
	EXPECT_EQ(process.calls.passes, 1u);

	// A bit late: the grid stays.
	set_time_us(1'000'000 + sample_us + 3000);
	EXPECT_EQ(running->context.step() / 1000, 1'000'000 + 2 * sample_us);
	EXPECT_EQ(running->context.nr_late_ticks(), 0u);
}

TEST(Context, AStallCausesNoBurst)
{
	register_fake({});
	FakeProcess process(1);

	map_all(process, three_pages);
	set_time_us(1'000'000);
	Owned<RunningContext> running = run(ConfigBuilder().target(1, three_pages));
	set_time_us(9'000'000);
	EXPECT_EQ(running->context.step() / 1000, 9'000'000 + sample_us);
	EXPECT_EQ(running->context.step() / 1000, 9'000'000 + sample_us);
	EXPECT_EQ(process.calls.passes, 2u);
	EXPECT_EQ(running->context.nr_late_ticks(), 1u);
}
