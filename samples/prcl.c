// SPDX-License-Identifier: GPL-2.0
/*
 * Proactive reclaim: pages out what a process has not used for a while, which can be changed.
 *
 *	insmod prcl.ko pid=$(pidof -s redis-server)
 *	echo 60000 >/sys/module/prcl/parameters/min_age_ms
 *	cat /sys/module/prcl/parameters/paged_out
 */
#include <linux/module.h>
#include <damon/damon.h>

static char scheme[80] = "pageout accesses 0% age 5s.. quota 50ms/1s";
static struct damon_config config = {
	.kind = DAMON_VADDR,
	.schemes = scheme,
};
module_param_named(pid, config.pid, int, 0444);
static struct kdamond *config_kdamond;

static unsigned int min_age_ms = 5000;

static int set_min_age(const char *value, const struct kernel_param *param)
{
	int err = param_set_uint(value, param);

	if (err)
		return err;
	snprintf(scheme, sizeof(scheme), "pageout accesses 0%% age %ums.. quota 50ms/1s", min_age_ms);
	return config_kdamond ? damon_change(config_kdamond, &config) : 0;
}

static const struct kernel_param_ops min_age_ops = { .set = set_min_age, .get = param_get_uint };
module_param_cb(min_age_ms, &min_age_ops, &min_age_ms, 0644);

static int get_paged_out(char *buffer, const struct kernel_param *param)
{
	struct damos_stats stats;
	int err = damon_stats(config_kdamond, 0, &stats);

	return err ? err : sysfs_emit(buffer, "%llu\n", stats.sz_applied);
}

static const struct kernel_param_ops paged_out_ops = { .get = get_paged_out };
module_param_cb(paged_out, &paged_out_ops, NULL, 0444);

module_damon(config);

MODULE_IMPORT_NS(DAMON);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("DAMON sample: proactive reclaim of a process");
