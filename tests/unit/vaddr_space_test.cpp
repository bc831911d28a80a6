// SPDX-License-Identifier: GPL-2.0
#include <initializer_list>

#include "ops-vaddr/vaddr.hpp"
#include "tests/unit/fakes.hpp"
#include "tests/unit/regions.hpp"
#include "tests/unit/test.hpp"

using namespace damon;
using namespace damon::test;

namespace {

AddressSpacePtr open_space(int pid)
{
	TargetConfig target;

	target.pid = pid;
	Result<AddressSpacePtr> space = VirtualSpace::open(target);

	return space ? std::move(*space) : AddressSpacePtr();
}

} // namespace

TEST(VirtualSpace, IsRefusedWithoutTheProcess)
{
	TargetConfig target;

	target.pid = 41;
	EXPECT_ERROR(EINVAL, VirtualSpace::open(target));
}

TEST(VirtualSpace, IsClosedWithItsLastUser)
{
	FakeProcess process(41);

	open_space(41).reset();
	EXPECT_EQ(process.calls.opens, 1u);
	EXPECT_EQ(process.calls.closes, 1u);
}

TEST(VirtualSpace, FindsThreeRanges)
{
	FakeProcess process(41);
	AddressSpacePtr space = open_space(41);
	Vec<Range> ranges;

	ASSERT_TRUE(space);
	process.map(page_range(1, 5));
	process.map(page_range(100, 110));
	process.map(page_range(1000, 1001));
	ASSERT_OK(space->find_ranges(ranges));
	ASSERT_EQ(ranges.size(), 3u);
	EXPECT_TRUE(ranges[0] == page_range(1, 5));
	EXPECT_TRUE(ranges[1] == page_range(100, 110));
	EXPECT_TRUE(ranges[2] == page_range(1000, 1001));
}

TEST(VirtualSpace, WithoutMemoryHasNoRanges)
{
	FakeProcess process(41);
	AddressSpacePtr space = open_space(41);
	Vec<Range> ranges;

	ASSERT_TRUE(space);
	process.find_error = 0;
	process.has_memory = false;
	EXPECT_ERROR(ESRCH, space->find_ranges(ranges));
	EXPECT_TRUE(ranges.empty());
	EXPECT_FALSE(space->begin_pass());
}

TEST(VirtualSpace, IsValidWhileTheProcessLives)
{
	FakeProcess process(41);
	AddressSpacePtr space = open_space(41);

	ASSERT_TRUE(space);
	EXPECT_TRUE(space->valid());
	process.alive = false;
	EXPECT_FALSE(space->valid());
}

TEST(VirtualSpace, PageoutAppliesToAllOrNothing)
{
	FakeProcess process(41);
	AddressSpacePtr space = open_space(41);

	ASSERT_TRUE(space);
	EXPECT_EQ(space->apply({.action = Action::pageout}, page_range(3, 7)).applied, 4 * page);
	process.apply_divisor = 2; // half of it is a hole
	EXPECT_EQ(space->apply({.action = Action::pageout}, page_range(3, 7)).applied, 2 * page);
	EXPECT_EQ(process.calls.applies, 2u);
}

TEST(VirtualSpace, StatDoesNothing)
{
	FakeProcess process(41);
	AddressSpacePtr space = open_space(41);

	ASSERT_TRUE(space);
	EXPECT_EQ(space->apply({.action = Action::stat}, page_range(3, 7)).applied, 0u);
	EXPECT_EQ(process.calls.applies, 0u);
}

TEST(VirtualSpace, AdvisesWhatTheActionAsksFor)
{
	FakeProcess process(41);
	AddressSpacePtr space = open_space(41);

	register_vaddr_operations();
	const Operations *operations = find_operations(OperationsId::vaddr);

	ASSERT_TRUE(space);
	ASSERT_TRUE(operations);
	for (Action action : {Action::willneed, Action::cold, Action::pageout, Action::hugepage,
			      Action::nohugepage, Action::collapse}) {
		EXPECT_OK(operations->supports(action));
		EXPECT_EQ(space->apply({.action = action}, page_range(3, 7)).applied, 4 * page);
		EXPECT_TRUE(process.applied[process.applied.size() - 1].action == action);
	}
	EXPECT_EQ(process.applied.size(), 6u);
}

TEST(VirtualSpace, RefusesWhatTheKernelCannotDoWithASentence)
{
	register_vaddr_operations();
	const Operations *operations = find_operations(OperationsId::vaddr);

	ASSERT_TRUE(operations);
	FakeProcess::advice_error = -EOPNOTSUPP;
	Result<> refused = operations->supports(Action::collapse);
	FakeProcess::advice_error = 0;
	ASSERT_FALSE(refused);
	EXPECT_EQ(refused.error().number, EOPNOTSUPP);
	EXPECT_TRUE(refused.error().reason[0] != '\0');
	EXPECT_ERROR(EOPNOTSUPP, operations->supports(Action::lru_prio));
	EXPECT_OK(operations->supports(Action::stat));
}
