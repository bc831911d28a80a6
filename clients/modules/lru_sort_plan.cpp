// SPDX-License-Identifier: GPL-2.0
// damon_lru_sort: tells reclaim what is hot and what is cold, by the order of its lists.
#include "clients/modules/common_plan.hpp"

using namespace damon::ready;

namespace {

// Half of the quota; half of one ms is one, for none would be no limit.
unsigned long half(unsigned long ms)
{
	return ms / 2 + (ms == 1);
}

// One side of the lists.
damos_scheme &add_side(damon_plan &plan, const damon_lru_sort_parameters &from, damos_action action,
		       const damos_goal &aim)
{
	const std::size_t index = plan.config.nr_schemes;
	damos_scheme &scheme = add_scheme(plan, from.common, action, half(from.common.quota_ms));

	scheme.quota.nr_accesses_permil = 1000;
	scheme.quota.age_permil = 1000;
	if (from.active_mem_bp) {
		plan.goals[index] = aim;
		scheme.quota.goals = &plan.goals[index];
		scheme.quota.nr_goals = 1;
	}
	// The page has the last word: not young is not hot, and young is not cold.
	if (from.filter_young_pages)
		add_filter(plan, scheme, DAMOS_FILTER_YOUNG, action == DAMOS_LRU_DEPRIO);
	return scheme;
}

} // namespace

const char *damon_lru_sort_plan(const damon_lru_sort_parameters *parameters, damon_plan *plan)
{
	constexpr unsigned long all_bp = 10000;
	// Both goals are met at once, so that their schemes do not work against each other.
	constexpr unsigned long overlap_bp = 2;
	const damon_lru_sort_parameters &from = *parameters;

	if (const char *wrong = plan_monitoring(from.common, *plan))
		return wrong;
	if (from.active_mem_bp > all_bp)
		return "active_mem_bp: is more than 10000";
	if (from.hot_thres_access_freq > 1000)
		return "hot_thres_access_freq: is more than 1000";

	damos_scheme &hot = add_side(*plan, from, DAMOS_LRU_PRIO,
				     goal(DAMOS_GOAL_ACTIVE_MEM_BP, from.active_mem_bp));
	damos_scheme &cold = add_side(
		*plan, from, DAMOS_LRU_DEPRIO,
		goal(DAMOS_GOAL_INACTIVE_MEM_BP, all_bp - from.active_mem_bp + overlap_bp));

	hot.nr_accesses.min =
		plan->config.aggr_us / plan->config.sample_us * from.hot_thres_access_freq / 1000;
	cold_for(cold, *plan, from.cold_min_age);
	return nullptr;
}
