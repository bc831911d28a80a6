// SPDX-License-Identifier: GPL-2.0
#include "core/vec.hpp"

#include "core/memory.hpp"
#include "tests/host/host.hpp"
#include "tests/unit/test.hpp"

using namespace damon;
using namespace damon::test;

TEST(VecHost, FailedGrowthChangesNothing)
{
	uint64_t before = live_allocations();
	{
		Vec<int> numbers;

		for (int i = 0; i < 4; i++)
			ASSERT_OK(numbers.push(i));
		ASSERT_EQ(numbers.size(), numbers.capacity());

		const int *where = numbers.begin();
		const FailAllocation failing(0);
		EXPECT_ERROR(ENOMEM, numbers.push(4));
		EXPECT_TRUE(failing.hit());
		EXPECT_EQ(numbers.size(), 4u);
		EXPECT_EQ(numbers.begin(), where);
		EXPECT_EQ(numbers[3], 3);
	}
	EXPECT_EQ(live_allocations(), before);
}

TEST(VecHost, IndexBeyondTheEndIsABug)
{
	Vec<int> numbers;

	ASSERT_OK(numbers.push(1));
	EXPECT_DEATH(numbers[1] = 2, "broken invariant");
	EXPECT_DEATH(Vec<int>().pop(), "broken invariant");
}

TEST(MemoryHost, MakeTellsOfRefusal)
{
	struct Thing : Heap {
		int number = 3;
	};
	uint64_t before = live_allocations();
	{
		Result<Owned<Thing>> thing = make<Thing>();

		ASSERT_OK(thing);
		EXPECT_EQ((*thing)->number, 3);
		EXPECT_EQ(live_allocations(), before + 1);
		const FailAllocation failing(0);
		EXPECT_ERROR(ENOMEM, make<Thing>());
	}
	EXPECT_EQ(live_allocations(), before);
}
