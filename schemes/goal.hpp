// SPDX-License-Identifier: GPL-2.0
// Goals of a quota: what is measured, and how far it is from what is wanted.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

#include "core/address_space.hpp"
#include "core/config.hpp"
#include "core/memcg.hpp"
#include "core/vec.hpp"
#include "schemes/arithmetic.hpp"

namespace damon {

// A goal at work.
struct Goal {
	GoalConfig config;
	Memcg memcg; // of the metrics of one
	// The stall time when it was measured last, if it was.
	uint64_t last_stall_us = 0;
	bool has_last_stall = false;
};

// Opens what the goals refer to, in the caller's cgroup namespace, and refuses those that cannot be
// measured with @operations on this kernel.  Goals without a target value are left out.
[[nodiscard]] Result<Vec<Goal>> open_goals(std::span<const GoalConfig> configs,
					   OperationsId operations);

// What was measured last stays known to goals of the same index and metric.
void inherit_measurements(std::span<Goal> goals, std::span<const Goal> before);

// The current value.  What is not there, as a node without memory, counts as unused.
// @eligible: of node_eligible_mem_bp, where the memory is that the scheme looks for.
uint64_t measure(Goal &goal, const Residence &eligible);

// How far the goals are met, in 1/10000: the best of them counts.  @eligible(nid) tells where the
// memory is that the scheme looks for, which may take long.
template <class Eligible> uint64_t goals_score(std::span<Goal> goals, Eligible eligible)
{
	uint64_t best = 0;

	for (Goal &goal : goals) {
		const bool ask = goal.config.metric == GoalMetric::node_eligible_mem_bp;
		const uint64_t value = measure(goal, ask ? eligible(goal.config.nid) : Residence{});

		best = std::max(best, share_bp(value, goal.config.target_value));
	}
	return best;
}

} // namespace damon
