// SPDX-License-Identifier: GPL-2.0
#include "schemes/goal.hpp"

namespace damon {

namespace {

bool needs_memcg(GoalMetric metric)
{
	return metric == GoalMetric::node_memcg_used_bp || metric == GoalMetric::node_memcg_free_bp;
}

Result<Goal> open_goal(const GoalConfig &config)
{
	Goal goal{.config = TRY(copy(config)), .memcg = {}};

	if (needs_memcg(config.metric))
		goal.memcg = TRY(Memcg::open(config.path, "path: no such memory cgroup"));
	return goal;
}

} // namespace

Result<Vec<Goal>> open_goals(std::span<const GoalConfig> configs)
{
	Vec<Goal> goals;

	TRY(goals.reserve(configs.size()));
	for (std::size_t i = 0; i < configs.size(); i++) {
		if (configs[i].target_value != 0)
			goals.push_reserved(TRY(within("quotas/goals", i, open_goal(configs[i]))));
	}
	return goals;
}

} // namespace damon
