// SPDX-License-Identifier: GPL-2.0
#include "schemes/priority.hpp"

#include "core/random.hpp"
#include "tests/unit/test.hpp"

using namespace damon;

namespace {

// 20 samples in 100 ms.
ScoreRules rules(Preference preference, uint32_t accesses_weight, uint32_t age_weight)
{
	return {.preference = preference,
		.samples_per_aggregation = 20,
		.aggr_us = 100000,
		.accesses_weight = accesses_weight,
		.age_weight = age_weight};
}

constexpr uint32_t two_minutes = 1200;

} // namespace

TEST(Priority, HotnessIsAsComputedByHand)
{
	const ScoreRules even = rules(Preference::hot, 1, 1);

	EXPECT_EQ(score(even, 20, 0), 74u);	      // (100 + 50) / 2
	EXPECT_EQ(score(even, 0, 0), 24u);	      // (0 + 50) / 2
	EXPECT_EQ(score(even, 0, two_minutes), 18u);  // (0 + (32 - 7) * 100 / 64) / 2
	EXPECT_EQ(score(even, 20, two_minutes), 79u); // (100 + (32 + 7) * 100 / 64) / 2
	EXPECT_EQ(score(even, 10, 100), 52u);	      // (50 + (32 + 4) * 100 / 64) / 2
	EXPECT_EQ(score(even, 10, 9), 49u) << "less than a second is no time";
	EXPECT_EQ(score(even, 10, 10), 49u);			    // (50 + 51) / 2
	EXPECT_EQ(score(rules(Preference::hot, 3, 1), 20, 0), 86u); // (300 + 50) / 4
	EXPECT_EQ(score(rules(Preference::hot, 1, 0), 7, 5000), 34u);
	EXPECT_EQ(score(rules(Preference::hot, 0, 1), 7, 5000), 63u); // 500 s: (32 + 9) * 100 / 64
}

TEST(Priority, ColdIsTheOppositeOfHot)
{
	EXPECT_EQ(score(rules(Preference::cold, 1, 1), 0, two_minutes), 81u);
	EXPECT_EQ(score(rules(Preference::cold, 1, 1), 20, 0), 25u);
	EXPECT_EQ(score(rules(Preference::cold, 1, 0), 20, 0), 0u);
	EXPECT_EQ(score(rules(Preference::cold, 1, 0), 0, 0), 99u);
}

TEST(Priority, WithoutPreferenceAllIsFirst)
{
	EXPECT_EQ(score(rules(Preference::none, 1, 1), 0, 0), max_score);
	EXPECT_EQ(score(rules(Preference::none, 1, 1), 20, 12345), max_score);
}

TEST(Priority, WithoutWeightsNothingIsHot)
{
	EXPECT_EQ(score(rules(Preference::hot, 0, 0), 20, 1000), 0u);
	EXPECT_EQ(score(rules(Preference::cold, 0, 0), 20, 1000), 99u);
}

TEST(Priority, ExtremesStayWithinTheScale)
{
	const ScoreRules heavy = rules(Preference::hot, UINT32_MAX, UINT32_MAX);
	ScoreRules slow = rules(Preference::hot, 0, 1);
	ScoreRules no_samples = rules(Preference::hot, 1, 0);

	EXPECT_EQ(score(heavy, UINT32_MAX, UINT32_MAX), 96u); // (100 + (32 + 29) * 100 / 64) / 2
	EXPECT_EQ(score(heavy, 0, UINT32_MAX), 1u);
	slow.aggr_us = UINT64_MAX;
	EXPECT_EQ(score(slow, 1, UINT32_MAX), 99u); // 5 % of the samples
	EXPECT_EQ(score(slow, 0, UINT32_MAX), 0u);
	no_samples.samples_per_aggregation = 0;
	EXPECT_EQ(score(no_samples, 0, 0), 0u);
	EXPECT_EQ(score(no_samples, 1, 0), 99u);
	EXPECT_EQ(score(no_samples, UINT32_MAX, 0), 99u);
}

