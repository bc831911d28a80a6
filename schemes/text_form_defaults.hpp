// SPDX-License-Identifier: GPL-2.0
// What parser and printer must agree upon: what is meant where a part is not written, and which of
// its fields a goal or filter uses.
#pragma once

#include <limits>

#include "core/config.hpp"
#include "schemes/text_form_words.hpp"

namespace damon::text_form {

inline constexpr Limits<uint64_t> any_size{0, std::numeric_limits<uint64_t>::max()};
inline constexpr Limits<uint32_t> any_count{0, std::numeric_limits<uint32_t>::max()};
inline constexpr AccessPattern any_pattern{any_size, any_count, any_count};

// As mainline's damon_reclaim and damon_lru_sort have it.
inline constexpr uint64_t default_watermarks_interval_us = 5000000;

// Whether something limits the scheme, so that there is a need for an interval and for priorities.
inline bool limits(const QuotaConfig &quota)
{
	return quota.ms || quota.bytes || !quota.goals.empty();
}

inline uint64_t default_reset_interval_ms(const QuotaConfig &quota)
{
	return limits(quota) ? 1000 : 0;
}

inline constexpr Trait all_traits[] = {Trait::accesses, Trait::age, Trait::size};

constexpr auto &weight_of(auto &quota, Trait trait)
{
	switch (trait) {
	case Trait::accesses:
		return quota.nr_accesses_permil;
	case Trait::age:
		return quota.age_permil;
	default:
		return quota.sz_permil;
	}
}

// Size has no effect on priorities.
inline uint32_t default_weight(const QuotaConfig &quota, Trait trait)
{
	return limits(quota) && trait != Trait::size;
}

constexpr bool uses(GoalMetric metric, GoalField field)
{
	const bool memcg = metric == GoalMetric::node_memcg_used_bp ||
			   metric == GoalMetric::node_memcg_free_bp;

	switch (field) {
	case GoalField::current:
		return metric == GoalMetric::user_input;
	case GoalField::memcg:
		return memcg;
	default:
		return memcg || metric == GoalMetric::node_mem_used_bp ||
		       metric == GoalMetric::node_mem_free_bp ||
		       metric == GoalMetric::node_eligible_mem_bp;
	}
}

constexpr bool has_parameter(FilterType type)
{
	return type == FilterType::memcg || type == FilterType::hugepage_size ||
	       type == FilterType::addr || type == FilterType::target;
}

} // namespace damon::text_form
