// SPDX-License-Identifier: GPL-2.0
// For tests of the text form: whether schemes are equal, and schemes of all kinds by chance.
#pragma once

#include <algorithm>
#include <limits>
#include <tuple>

#include "core/config.hpp"
#include "core/random.hpp"

namespace damon::test {

// Each names all fields, so that a new one is not forgotten: neither here nor in the text form.

inline bool same(const DestinationConfig &a, const DestinationConfig &b)
{
	const auto &[a1, a2] = a;
	const auto &[b1, b2] = b;

	return std::tie(a1, a2) == std::tie(b1, b2);
}

inline bool same(const FilterConfig &a, const FilterConfig &b)
{
	const auto &[a1, a2, a3, a4, a5, a6, a7] = a;
	const auto &[b1, b2, b3, b4, b5, b6, b7] = b;

	return std::tie(a1, a2, a3, a4, a5, a6, a7) == std::tie(b1, b2, b3, b4, b5, b6, b7);
}

inline bool same(const GoalConfig &a, const GoalConfig &b)
{
	const auto &[a1, a2, a3, a4, a5] = a;
	const auto &[b1, b2, b3, b4, b5] = b;

	return std::tie(a1, a2, a3, a4, a5) == std::tie(b1, b2, b3, b4, b5);
}

inline bool same(const SchemeConfig &a, const SchemeConfig &b);

template <class T> bool same(const Vec<T> &a, const Vec<T> &b)
{
	return std::equal(a.begin(), a.end(), b.begin(), b.end(),
			  [](const T &x, const T &y) { return same(x, y); });
}

inline bool same(const QuotaConfig &a, const QuotaConfig &b)
{
	const auto &[a1, a2, a3, a4, a5, a6, a7, a8, a9, a_goals] = a;
	const auto &[b1, b2, b3, b4, b5, b6, b7, b8, b9, b_goals] = b;

	return std::tie(a1, a2, a3, a4, a5, a6, a7, a8, a9) ==
		       std::tie(b1, b2, b3, b4, b5, b6, b7, b8, b9) &&
	       same(a_goals, b_goals);
}

inline bool same(const WatermarksConfig &a, const WatermarksConfig &b)
{
	const auto &[a1, a2, a3, a4, a5] = a;
	const auto &[b1, b2, b3, b4, b5] = b;

	return std::tie(a1, a2, a3, a4, a5) == std::tie(b1, b2, b3, b4, b5);
}

inline bool same(const AccessPattern &a, const AccessPattern &b)
{
	const auto &[a1, a2, a3] = a;
	const auto &[b1, b2, b3] = b;

	return std::tie(a1, a2, a3) == std::tie(b1, b2, b3);
}

bool same(const SchemeConfig &a, const SchemeConfig &b)
{
	const auto &[a_action, a_nid, a_pattern, a_apply, a_max, a_quota, a_watermarks, a_filters,
		     a_destinations] = a;
	const auto &[b_action, b_nid, b_pattern, b_apply, b_max, b_quota, b_watermarks, b_filters,
		     b_destinations] = b;

	return std::tie(a_action, a_nid, a_apply, a_max) ==
		       std::tie(b_action, b_nid, b_apply, b_max) &&
	       same(a_pattern, b_pattern) && same(a_quota, b_quota) &&
	       same(a_watermarks, b_watermarks) && same(a_filters, b_filters) &&
	       same(a_destinations, b_destinations);
}

// Numbers at the edges, round ones, and any.
template <class T> T random_number(Random &random)
{
	constexpr uint64_t units[] = {1, 10, 60, 100, 1000, 10000, 4096, 60000000, 1 << 21};
	constexpr T max = std::numeric_limits<T>::max();
	const uint64_t unit = units[random.below(std::size(units))];

	switch (random.below(6)) {
	case 0:
		return 0;
	case 1:
		return static_cast<T>(random.below(25));
	case 2:
		return static_cast<T>(unit * random.below(100));
	case 3:
		return static_cast<T>(max - random.below(3));
	case 4:
		return static_cast<T>(random.next() >> random.below(64));
	default:
		return static_cast<T>(random.next());
	}
}

template <class T> Limits<T> random_limits(Random &random)
{
	Limits<T> limits{random_number<T>(random), random_number<T>(random)};

	switch (random.below(5)) {
	case 0:
		return {0, std::numeric_limits<T>::max()};
	case 1:
		return {limits.min, std::numeric_limits<T>::max()};
	case 2:
		return {0, limits.max};
	case 3:
		return {limits.min, limits.min};
	default:
		return limits; // maybe empty
	}
}

inline Result<String> random_path(Random &random)
{
	char chars[12];
	const std::size_t length = random.below(sizeof(chars) + 1);

	for (std::size_t i = 0; i < length; i++)
		chars[i] = random.below(2) ? "/a\"\\\n\t #;."[random.below(10)]
					   : static_cast<char>(1 + random.below(255));
	return String::of({chars, length});
}

inline Result<Vec<GoalConfig>> random_goals(Random &random)
{
	Vec<GoalConfig> goals;

	for (std::size_t n = random.below(4); n; n--) {
		GoalConfig goal;

		goal.metric = static_cast<GoalMetric>(random.below(nr_goal_metrics));
		goal.target_value = random_number<uint64_t>(random);
		// Mostly as its metric needs it; but a file may hold anything.
		if (random.below(3) == 0 || goal.metric == GoalMetric::user_input)
			goal.current_value = random_number<uint64_t>(random);
		if (random.below(2))
			goal.nid = static_cast<int>(random_number<uint32_t>(random));
		if (random.below(2))
			goal.path = TRY(random_path(random));
		TRY(goals.push(std::move(goal)));
	}
	return goals;
}

inline Result<Vec<FilterConfig>> random_filters(Random &random)
{
	Vec<FilterConfig> filters;
	constexpr auto addr = static_cast<std::size_t>(FilterType::addr);

	for (bool core : {true, false}) {
		for (std::size_t n = random.below(3); n; n--) {
			FilterConfig filter;

			filter.type = static_cast<FilterType>(core ? addr + random.below(2)
								   : random.below(addr));
			filter.matching = random.below(2);
			filter.allow = random.below(2);
			if (random.below(2))
				filter.memcg_path = TRY(random_path(random));
			if (random.below(2))
				filter.addresses = {random_number<uint64_t>(random),
						    random_number<uint64_t>(random)};
			if (random.below(2))
				filter.size = random_limits<uint64_t>(random);
			if (random.below(2))
				filter.target = static_cast<int>(random_number<uint32_t>(random));
			TRY(filters.push(std::move(filter)));
		}
	}
	return filters;
}

inline Result<> randomise(QuotaConfig &quota, Random &random)
{
	if (random.below(2))
		quota.goals = TRY(random_goals(random));
	if (random.below(2))
		quota.ms = random_number<uint64_t>(random);
	if (random.below(2))
		quota.bytes = random_number<uint64_t>(random);
	quota.reset_interval_ms = random.below(2) ? 1000 : random_number<uint64_t>(random);
	quota.tuner = static_cast<GoalTuner>(random.below(2));
	if (random.below(2)) {
		quota.fail_charge_num = random_number<uint32_t>(random);
		quota.fail_charge_denom = random_number<uint32_t>(random);
	}
	quota.sz_permil = random.below(2) ? 0 : random_number<uint32_t>(random);
	quota.nr_accesses_permil = random.below(2) ? 1 : random_number<uint32_t>(random);
	quota.age_permil = random.below(2) ? 1 : random_number<uint32_t>(random);
	return {};
}

// A scheme as sysfs may hold one: each field anything that its type allows.
inline Result<SchemeConfig> random_scheme(Random &random)
{
	SchemeConfig scheme;

	scheme.action = static_cast<Action>(random.below(nr_actions));
	if (random.below(2))
		scheme.target_nid = static_cast<int>(random_number<uint32_t>(random));
	scheme.pattern = {random_limits<uint64_t>(random), random_limits<uint32_t>(random),
			  random_limits<uint32_t>(random)};
	if (random.below(2))
		scheme.apply_interval_us = random_number<uint64_t>(random);
	if (random.below(2))
		scheme.max_nr_snapshots = random_number<uint64_t>(random);
	if (random.below(2))
		TRY(randomise(scheme.quota, random));
	if (random.below(2)) {
		scheme.watermarks.metric = static_cast<WatermarkMetric>(random.below(2));
		scheme.watermarks.interval_us =
			random.below(2) ? 5000000 : random_number<uint64_t>(random);
		scheme.watermarks.high = random_number<uint64_t>(random);
		scheme.watermarks.mid = random_number<uint64_t>(random);
		scheme.watermarks.low = random_number<uint64_t>(random);
	}
	if (random.below(2))
		scheme.filters = TRY(random_filters(random));
	for (std::size_t n = random.below(4); n; n--)
		TRY(scheme.destinations.push(
			{random_number<uint32_t>(random), random_number<uint32_t>(random)}));
	return scheme;
}

constexpr Attributes intervals(uint64_t sample_us, uint64_t aggr_us)
{
	Attributes attributes;

	attributes.sample_us = sample_us;
	attributes.aggr_us = aggr_us;
	return attributes;
}

// Of which some have no exact percentages, some none at all, and some no times.
inline constexpr Attributes kinds_of_attributes[] = {
	intervals(5000, 100000), intervals(3, 1000), intervals(1, 1000003),
	intervals(0, 0),	 intervals(10, 5),   intervals(1, UINT64_MAX),
};

} // namespace damon::test
