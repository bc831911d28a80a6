// SPDX-License-Identifier: GPL-2.0
#include "ops-paddr/paddr.hpp"
#include "tests/unit/fake_pmem.hpp"
#include "tests/unit/fakes.hpp"
#include "tests/unit/regions.hpp"
#include "tests/unit/test.hpp"

using namespace damon;
using namespace damon::test;

namespace {

AddressSpacePtr open_memory()
{
	Result<AddressSpacePtr> space = PhysicalMemory::open(TargetConfig());

	return space ? std::move(*space) : AddressSpacePtr();
}

} // namespace

TEST(PhysicalMemory, IsClosedWithItsLastUser)
{
	FakeProcess memory(physical_memory);

	open_memory().reset();
	EXPECT_EQ(memory.calls.opens, 1u);
	EXPECT_EQ(memory.calls.closes, 1u);
}

TEST(PhysicalMemory, IsValidWithoutAnyProcess)
{
	AddressSpacePtr space = open_memory();

	ASSERT_TRUE(space);
	EXPECT_TRUE(space->valid());
	EXPECT_TRUE(space->begin_pass());
	space->end_pass();
}

TEST(PhysicalMemory, TellsAccessedFromIdleAndUnknown)
{
	FakeProcess memory(physical_memory);
	AddressSpacePtr space = open_memory();
	damon_watch watches[3] = {
		{DAMON_NO_ADDRESS, 0}, {DAMON_NO_ADDRESS, 0}, {DAMON_NO_ADDRESS, 0}};
	const uint64_t next[3] = {page, 5 * page, 100 * page};

	ASSERT_TRUE(space);
	memory.map(page_range(0, 10));
	ASSERT_TRUE(space->begin_pass());
	space->sample(watches, next);
	space->end_pass();
	memory.log.touch(page_range(5, 6));

	ASSERT_TRUE(space->begin_pass());
	const damon_verdict verdict = space->sample(watches, nullptr);
	space->end_pass();
	EXPECT_EQ(verdict.accessed, 2u);
	EXPECT_EQ(verdict.unknown, 4u);
	EXPECT_EQ(memory.calls.violations, 0u);
}

TEST(PhysicalMemory, FindsNoRangesAndNeverEnds)
{
	register_paddr_operations();
	const Operations *operations = find_operations(OperationsId::paddr);

	ASSERT_TRUE(operations);
	EXPECT_FALSE(operations->finds_ranges);
	EXPECT_FALSE(operations->targets_end);
	EXPECT_EQ(operations->min_region_size, page);
}

TEST(PhysicalMemory, KnowsTheActionsItCanDo)
{
	register_paddr_operations();
	const Operations *operations = find_operations(OperationsId::paddr);

	ASSERT_TRUE(operations);
	EXPECT_OK(operations->supports(Action::stat));
	EXPECT_OK(operations->supports(Action::pageout));
	EXPECT_ERROR(EOPNOTSUPP, operations->supports(Action::willneed));
}
