// SPDX-License-Identifier: GPL-2.0
// Prioritise: where a quota is too small for all that a scheme looks for, what comes first?
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

#include "core/config.hpp"
#include "schemes/arithmetic.hpp"

namespace damon {

constexpr uint32_t max_score = 99;

// What of a scheme's regions an action is best spent on.
enum class Preference : uint8_t { none, hot, cold };

constexpr Preference preference(Action action, OperationsId operations)
{
	switch (action) {
	case Action::lru_prio:
		return operations == OperationsId::paddr ? Preference::hot : Preference::none;
	case Action::migrate_hot:
		return Preference::hot;
	case Action::pageout:
	case Action::lru_deprio:
	case Action::migrate_cold:
		return Preference::cold;
	default:
		return Preference::none;
	}
}

// How scores are made: what full marks are, and what counts how much.
struct ScoreRules {
	Preference preference = Preference::none;
	uint64_t samples_per_aggregation = 0;
	uint64_t aggr_us = 0;
	uint32_t accesses_weight = 0;
	uint32_t age_weight = 0;
};

// How hot memory is, 0 to 99: by how often it is accessed, and for how long it has been so.
constexpr uint32_t hotness(const ScoreRules &rules, uint32_t nr_accesses, uint32_t age)
{
	const uint64_t samples = std::max<uint64_t>(rules.samples_per_aggregation, 1);
	const uint64_t frequency = std::min<uint64_t>(uint64_t{nr_accesses} * 100 / samples, 100);
	const uint64_t seconds = scaled(age, rules.aggr_us, 1000000);
	// Each doubling of the time counts the same.  What is old and idle is the colder for it.
	const int magnitude = std::min(static_cast<int>(std::bit_width(seconds)), 32);
	const auto lasting =
		static_cast<uint64_t>((frequency == 0 ? -magnitude : magnitude) + 32) * 100 / 64;
	const uint64_t weights = uint64_t{rules.accesses_weight} + rules.age_weight;
	uint64_t sum = rules.accesses_weight * frequency + rules.age_weight * lasting;

	if (weights)
		sum /= weights;
	return static_cast<uint32_t>(std::min<uint64_t>(sum * 99 / 100, max_score));
}

constexpr uint32_t score(const ScoreRules &rules, uint32_t nr_accesses, uint32_t age)
{
	switch (rules.preference) {
	case Preference::hot:
		return hotness(rules, nr_accesses, age);
	case Preference::cold:
		return max_score - hotness(rules, nr_accesses, age);
	case Preference::none:
		break;
	}
	return max_score;
}

// How much memory has which score.
class ScoreHistogram {
      public:
	void clear()
	{
		sizes_ = {};
	}
	void add(uint32_t score, uint64_t size)
	{
		sizes_[std::min(score, max_score)] =
			add_saturated(sizes_[std::min(score, max_score)], size);
	}
	// The score down to which there is enough for @size; 0 if there is not.
	uint32_t least_score(uint64_t size) const
	{
		uint64_t sum = 0;

		for (uint32_t score = max_score; score > 0; score--) {
			sum = add_saturated(sum, sizes_[score]);
			if (sum >= size && sum > 0)
				return score;
		}
		return 0;
	}

      private:
	std::array<uint64_t, max_score + 1> sizes_ = {};
};

} // namespace damon
