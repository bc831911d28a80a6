// SPDX-License-Identifier: GPL-2.0
// damon_reclaim: pages out what has not been accessed for long, when memory is short.
#include "clients/modules/common_plan.hpp"

using namespace damon::ready;

const char *damon_reclaim_plan(const damon_reclaim_parameters *parameters, damon_plan *plan)
{
	const damon_reclaim_parameters &from = *parameters;

	if (const char *wrong = plan_monitoring(from.common, *plan))
		return wrong;
	damos_scheme &scheme = add_scheme(*plan, from.common, DAMOS_PAGEOUT, from.common.quota_ms);

	cold_for(scheme, *plan, from.min_age);
	scheme.quota.bytes = from.quota_sz;
	scheme.quota.age_permil = 1000;
	scheme.quota.goals = plan->goals;
	if (from.quota_mem_pressure_us)
		plan->goals[scheme.quota.nr_goals++] =
			goal(DAMOS_GOAL_SOME_MEM_PSI_US, from.quota_mem_pressure_us);
	if (from.quota_autotune_feedback)
		plan->goals[scheme.quota.nr_goals++] =
			goal(DAMOS_GOAL_USER_INPUT, 10000, from.quota_autotune_feedback);
	if (from.skip_anon)
		add_filter(*plan, scheme, DAMOS_FILTER_ANON, true);
	return nullptr;
}
