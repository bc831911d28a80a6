// SPDX-License-Identifier: GPL-2.0
#include "core/vec.hpp"

#include <span>

#include "tests/unit/test.hpp"

using namespace damon;

namespace {

// Counts how many of its kind are alive.
class Counted {
      public:
	explicit Counted(int &alive) : alive_(&alive)
	{
		++*alive_;
	}
	Counted(Counted &&other) noexcept : alive_(other.alive_)
	{
		++*alive_;
	}
	Counted &operator=(Counted &&) = delete;
	~Counted()
	{
		--*alive_;
	}

      private:
	int *alive_;
};

} // namespace

TEST(Vec, KeepsWhatWasPushed)
{
	Vec<int> numbers;

	EXPECT_TRUE(numbers.empty());
	for (int i = 0; i < 1000; i++)
		ASSERT_OK(numbers.push(i));
	ASSERT_EQ(numbers.size(), 1000u);
	EXPECT_GE(numbers.capacity(), 1000u);
	for (std::size_t i = 0; i < 1000; i++)
		EXPECT_EQ(numbers[i], static_cast<int>(i));
}

TEST(Vec, ReserveMakesRoomOnce)
{
	Vec<int> numbers;

	ASSERT_OK(numbers.reserve(10));
	const int *where = numbers.begin();
	for (int i = 0; i < 10; i++)
		numbers.push_reserved(i);
	EXPECT_EQ(numbers.begin(), where);
	EXPECT_EQ(numbers.size(), 10u);
	ASSERT_OK(numbers.reserve(5));
	EXPECT_EQ(numbers.begin(), where);
}

TEST(Vec, ResizeValueInitialises)
{
	Vec<int> numbers;

	ASSERT_OK(numbers.push(7));
	ASSERT_OK(numbers.resize(3));
	EXPECT_EQ(numbers[0], 7);
	EXPECT_EQ(numbers[2], 0);
	ASSERT_OK(numbers.resize(1));
	numbers[0] = 9;
	ASSERT_OK(numbers.resize(2));
	EXPECT_EQ(numbers[0], 9);
	EXPECT_EQ(numbers[1], 0);
}

TEST(Vec, DestroysEachElementOnce)
{
	int alive = 0;
	{
		Vec<Counted> items;

		for (int i = 0; i < 9; i++)
			ASSERT_OK(items.push(Counted(alive)));
		EXPECT_EQ(alive, 9);
		items.pop();
		EXPECT_EQ(alive, 8);

		Vec<Counted> moved(std::move(items));
		EXPECT_EQ(alive, 8);
		Vec<Counted> assigned;
		ASSERT_OK(assigned.push(Counted(alive)));
		assigned = std::move(moved);
		EXPECT_EQ(assigned.size(), 8u);
		assigned.clear();
		EXPECT_LE(alive, 1); // what was in the target of the move may live until its end
	}
	EXPECT_EQ(alive, 0);
}

// NOLINTBEGIN(bugprone-use-after-move,clang-analyzer-cplusplus.Move): it is allowed, of a Vec
TEST(Vec, MovedFromIsEmpty)
{
	Vec<int> from;

	ASSERT_OK(from.push(1));
	Vec<int> to(std::move(from));
	EXPECT_EQ(from.size(), 0u);
	EXPECT_EQ(to.size(), 1u);
	ASSERT_OK(from.push(2));
	EXPECT_EQ(from[0], 2);
}
// NOLINTEND(bugprone-use-after-move,clang-analyzer-cplusplus.Move)

TEST(Vec, RefusesSizesBeyondTheAddressSpace)
{
	Vec<uint64_t> numbers;

	ASSERT_OK(numbers.push(1));
	EXPECT_ERROR(ENOMEM, numbers.reserve(SIZE_MAX));
	EXPECT_ERROR(ENOMEM, numbers.reserve(SIZE_MAX / 8 + 1));
	EXPECT_EQ(numbers.size(), 1u);
	EXPECT_EQ(numbers[0], 1u);
}

TEST(Vec, SpanSeesItsElements)
{
	Vec<int> numbers;

	for (int i = 0; i < 3; i++)
		ASSERT_OK(numbers.push(i));
	std::span<const int> view = numbers;
	ASSERT_EQ(view.size(), 3u);
	EXPECT_EQ(view[2], 2);
	int sum = 0;
	for (int number : numbers)
		sum += number;
	EXPECT_EQ(sum, 3);
}
