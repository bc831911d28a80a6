// SPDX-License-Identifier: GPL-2.0
// Physical addresses in units of more, or less, than a byte.
#include "ops-paddr/paddr.hpp"
#include "tests/unit/context_tools.hpp"
#include "tests/unit/fake_pmem.hpp"

using namespace damon;
using namespace damon::test;

namespace {

// Physical memory, of which one page is hot.
class Memory {
      public:
	Memory() : memory(physical_memory)
	{
		register_paddr_operations();
		memory.map(page_range(0, 1 << 20));
		memory.log.set_hot(page_range(8, 9));
	}
	~Memory()
	{
		EXPECT_EQ(memory.calls.opens, memory.calls.closes);
		EXPECT_EQ(memory.calls.violations, 0u);
	}

	FakeProcess memory;
};

ConfigBuilder in_units(uint64_t unit, std::initializer_list<Range> ranges)
{
	ConfigBuilder builder(OperationsId::paddr);

	builder.addr_unit(unit).target(0, ranges);
	return builder;
}

Result<> configure(const ContextConfig &config)
{
	struct Made : Heap {
		Context context;
	};
	Owned<Made> made = TRY(make<Made>());

	return made->context.configure(config);
}

} // namespace

TEST(AddrUnit, IsWhatAddressesAreMultipliedBy)
{
	Memory memory;
	// In units of 16 bytes, a page is 256.
	Owned<RunningContext> running =
		run(in_units(16, {{0, 256}, {8 * 256, 9 * 256}, {16 * 256, 17 * 256}}));

	running->tick(4);
	std::span<const Region> regions = running->context.regions().all();
	ASSERT_EQ(regions.size(), 3u);
	EXPECT_EQ(regions[0].last_nr_accesses, 0u);
	EXPECT_EQ(regions[1].last_nr_accesses, 4u);
	EXPECT_EQ(regions[2].last_nr_accesses, 0u);
	EXPECT_EQ(regions[1].start, 8u * 256);
}

TEST(AddrUnit, WatchesKeepTheAddressTheyWereGiven)
{
	FakeProcess memory(physical_memory);
	Result<AddressSpacePtr> space = PhysicalMemory::open(TargetConfig(), 2 * page);
	damon_watch watches[2] = {{DAMON_NO_ADDRESS, 0}, {DAMON_NO_ADDRESS, 0}};
	const uint64_t next[2] = {3, 5};

	ASSERT_OK(space);
	memory.map(page_range(0, 100));
	ASSERT_TRUE((*space)->begin_pass());
	(*space)->sample(watches, next);
	EXPECT_EQ(watches[0].address, 3u);
	EXPECT_EQ(watches[1].address, 5u);
	memory.log.touch(page_range(10, 11));
	EXPECT_EQ((*space)->sample(watches, nullptr).accessed, 2u);
	EXPECT_EQ(watches[1].address, DAMON_NO_ADDRESS);
	(*space)->end_pass();
}

TEST(AddrUnit, WhatLiesBeyondAllAddressesIsUnknown)
{
	FakeProcess memory(physical_memory);
	Result<AddressSpacePtr> space = PhysicalMemory::open(TargetConfig(), page);
	damon_watch watches[3] = {
		{DAMON_NO_ADDRESS, 0}, {DAMON_NO_ADDRESS, 0}, {DAMON_NO_ADDRESS, 0}};
	// Without care the second would become page 1 again.
	const uint64_t next[3] = {1, (UINT64_MAX / page + 1) + 1, UINT64_MAX - 1};

	ASSERT_OK(space);
	memory.map(page_range(0, 100));
	memory.log.set_hot(page_range(0, 100));
	ASSERT_TRUE((*space)->begin_pass());
	(*space)->sample(watches, next);
	EXPECT_EQ(memory.calls.started, 1u);
	const damon_verdict verdict = (*space)->sample(watches, nullptr);
	(*space)->end_pass();
	EXPECT_EQ(verdict.accessed, 1u);
	EXPECT_EQ(memory.calls.violations, 0u);
}

TEST(AddrUnit, DividesTheMinimumRegionSize)
{
	Memory memory;
	Monitor monitor;

	ASSERT_OK(monitor.configure(in_units(1, {{1, 2}})));
	EXPECT_EQ(monitor.min_region_size(), page);
	EXPECT_EQ(monitor.addr_unit(), 1u);
	EXPECT_EQ(monitor.regions().all()[0].end, page);

	struct {
		uint64_t unit;
		uint64_t size;
	} const examples[] = {
		{2, page / 2}, {page, 1}, {2 * page, 1}, {page + 1, 1}, {UINT64_MAX, 1}};

	for (const auto &example : examples) {
		Monitor other;

		ASSERT_OK(other.configure(in_units(example.unit, {{5, 6}})));
		EXPECT_EQ(other.min_region_size(), example.size);
		EXPECT_EQ(other.addr_unit(), example.unit);
	}
}

