/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The parameters that damon_reclaim and damon_lru_sort share, of @parameters.common, and the results of
 * their schemes.  Included by each of them once, after `parameters` and `schemes`.
 */
#ifndef DAMON_CLIENTS_MODULES_COMMON_PARAMETERS_H
#define DAMON_CLIENTS_MODULES_COMMON_PARAMETERS_H

static const struct kernel_param_ops commit_ops = {
	.set = set_commit_inputs,
	.get = get_commit_inputs,
};
module_param_cb(commit_inputs, &commit_ops, NULL, 0600);
MODULE_PARM_DESC(commit_inputs, "Y: goes on with the parameters as they are now, all or none");

#define PARAMETER(_name, _type, _description)					\
	module_param_named(_name, parameters._name, _type, 0600);		\
	MODULE_PARM_DESC(_name, _description)
#define COMMON_PARAMETER(_name, _type, _description)				\
	module_param_named(_name, parameters.common._name, _type, 0600);	\
	MODULE_PARM_DESC(_name, _description)

COMMON_PARAMETER(sample_interval, ulong, "Between two looks at each region, in microseconds");
COMMON_PARAMETER(aggr_interval, ulong, "Between two results, in microseconds");
COMMON_PARAMETER(min_nr_regions, ulong, "At least so many regions are monitored");
COMMON_PARAMETER(max_nr_regions, ulong, "At most so many regions: what bounds the cost");
COMMON_PARAMETER(autotune_monitoring_intervals, bool, "Tune both intervals");
COMMON_PARAMETER(monitor_region_start, ulong, "Where monitored memory begins, in units");
COMMON_PARAMETER(monitor_region_end, ulong, "Where it ends; both 0: all System RAM");
COMMON_PARAMETER(addr_unit, ulong, "Bytes a unit of addresses and sizes");
COMMON_PARAMETER(quota_ms, ulong, "At most so many milliseconds of work in each reset interval");
COMMON_PARAMETER(quota_reset_interval_ms, ulong, "The interval of quotas, in milliseconds");
COMMON_PARAMETER(wmarks_interval, ulong, "Between two looks at free memory, in microseconds");
COMMON_PARAMETER(wmarks_high, ulong, "Stops above so many permille of free memory");
COMMON_PARAMETER(wmarks_mid, ulong, "Starts below so many permille of free memory");
COMMON_PARAMETER(wmarks_low, ulong, "Leaves it to the kernel below so many permille");
COMMON_PARAMETER(exclusive, bool, "N: other kdamonds may run beside this one");

/* What the parameters amount to.  Too large for the stack. */
static struct damon_plan plan;

/* In configure(), before the plan is made: what is shown for all System RAM was not asked for. */
static bool shows_all_ram;

static void begin_plan(void)
{
	if (shows_all_ram && parameters.common.monitor_region_start == plan.range.start &&
	    parameters.common.monitor_region_end == plan.range.end) {
		parameters.common.monitor_region_start = 0;
		parameters.common.monitor_region_end = 0;
	}
}

/* After that.  @wrong: why there is none. */
static int end_plan(const char *wrong, const struct damon_config **config)
{
	if (wrong) {
		pr_err("%s\n", wrong);
		return -EINVAL;
	}
	shows_all_ram = !parameters.common.monitor_region_end;
	parameters.common.monitor_region_start = plan.range.start;
	parameters.common.monitor_region_end = plan.range.end;
	*config = &plan.config;
	return 0;
}

static struct damos_stats results[2];

static int take_results(void)
{
	size_t i;

	for (i = 0; i < NR_SCHEMES; i++) {
		int err = damon_stats(kdamond, i, &results[i]);

		if (err)
			return err;
	}
	return 0;
}

static void keep_results(void)
{
	/* What was read last stays if it cannot be read. */
	take_results();
}

/* @param names one of the results.  Without a kdamond it is what the last one left. */
static int get_result(char *buffer, const struct kernel_param *param)
{
	int err = take_results();

	if (err && err != -ECANCELED)
		return err;
	return sysfs_emit(buffer, "%llu\n", (unsigned long long)*(const uint64_t *)param->arg);
}

static const struct kernel_param_ops result_ops = { .get = get_result };

#define RESULT(_name, _scheme, _field, _description)				\
	module_param_cb(_name, &result_ops, &results[_scheme]._field, 0400);	\
	MODULE_PARM_DESC(_name, _description)

#endif
