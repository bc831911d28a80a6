// SPDX-License-Identifier: GPL-2.0
#include "schemes/arithmetic.hpp"

#include "core/random.hpp"
#include "tests/unit/test.hpp"

using namespace damon;

TEST(Arithmetic, ScalesExactly)
{
	EXPECT_EQ(scaled(7, 3, 2), 10u);
	EXPECT_EQ(scaled(0, 3, 2), 0u);
	EXPECT_EQ(scaled(7, 0, 2), 0u);
	EXPECT_EQ(scaled(UINT64_MAX, 1, 1), UINT64_MAX);
	EXPECT_EQ(scaled(UINT64_MAX, 10000, 10000), UINT64_MAX);
	EXPECT_EQ(scaled(UINT64_MAX, 9999, 10000), 18444899399302180659u);
	EXPECT_EQ(scaled(UINT64_MAX - 1, UINT64_MAX, UINT64_MAX), UINT64_MAX - 1);
	EXPECT_EQ(scaled(1, 1ull << 63, 3), 3074457345618258602u);
}

TEST(Arithmetic, ScalesToTheLargestNumberInsteadOfOver)
{
	EXPECT_EQ(scaled(UINT64_MAX, 2, 1), UINT64_MAX);
	EXPECT_EQ(scaled(UINT64_MAX, 10001, 10000), UINT64_MAX);
	EXPECT_EQ(scaled(1, 1, 0), UINT64_MAX);
	EXPECT_EQ(scaled(0, 0, 0), UINT64_MAX);
}

TEST(Arithmetic, WhatIsScaledUpAndDownIsTheSame)
{
	Random random(1);

	for (int i = 0; i < 10000; i++) {
		const uint64_t value = random.next() >> random.below(64);
		const uint64_t factor = (random.next() >> random.below(64)) | 1;

		EXPECT_EQ(scaled(value, factor, factor), value) << factor;
		EXPECT_LE(scaled(value, factor - 1, factor), value) << factor;
	}
}

TEST(Arithmetic, SharesOfNothingAreNothing)
{
	EXPECT_EQ(share_bp(1, 0), 0u);
	EXPECT_EQ(share_bp(0, 0), 0u);
	EXPECT_EQ(share_bp(1, 3), 3333u);
	EXPECT_EQ(share_bp(3, 1), 30000u);
	EXPECT_EQ(share_bp(UINT64_MAX, UINT64_MAX), 10000u);
	EXPECT_EQ(share_bp(UINT64_MAX, 1), UINT64_MAX);
}

TEST(Arithmetic, SumsAndProductsStopAtTheTop)
{
	EXPECT_EQ(add_saturated(UINT64_MAX, 1), UINT64_MAX);
	EXPECT_EQ(add_saturated(1, 2), 3u);
	EXPECT_EQ(multiply_saturated(1ull << 63, 2), UINT64_MAX);
	EXPECT_EQ(multiply_saturated(3, 2), 6u);
}
