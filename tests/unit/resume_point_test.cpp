// SPDX-License-Identifier: GPL-2.0
#include "schemes/resume_point.hpp"

#include "tests/unit/regions.hpp"

using namespace damon;
using namespace damon::test;

TEST(ResumePoint, WithoutOneNothingHadItsTurn)
{
	ResumePoint point;

	EXPECT_FALSE(point.is_set());
	EXPECT_EQ(point.passed(0, region({3, 5}), page), 3 * page);
	point.end_target(0);
	EXPECT_FALSE(point.is_set());
}

TEST(ResumePoint, WhatIsBeforeItHadItsTurn)
{
	ResumePoint point;

	point.set(1, 7 * page);
	EXPECT_EQ(point.passed(0, region({3, 50}), page), 50 * page) << "another target";
	EXPECT_EQ(point.passed(1, region({3, 5}), page), 5 * page);
	EXPECT_EQ(point.passed(1, region({5, 7}), page), 7 * page);
	EXPECT_TRUE(point.is_set());
	EXPECT_EQ(point.passed(1, region({7, 9}), page), 7 * page);
	EXPECT_FALSE(point.is_set());
}

TEST(ResumePoint, MayBeWithinARegion)
{
	ResumePoint point;

	point.set(0, 7 * page);
	EXPECT_EQ(point.passed(0, region({3, 9}), page), 7 * page);
	EXPECT_FALSE(point.is_set());
	// A multiple of the minimum size behind the region's start.
	point.set(0, 7 * page);
	EXPECT_EQ(point.passed(0, region({4, 12}), 2 * page), 6 * page);
}

TEST(ResumePoint, AtTheEndOfATargetIsAtTheNext)
{
	ResumePoint point;

	point.set(0, 9 * page);
	EXPECT_EQ(point.passed(0, region({3, 9}), page), 9 * page);
	point.end_target(0);
	EXPECT_EQ(point.target(), 1u);
	EXPECT_EQ(point.passed(1, region({3, 9}), page), 3 * page);
	EXPECT_FALSE(point.is_set());
}

TEST(ResumePoint, IsUsedUpByWhatComesAfter)
{
	ResumePoint point;

	// Its own target has no regions any more.
	point.set(1, 9 * page);
	EXPECT_EQ(point.passed(2, region({3, 9}), page), 3 * page);
	EXPECT_FALSE(point.is_set());
}

TEST(ResumePoint, MovesWithItsTarget)
{
	ResumePoint point;

	point.move_to([](std::size_t) { return std::size_t{5}; });
	EXPECT_FALSE(point.is_set());
	point.set(2, 9 * page);
	point.move_to([](std::size_t target) { return target - 1; });
	EXPECT_EQ(point.target(), 1u);
	point.move_to([](std::size_t) { return ResumePoint::nowhere; });
	EXPECT_FALSE(point.is_set());
}
