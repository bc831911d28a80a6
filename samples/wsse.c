// SPDX-License-Identifier: GPL-2.0
/*
 * Working set size estimation: how much of its memory does a process use?
 *
 *	insmod wsse.ko pid=$(pidof -s redis-server)
 *	cat /sys/module/wsse/parameters/bytes
 */
#include <linux/module.h>
#include <damon/damon.h>

static unsigned long bytes;
module_param(bytes, ulong, 0444);
MODULE_PARM_DESC(bytes, "What was accessed in the last aggregation interval");

static void aggregated(void *arg, struct damon_view *view)
{
	struct damon_region region;
	unsigned long sum = 0;

	while (damon_next(view, &region)) {
		if (region.nr_accesses)
			sum += region.end - region.start;
	}
	WRITE_ONCE(bytes, sum);
}

static struct damon_config config = {
	.kind = DAMON_VADDR,
	.aggregated = aggregated,
};
module_param_named(pid, config.pid, int, 0444);
MODULE_PARM_DESC(pid, "Of the process");
module_param_named(aggr_us, config.aggr_us, ullong, 0444);
MODULE_PARM_DESC(aggr_us, "The aggregation interval, in microseconds");
module_damon(config);

MODULE_IMPORT_NS(DAMON);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("DAMON sample: working set size of a process");