TEST(Priority, ScoresAreMonotonic)
{
	Random random(0x5c0e);

	for (int i = 0; i < 20000; i++) {
		ScoreRules hot = rules(Preference::hot, static_cast<uint32_t>(random.below(1000)),
				       static_cast<uint32_t>(random.below(1000)));
		hot.samples_per_aggregation = random.below(300);
		hot.aggr_us = random.next() >> random.below(64);
		ScoreRules cold = hot;
		cold.preference = Preference::cold;

		const auto few = static_cast<uint32_t>(random.below(300));
		const auto many = few + static_cast<uint32_t>(random.below(300));
		const auto young = static_cast<uint32_t>(random.next() >> (32 + random.below(32)));
		const auto old = static_cast<uint32_t>(
			std::min<uint64_t>(young + (random.next() >> 40), UINT32_MAX));

		EXPECT_LE(score(hot, few, young), score(hot, many, young));
		EXPECT_GE(score(cold, few, young), score(cold, many, young));
		EXPECT_LE(score(hot, many, young), max_score);
		EXPECT_EQ(score(hot, few, young) + score(cold, few, young), max_score);

		const bool idle =
			uint64_t{few} * 100 < std::max<uint64_t>(hot.samples_per_aggregation, 1);
		if (idle)
			EXPECT_GE(score(hot, few, young), score(hot, few, old));
		else
			EXPECT_LE(score(hot, few, young), score(hot, few, old));
	}
}

TEST(Priority, ActionsHaveTheirPreference)
{
	constexpr OperationsId paddr = OperationsId::paddr;

	EXPECT_EQ(preference(Action::lru_prio, paddr), Preference::hot);
	EXPECT_EQ(preference(Action::lru_prio, OperationsId::vaddr), Preference::none);
	EXPECT_EQ(preference(Action::migrate_hot, paddr), Preference::hot);
	EXPECT_EQ(preference(Action::migrate_hot, OperationsId::vaddr), Preference::hot);
	EXPECT_EQ(preference(Action::pageout, paddr), Preference::cold);
	EXPECT_EQ(preference(Action::pageout, OperationsId::fvaddr), Preference::cold);
	EXPECT_EQ(preference(Action::lru_deprio, paddr), Preference::cold);
	EXPECT_EQ(preference(Action::migrate_cold, OperationsId::vaddr), Preference::cold);
	for (Action action : {Action::stat, Action::willneed, Action::cold, Action::hugepage,
			      Action::nohugepage, Action::collapse})
		EXPECT_EQ(preference(action, OperationsId::vaddr), Preference::none);
}

TEST(Priority, TheLeastScoreMayBeTheLastButOne)
{
	ScoreHistogram histogram;

	histogram.add(0, 100);
	histogram.add(1, 100);
	EXPECT_EQ(histogram.least_score(100), 1u);
	EXPECT_EQ(histogram.least_score(101), 0u);
}

TEST(Priority, TheLeastScoreIsWhereThereIsEnough)
{
	ScoreHistogram histogram;

	EXPECT_EQ(histogram.least_score(0), 0u);
	EXPECT_EQ(histogram.least_score(1), 0u);
	histogram.add(90, 100);
	histogram.add(50, 150);
	histogram.add(50, 50);
	histogram.add(10, 300);
	EXPECT_EQ(histogram.least_score(0), 90u) << "as much as nothing is in the first";
	EXPECT_EQ(histogram.least_score(1), 90u);
	EXPECT_EQ(histogram.least_score(100), 90u);
	EXPECT_EQ(histogram.least_score(101), 50u);
	EXPECT_EQ(histogram.least_score(300), 50u);
	EXPECT_EQ(histogram.least_score(600), 10u);
	EXPECT_EQ(histogram.least_score(601), 0u);

	histogram.add(99, UINT64_MAX);
	histogram.add(99, UINT64_MAX);
	EXPECT_EQ(histogram.least_score(UINT64_MAX), 99u);
	histogram.clear();
	EXPECT_EQ(histogram.least_score(1), 0u);
}
