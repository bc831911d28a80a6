// SPDX-License-Identifier: GPL-2.0
/*
 * Two tiers of memory: what is hot on the slow node goes to the fast one while there is room, and what
 * is cold there makes room.
 *
 *	insmod mtier.ko fast=0 slow=1
 */
#include <linux/mmzone.h>
#include <linux/module.h>
#include <damon/damon.h>

static int fast, slow = 1;
module_param(fast, int, 0444);
module_param(slow, int, 0444);
static struct kdamond *promotion, *demotion;

static int watch(int node, int to, const char *scheme, struct kdamond **kdamond)
{
	struct damon_range range = { PFN_PHYS(node_start_pfn(node)), PFN_PHYS(pgdat_end_pfn(NODE_DATA(node))) };
	char text[128];
	struct damon_config config = {
		.kind = DAMON_PADDR,
		.ranges = &range,
		.nr_ranges = 1,
		.schemes = text,
	};

	snprintf(text, sizeof(text), scheme, to, fast);
	return damon_start(&config, kdamond);
}

static int __init mtier_init(void)
{
	int err;

	if (!node_online(fast) || !node_online(slow))
		return -EINVAL;
	err = watch(slow, fast, "migrate_hot accesses 5%%.. to node %d goal node%d used 97%% quota 1G/1s", &promotion);
	if (err)
		return err;
	err = watch(fast, slow, "migrate_cold accesses 0%% age 5s.. to node %d goal node%d free 5%% quota 1G/1s", &demotion);
	if (err)
		damon_stop(promotion);
	return err;
}
module_init(mtier_init);

static void __exit mtier_exit(void)
{
	damon_stop(demotion);
	damon_stop(promotion);
}
module_exit(mtier_exit);

MODULE_IMPORT_NS(DAMON);
MODULE_LICENSE("GPL");
