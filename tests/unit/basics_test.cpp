// SPDX-License-Identifier: GPL-2.0
// Random, Result and the checks of a configuration.
#include "core/config.hpp"
#include "core/random.hpp"
#include "tests/unit/test.hpp"

using namespace damon;

TEST(Random, StaysBelowItsBound)
{
	Random random(1);

	for (uint64_t bound :
	     {uint64_t{1}, uint64_t{2}, uint64_t{7}, uint64_t{1} << 33, UINT64_MAX}) {
		for (int i = 0; i < 1000; i++)
			ASSERT_LT(random.below(bound), bound) << "bound " << bound;
	}
	EXPECT_EQ(random.below(0), 0u);
}

TEST(Random, IsRoughlyUniform)
{
	constexpr unsigned int buckets = 9;
	constexpr unsigned int draws = 90'000;
	Random random(2);
	unsigned int counts[buckets] = {};

	for (unsigned int i = 0; i < draws; i++)
		counts[random.below(buckets)]++;
	// Ten times the standard deviation of 94.
	for (unsigned int count : counts) {
		EXPECT_GT(count, draws / buckets - 940);
		EXPECT_LT(count, draws / buckets + 940);
	}
}

TEST(Random, ReachesBothHalvesOfALargeBound)
{
	constexpr uint64_t bound = 3ull << 45;
	Random random(3);
	unsigned int low = 0;

	for (int i = 0; i < 10'000; i++)
		low += random.below(bound) < bound / 2;
	EXPECT_GT(low, 4'500u);
	EXPECT_LT(low, 5'500u);
}

TEST(Random, SeedsDiffer)
{
	EXPECT_NE(Random(1).next(), Random(2).next());
	EXPECT_EQ(Random(1).next(), Random(1).next());
}

namespace {

Result<int> positive(int number)
{
	if (number <= 0)
		return fail(EINVAL, "not positive");
	return number;
}

Result<int> sum(int a, int b)
{
	int left = TRY(positive(a));

	return left + TRY(positive(b));
}

Result<> both(int a, int b)
{
	TRY(positive(a));
	TRY(positive(b));
	return {};
}

} // namespace

TEST(Result, TryPassesFailuresOn)
{
	Result<int> good = sum(1, 2);
	Result<int> bad = sum(1, -2);

	ASSERT_OK(good);
	EXPECT_EQ(*good, 3);
	EXPECT_ERROR(EINVAL, bad);
	EXPECT_STREQ(bad.error().reason, "not positive");
	EXPECT_OK(both(1, 2));
	EXPECT_ERROR(EINVAL, both(0, 2));
}

TEST(Result, ConvertsToAndFromErrno)
{
	EXPECT_OK(from_errno(0));
	EXPECT_ERROR(ESRCH, from_errno(-ESRCH));
	EXPECT_EQ(to_errno(from_errno(-ESRCH)), -ESRCH);
	EXPECT_EQ(to_errno({}), 0);
}

TEST(Attributes, DefaultsAreValid)
{
	Attributes attributes;

	EXPECT_OK(validate(attributes));
	EXPECT_EQ(attributes.samples_per_aggregation(), 20u);
}

TEST(Attributes, AtLeastThreeRegions)
{
	Attributes attributes;

	attributes.min_nr_regions = 3;
	EXPECT_OK(validate(attributes));
	attributes.min_nr_regions = 2;
	EXPECT_ERROR(EINVAL, validate(attributes));
	attributes.min_nr_regions = 0;
	EXPECT_ERROR(EINVAL, validate(attributes));
}

TEST(Attributes, MinimumUpToMaximum)
{
	Attributes attributes;

	attributes.min_nr_regions = attributes.max_nr_regions = 50;
	EXPECT_OK(validate(attributes));
	attributes.min_nr_regions = 51;
	EXPECT_ERROR(EINVAL, validate(attributes));
	attributes.max_nr_regions = UINT64_MAX;
	EXPECT_OK(validate(attributes));
}

TEST(Attributes, SamplingWithinAggregation)
{
	Attributes attributes;

	attributes.sample_us = attributes.aggr_us = 7;
	EXPECT_OK(validate(attributes));
	attributes.sample_us = 8;
	EXPECT_ERROR(EINVAL, validate(attributes));
	attributes.sample_us = 0; // counts as 1
	EXPECT_OK(validate(attributes));
	EXPECT_EQ(attributes.samples_per_aggregation(), 7u);
}
