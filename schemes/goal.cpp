// SPDX-License-Identifier: GPL-2.0
#include "schemes/goal.hpp"

#include <damon/port.h>

namespace damon {

namespace {

bool needs_memcg(GoalMetric metric)
{
	return metric == GoalMetric::node_memcg_used_bp || metric == GoalMetric::node_memcg_free_bp;
}

Result<Goal> open_goal(const GoalConfig &config, OperationsId operations)
{
	Goal goal;
	uint64_t stall_us;

	if (config.metric == GoalMetric::node_eligible_mem_bp && operations != OperationsId::paddr)
		return fail(EINVAL, "target_metric: node_eligible_mem_bp is for paddr only");
	if (config.metric == GoalMetric::some_mem_psi_us)
		TRY(from_errno(damon_memory_stall_us(&stall_us),
			       "target_metric: this kernel does not tell of memory stalls (PSI)"));
	if (needs_memcg(config.metric))
		goal.memcg = TRY(Memcg::open(config.path, "path: no such memory cgroup"));
	goal.config = TRY(copy(config));
	return goal;
}

uint64_t stall_since_last(Goal &goal)
{
	uint64_t now_us = goal.last_stall_us;
	uint64_t growth = 0;

	// It could be measured when the goal was set, and does not go away.
	if (damon_memory_stall_us(&now_us) != 0)
		return 0;
	if (goal.has_last_stall)
		growth = now_us - std::min(now_us, goal.last_stall_us);
	goal.last_stall_us = now_us;
	goal.has_last_stall = true;
	return growth;
}

// Nothing of a node that is not there, or has no memory, is used.
damon_memory memory_of(int nid)
{
	damon_memory memory;

	if (damon_node_memory(nid, &memory) != 0 || memory.total == 0)
		return {.total = 1, .free = 1};
	memory.free = std::min(memory.free, memory.total);
	return memory;
}

// That of a cgroup, and the rest.
damon_memory memory_around(damon_memcg *memcg, int nid)
{
	damon_memory memory = memory_of(nid);

	// Read apart from one another, the part may be the larger.
	memory.free = memory.total - std::min(damon_memcg_bytes_on_node(memcg, nid), memory.total);
	return memory;
}

uint64_t used_bp(const damon_memory &memory)
{
	return share_bp(memory.total - memory.free, memory.total);
}

uint64_t free_bp(const damon_memory &memory)
{
	return share_bp(memory.free, memory.total);
}

uint64_t active_bp(bool active)
{
	damon_lru_memory lru;

	damon_lru_memory_read(&lru);
	return share_bp(active ? lru.active : lru.inactive,
			add_saturated(lru.active, lru.inactive));
}

} // namespace

Result<Vec<Goal>> open_goals(std::span<const GoalConfig> configs, OperationsId operations)
{
	Vec<Goal> goals;

	TRY(goals.reserve(configs.size()));
	for (std::size_t i = 0; i < configs.size(); i++) {
		if (configs[i].target_value != 0)
			goals.push_reserved(
				TRY(within("quotas/goals", i, open_goal(configs[i], operations))));
	}
	return goals;
}

void inherit_measurements(std::span<Goal> goals, std::span<const Goal> before)
{
	for (std::size_t i = 0; i < goals.size() && i < before.size(); i++) {
		if (goals[i].config.metric != before[i].config.metric)
			continue;
		goals[i].last_stall_us = before[i].last_stall_us;
		goals[i].has_last_stall = before[i].has_last_stall;
	}
}

uint64_t measure(Goal &goal, const Residence &eligible)
{
	const GoalConfig &config = goal.config;

	switch (config.metric) {
	case GoalMetric::user_input:
		return config.current_value;
	case GoalMetric::some_mem_psi_us:
		return stall_since_last(goal);
	case GoalMetric::node_mem_used_bp:
		return used_bp(memory_of(config.nid));
	case GoalMetric::node_mem_free_bp:
		return free_bp(memory_of(config.nid));
	case GoalMetric::node_memcg_used_bp:
		return used_bp(memory_around(goal.memcg.get(), config.nid));
	case GoalMetric::node_memcg_free_bp:
		return free_bp(memory_around(goal.memcg.get(), config.nid));
	case GoalMetric::active_mem_bp:
		return active_bp(true);
	case GoalMetric::inactive_mem_bp:
		return active_bp(false);
	case GoalMetric::node_eligible_mem_bp:
		return share_bp(std::min(eligible.on_node, eligible.total), eligible.total);
	}
	return 0;
}

} // namespace damon
