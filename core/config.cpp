// SPDX-License-Identifier: GPL-2.0
#include "core/config.hpp"

namespace damon {

Result<> validate(const Attributes &attributes)
{
	if (attributes.min_nr_regions < 3)
		return fail(EINVAL, "monitoring_attrs/nr_regions/min: below 3");
	if (attributes.min_nr_regions > attributes.max_nr_regions)
		return fail(EINVAL, "monitoring_attrs/nr_regions/min: above nr_regions/max");
	if (attributes.sample_us > attributes.aggr_us)
		return fail(EINVAL, "monitoring_attrs/intervals/sample_us: above aggr_us");

	const IntervalsGoal &goal = attributes.goal;

	if (goal.aggrs) {
		if (goal.min_sample_us > goal.max_sample_us)
			return fail(EINVAL, "monitoring_attrs/intervals/intervals_goal/"
					    "min_sample_us: above max_sample_us");
		if (attributes.sample_us < goal.min_sample_us ||
		    attributes.sample_us > goal.max_sample_us)
			return fail(EINVAL, "monitoring_attrs/intervals/sample_us: outside of "
					    "intervals_goal's min_sample_us and max_sample_us");
	}
	return {};
}

Result<ProbeFilterConfig> copy(const ProbeFilterConfig &filter)
{
	return ProbeFilterConfig{
		.type = filter.type,
		.matching = filter.matching,
		.allow = filter.allow,
		.path = TRY(copy(filter.path)),
	};
}

Result<ProbeConfig> copy(const ProbeConfig &probe)
{
	return ProbeConfig{.weight = probe.weight, .filters = TRY(copy(probe.filters))};
}

Result<FilterConfig> copy(const FilterConfig &filter)
{
	return FilterConfig{
		.type = filter.type,
		.matching = filter.matching,
		.allow = filter.allow,
		.memcg_path = TRY(copy(filter.memcg_path)),
		.addresses = filter.addresses,
		.size = filter.size,
		.target = filter.target,
	};
}

Result<GoalConfig> copy(const GoalConfig &goal)
{
	return GoalConfig{
		.metric = goal.metric,
		.target_value = goal.target_value,
		.current_value = goal.current_value,
		.nid = goal.nid,
		.path = TRY(copy(goal.path)),
	};
}

Result<QuotaConfig> copy(const QuotaConfig &quota)
{
	return QuotaConfig{
		.ms = quota.ms,
		.bytes = quota.bytes,
		.reset_interval_ms = quota.reset_interval_ms,
		.tuner = quota.tuner,
		.fail_charge_num = quota.fail_charge_num,
		.fail_charge_denom = quota.fail_charge_denom,
		.sz_permil = quota.sz_permil,
		.nr_accesses_permil = quota.nr_accesses_permil,
		.age_permil = quota.age_permil,
		.goals = TRY(copy(quota.goals)),
	};
}

// One by one: what an initializer list has made so far would leak where TRY leaves it (gcc 12).
Result<SchemeConfig> copy(const SchemeConfig &scheme)
{
	SchemeConfig result;

	result.action = scheme.action;
	result.target_nid = scheme.target_nid;
	result.pattern = scheme.pattern;
	result.apply_interval_us = scheme.apply_interval_us;
	result.max_nr_snapshots = scheme.max_nr_snapshots;
	result.quota = TRY(copy(scheme.quota));
	result.watermarks = scheme.watermarks;
	result.filters = TRY(copy(scheme.filters));
	result.destinations = TRY(copy(scheme.destinations));
	return result;
}

} // namespace damon