TEST(AddrUnit, RefusesWhatMakesNoPowerOfTwo)
{
	Memory memory;

	EXPECT_ERROR(EINVAL, configure(in_units(0, {})));
	EXPECT_ERROR(EINVAL, configure(in_units(3, {})));
	EXPECT_ERROR(EINVAL, configure(in_units(page / 3, {})));
	EXPECT_OK(configure(in_units(page / 2, {})));
	EXPECT_STREQ(configure(in_units(0, {})).error().reason, "addr_unit: is 0");
	EXPECT_EQ(memory.memory.calls.opens, 1u);
}

TEST(AddrUnit, OtherOperationsTakeNoNoteOfIt)
{
	World world;
	Monitor monitor;

	ASSERT_OK(monitor.configure(ConfigBuilder().addr_unit(3).target(1, three_pages)));
	EXPECT_EQ(monitor.min_region_size(), page);
	EXPECT_EQ(monitor.addr_unit(), 1u);
	EXPECT_ERROR(EINVAL, configure(ConfigBuilder().addr_unit(0).target(1, three_pages)));
}

TEST(AddrUnit, RegionsAdaptInUnits)
{
	Memory memory;
	Owned<RunningContext> running = run(in_units(page, {{0, 100000}}).regions(10, 100));

	for (int i = 0; i < 200; i++) {
		running->tick();
		ASSERT_TRUE(running->context.regions().valid(1));
	}
	EXPECT_GT(running->context.regions().size(), 20u);
	EXPECT_EQ(running->context.regions().total_size(), 100000u);
}

// A hundredth of the memory, which the samples of regions alone would rarely meet.
TEST(AddrUnit, ScoutsLookInUnits)
{
	Memory memory;
	const uint64_t hot = 77 * 512;
	Owned<RunningContext> running =
		run(in_units(page, {{0, 100 * 512}}).regions(10, 200).intervals(5000, 100000));
	uint64_t found = 0;

	memory.memory.log.set_hot(page_range(hot, hot + 512));
	running->tick(20 * 20);
	for (const Region &region : running->context.regions().all()) {
		if (region.last_nr_accesses >= 15)
			found += region.size();
	}
	EXPECT_GE(found, 512u * 8 / 10);
	EXPECT_LE(found, 512u * 12 / 10);
}

TEST(AddrUnit, AnOddUnitWorks)
{
	Memory memory;
	Owned<RunningContext> running = run(in_units(page + 1, {{0, 100000}}).regions(10, 100));

	running->tick(100);
	EXPECT_EQ(running->context.regions().total_size(), 100000u);
}

// ---- Commits ----

TEST(AddrUnit, ResultsOfAnotherUnitAreDropped)
{
	Memory memory;
	Owned<RunningContext> running = run(in_units(1, {page_range(8, 9)}));

	running->tick(8);
	ASSERT_EQ(running->context.regions().all()[0].last_nr_accesses, 4u);
	ASSERT_OK(running->commit(in_units(page, {{7, 9}})));
	ASSERT_EQ(running->context.regions().size(), 2u);
	EXPECT_EQ(running->context.regions().all()[0].last_nr_accesses, 0u);
	EXPECT_EQ(running->context.regions().all()[0].age, 0u);
	running->tick(4);
	EXPECT_EQ(running->context.regions().all()[0].last_nr_accesses, 0u);
	EXPECT_EQ(running->context.regions().all()[1].last_nr_accesses, 4u);

	// Without ranges nothing is left to monitor: none of the old means anything now.
	ASSERT_OK(running->commit(in_units(1, {})));
	EXPECT_EQ(running->context.regions().size(), 0u);
	EXPECT_TRUE(running->tick(4));
}

TEST(AddrUnit, ResultsOfTheSameUnitStay)
{
	Memory memory;
	Owned<RunningContext> running = run(in_units(page, {{8, 9}}));

	running->tick(8);
	ASSERT_OK(running->commit(in_units(page, {{8, 9}})));
	EXPECT_EQ(running->context.regions().all()[0].last_nr_accesses, 4u);
	EXPECT_EQ(running->context.regions().all()[0].age, 1u);
}

TEST(AddrUnit, ABadUnitIsNotCommitted)
{
	Memory memory;
	Owned<RunningContext> running = run(in_units(page, {{8, 9}}));

	running->tick(4);
	EXPECT_ERROR(EINVAL, running->commit(in_units(3, {{8, 9}})));
	running->tick(4);
	EXPECT_EQ(running->context.regions().all()[0].last_nr_accesses, 4u);
}
