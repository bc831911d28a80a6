// SPDX-License-Identifier: GPL-2.0
// Probes and memory that is refused.
#include "ops-paddr/paddr.hpp"
#include "tests/host/host.hpp"
#include "tests/unit/context_tools.hpp"
#include "tests/unit/fake_memcg.hpp"
#include "tests/unit/fake_pmem.hpp"

using namespace damon;
using namespace damon::test;

namespace {

ConfigBuilder plain()
{
	ConfigBuilder builder(OperationsId::paddr);

	builder.target(0, {page_range(0, 1000)});
	return builder;
}

ConfigBuilder probed()
{
	ConfigBuilder builder = plain();

	builder.probe(1)
		.probe_filter(ProbeFilterType::anon, true, false)
		.probe_filter(ProbeFilterType::memcg, true, true, "/group");
	return builder;
}

} // namespace

TEST(ProbeHost, ARefusedAllocationLeavesEverythingAsItWas)
{
	FakeProcess memory(physical_memory);
	FakeMemcg group("/group");

	register_paddr_operations();
	memory.map(page_range(0, 1000));
	{
		const ConfigBuilder with = probed();
		const ConfigBuilder without = plain();
		Owned<RunningContext> running = run(without);
		unsigned int refused = 0;

		running->tick(4);
		const std::size_t n = running->context.regions().size();

		with_each_allocation_refused(
			[&] { return running->commit(with); },
			[&](const Error &error) {
				EXPECT_EQ(error.number, ENOMEM);
				EXPECT_EQ(group.users, 0);
				EXPECT_FALSE(running->context.regions().has_probes());
				EXPECT_EQ(running->context.regions().size(), n);
				refused++;
			});
		EXPECT_GE(refused, 5u);
		EXPECT_TRUE(running->context.regions().has_probes());
		EXPECT_EQ(group.users, 1);
		EXPECT_TRUE(running->tick(8));
	}
	EXPECT_EQ(group.users, 0);
	EXPECT_EQ(memory.calls.opens, memory.calls.closes);
}

TEST(ProbeHost, TheTickAllocatesNothing)
{
	FakeProcess memory(physical_memory);
	FakeMemcg group("/group");

	register_paddr_operations();
	memory.map(page_range(0, 1000));
	Owned<RunningContext> running = run(probed());
	const NoAllocationGuard guard;

	running->tick(3); // of four until the aggregation
	EXPECT_GT(memory.calls.probed, 0u);
}

TEST(ProbeHost, RegionSetsGrowWithTheirHitsOrNotAtAll)
{
	RegionSet set;

	add_target(set, {{1, 2, 3}, {2, 3, 4}});
	with_each_allocation_refused([&] { return set.install_probes(); },
				     [&](const Error &) { EXPECT_FALSE(set.has_probes()); });
	set.all_hits()[1].now[3] = 9;
	with_each_allocation_refused([&] { return set.reserve(100); },
				     [&](const Error &) { EXPECT_TRUE(set.valid(page)); });
	EXPECT_GE(set.capacity(), 100u);
	EXPECT_TRUE(set.valid(page));
	EXPECT_EQ(unsigned{set.all_hits()[1].now[3]}, 9u);
	expect_regions(set, 0, {{1, 2, 3}, {2, 3, 4}});
}
