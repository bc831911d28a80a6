// SPDX-License-Identifier: GPL-2.0
// Samples that tell nothing are told apart from those of memory that was not accessed.
#include "core/moving_sum.hpp"
#include "tests/unit/context_tools.hpp"

using namespace damon;
using namespace damon::test;

namespace {

// Two pages that are there, one of them hot, and one that is not.
class Partly {
      public:
	Partly() : process(1)
	{
		register_fake({});
		process.map(page_range(1, 2));
		process.map(page_range(3, 4));
		process.log.set_hot(page_range(3, 6));
	}

	FakeProcess process;
};

void expect_unknown(const RegionSet &set, std::initializer_list<unsigned int> now,
		    std::initializer_list<unsigned int> last)
{
	ASSERT_EQ(set.size(), now.size());
	for (std::size_t i = 0; i < now.size(); i++) {
		EXPECT_EQ(unsigned{set.all()[i].nr_unknown}, now.begin()[i]) << "region " << i;
		EXPECT_EQ(unsigned{set.all()[i].last_nr_unknown}, last.begin()[i])
			<< "region " << i;
	}
}

} // namespace

TEST(Unknown, IsCountedApartFromIdle)
{
	Partly memory;
	Owned<RunningContext> running = run(ConfigBuilder().target(1, three_pages));

	running->tick(3);
	expect_unknown(running->context.regions(), {0, 0, 3}, {0, 0, 0});
	running->tick(1);
	expect_unknown(running->context.regions(), {0, 0, 0}, {0, 0, 4});
	EXPECT_EQ(running->context.regions().all()[2].last_nr_accesses, 0u);
	EXPECT_EQ(running->context.regions().all()[1].last_nr_accesses, 4u);

	memory.process.map(page_range(5, 6));
	running->tick(2);
	const WindowPosition middle(2, 4);
	EXPECT_EQ(middle.unknown(running->context.regions().all()[2]), 2u);
	running->tick(2);
	expect_unknown(running->context.regions(), {0, 0, 0}, {0, 0, 0});
	EXPECT_EQ(memory.process.calls.violations, 0u);
}

TEST(Unknown, IsAllOfAProcessWithoutMemory)
{
	Partly memory;
	Owned<RunningContext> running = run(ConfigBuilder().target(1, three_pages));

	memory.process.has_memory = false;
	running->tick(4);
	expect_unknown(running->context.regions(), {0, 0, 0}, {4, 4, 4});
	// Beginning anew is no sample.
	ASSERT_OK(running->commit(ConfigBuilder().target(1)));
	expect_unknown(running->context.regions(), {0, 0, 0}, {4, 4, 4});
}

TEST(Unknown, IsAveragedOnAMergeAndInherited)
{
	RegionSet set;
	Region left = region({0, 30});
	Region right = region({30, 40});
	Vec<Region> both;

	left.nr_unknown = 4;
	right.nr_unknown = 8;
	left.last_nr_unknown = 65535;
	must(both.push(left));
	must(both.push(right));
	must(set.reserve(3));
	must(set.add_target(both));
	age_and_merge(
		set,
		{.max_nr_regions = 100, .samples_per_aggregation = 10, .size_limit = 100 * page});
	expect_unknown(set, {5}, {49151});
	enforce_size_limit(set, 20 * page);
	expect_unknown(set, {5, 5}, {49151, 49151});
}

TEST(Unknown, IsConvertedToNewIntervals)
{
	Partly memory;
	Owned<RunningContext> running = run(ConfigBuilder().target(1, three_pages));

	running->tick(4);
	ASSERT_OK(running->commit(ConfigBuilder().intervals(5000, 40000).target(1)));
	expect_unknown(running->context.regions(), {0, 0, 0}, {0, 0, 8});
	ASSERT_OK(running->commit(ConfigBuilder().intervals(1, 100000).target(1)));
	expect_unknown(running->context.regions(), {0, 0, 0}, {0, 0, 65535});
}

TEST(Unknown, IsToldInSnapshots)
{
	Partly memory;
	Owned<RunningContext> running = run(ConfigBuilder().target(1, three_pages));
	Snapshot snapshot;

	running->tick(6);
	must(snapshot.regions.reserve(3));
	ASSERT_TRUE(running->context.take(snapshot));
	ASSERT_EQ(snapshot.regions.size(), 3u);
	EXPECT_EQ(snapshot.nr_probes, 0u);
	EXPECT_EQ(snapshot.regions[1].nr_unknown, 0u);
	EXPECT_EQ(snapshot.regions[2].nr_unknown, 4u);
	EXPECT_EQ(snapshot.regions[2].nr_accesses, 0u);
}
