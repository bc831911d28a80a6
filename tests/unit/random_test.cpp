// SPDX-License-Identifier: GPL-2.0
#include "core/random.hpp"

#include "tests/unit/test.hpp"

using namespace damon;

// Its first numbers, from exact products of Python.
TEST(Random, IsWyrand)
{
	Random zero(0), one(1);

	EXPECT_EQ(zero.next(), 1233057930238600590u);
	EXPECT_EQ(zero.next(), 14892235431655409005u);
	EXPECT_EQ(one.next(), 14839104130206199084u);
}

TEST(Random, NothingIsBelowNought)
{
	Random random(1);

	EXPECT_EQ(random.below(0), 0u);
	EXPECT_EQ(random.below(1), 0u);
}

// Also for bounds that are no power of two.  Of 16000 draws, 1000 each are expected: a deviation of
// 200 is one of more than six standard deviations.
TEST(Random, EveryNumberBelowTheBoundIsEquallyLikely)
{
	for (uint64_t scale : {uint64_t{1}, uint64_t{4097}, UINT64_MAX / 16}) {
		Random random(scale);
		int hits[16] = {};

		for (int i = 0; i < 16000; i++) {
			const uint64_t drawn = random.below(16 * scale);

			EXPECT_LT(drawn, 16 * scale);
			hits[drawn / scale % 16]++;
		}
		for (int n : hits) {
			EXPECT_GT(n, 800) << scale;
			EXPECT_LT(n, 1200) << scale;
		}
	}
}
