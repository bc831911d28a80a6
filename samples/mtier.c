// SPDX-License-Identifier: GPL-2.0
/*
 * Two tiers of memory: what is hot moves to the fast node, what is cold makes room for it there.
 *
 *	insmod mtier.ko fast=0 slow=1 used=90
 *	grep . /sys/module/mtier/parameters/{promoted,demoted}
 */
#include <linux/module.h>
#include <damon/damon.h>

static int fast, slow = 1;
module_param(fast, int, 0444);
module_param(slow, int, 0444);
static unsigned int used = 97;
module_param(used, uint, 0444);
MODULE_PARM_DESC(used, "Fill the fast node by so many percent");

/*
 * The goals overlap by 2 %: else both were met with hot memory on the slow node.  "temporal": as fast as
 * the quota allows until a goal is met.
 */
static const char * const form =
	"migrate_hot accesses 10%%.. to node %d goal node%d used %u%% quota 1G/1s tuner temporal\n"
	"migrate_cold accesses 0%% age 5s.. to node %d goal node%d free %u%% quota 1G/1s tuner temporal";
static char schemes[256];
static struct damon_config config = { .kind = DAMON_PADDR, .schemes = schemes };
static struct kdamond *kdamond;

/* The scheme that @param names by its place. */
static int get_moved(char *buffer, const struct kernel_param *param)
{
	struct damos_stats stats;
	int err = damon_stats(kdamond, (size_t)param->arg, &stats);

	return err ? err : sysfs_emit(buffer, "%llu\n", stats.sz_applied);
}

static const struct kernel_param_ops moved_ops = { .get = get_moved };
module_param_cb(promoted, &moved_ops, (void *)0, 0444);
module_param_cb(demoted, &moved_ops, (void *)1, 0444);

static int __init start(void)
{
	snprintf(schemes, sizeof(schemes), form, fast, fast, used, slow, fast, 102 - used);
	return damon_start(&config, &kdamond);
}
module_init(start);

static void __exit stop(void)
{
	damon_stop(kdamond);
}
module_exit(stop);

MODULE_IMPORT_NS(DAMON);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("DAMON sample: memory of two tiers");
