// SPDX-License-Identifier: GPL-2.0
/* damon_stat: see idle_stat.cpp for what it does, Documentation/modules.md for its parameters. */
/* Whoever loads it wants it, as who built mainline's with DAMON_STAT_ENABLED_DEFAULT. */
#define ENABLED_AT_LOAD true
#include "switch.h"

#include <linux/jiffies.h>
#include <linux/mutex.h>

#include "parameters.h"

#define REFRESH_JIFFIES (5 * HZ)

/* Of the kdamond, which alone uses it. */
static struct damon_stat_idle room[DAMON_STAT_MAX_REGIONS];
static struct damon_stat_result fresh;
static unsigned long last_refresh;

/* The kdamond writes it, readers of parameters read it. */
static struct damon_stat_result shown;
static DEFINE_MUTEX(shown_lock);

static void aggregated(void *arg, struct damon_view *view)
{
	if (time_before(jiffies, last_refresh + REFRESH_JIFFIES))
		return;
	last_refresh = jiffies;
	damon_stat_sum_up(view, room, &fresh);
	mutex_lock(&shown_lock);
	shown = fresh;
	mutex_unlock(&shown_lock);
}

/* The API's default is what the rest shall be. */
static struct damon_config config_of_stat = {
	.kind = DAMON_PADDR,
	.max_nr_regions = DAMON_STAT_MAX_REGIONS,
	.access_bp = 400,
	.exclusive = true,
	.aggregated = aggregated,
};
module_param_named(exclusive, config_of_stat.exclusive, bool, 0600);
MODULE_PARM_DESC(exclusive, "N: other kdamonds may run beside this one");

static int configure(const struct damon_config **config)
{
	last_refresh = jiffies;
	*config = &config_of_stat;
	return 0;
}

static void keep_results(void)
{
	/* They are there. */
}

/* @param names a field of `shown`. */
static int get_shown(char *buffer, const struct kernel_param *param)
{
	unsigned long value;

	mutex_lock(&shown_lock);
	value = *(const unsigned long *)param->arg;
	mutex_unlock(&shown_lock);
	return sysfs_emit(buffer, "%lu\n", value);
}

static const struct kernel_param_ops shown_ops = { .get = get_shown };
module_param_cb(estimated_memory_bandwidth, &shown_ops, &shown.bandwidth, 0400);
MODULE_PARM_DESC(estimated_memory_bandwidth, "Accessed bytes a second");
module_param_cb(aggr_interval_us, &shown_ops, &shown.aggr_us, 0400);
MODULE_PARM_DESC(aggr_interval_us, "The aggregation interval, which is tuned, in microseconds");

static int get_percentiles(char *buffer, const struct kernel_param *param)
{
	int i, length = 0;

	mutex_lock(&shown_lock);
	for (i = 0; i < DAMON_STAT_NR_PERCENTILES; i++)
		length += sysfs_emit_at(buffer, length, i ? ",%ld" : "%ld", shown.idle_ms[i]);
	mutex_unlock(&shown_lock);
	return length + sysfs_emit_at(buffer, length, "\n");
}

static const struct kernel_param_ops percentiles_ops = { .get = get_percentiles };
module_param_cb(memory_idle_ms_percentiles, &percentiles_ops, NULL, 0400);
MODULE_PARM_DESC(memory_idle_ms_percentiles,
		 "For how many ms each percentile of memory has been idle; negative: accessed for so long");

static int __init start(void)
{
	return begin(IS_ENABLED(CONFIG_DAMON_STAT) ? "damon_stat" : NULL);
}
module_init(start);

MODULE_DESCRIPTION("DAMON: how much memory is accessed, and how long the rest has been idle");
