// SPDX-License-Identifier: GPL-2.0
/*
 * An address space of one's own: the slots of a table.  Learns which are in use, evicts the others.
 *
 *	insmod custom.ko
 *	echo 0xf0 >/sys/module/custom/parameters/used	# uses slots 4 to 7, for this moment
 *	cat /sys/module/custom/parameters/evicted
 */
#include <linux/bits.h>
#include <linux/module.h>
#include <damon/damon.h>

/* A bit for each of 64 slots.  Whoever uses a slot sets its bit; here, that is the user. */
static unsigned long used;
module_param(used, ulong, 0644);
static unsigned long evicted;
module_param(evicted, ulong, 0444);

static void prepare(void *arg, const uint64_t *slots, unsigned int count)
{
	while (count--)
		clear_bit(slots[count], &used);
}

static uint64_t check(void *arg, const uint64_t *slots, unsigned int count)
{
	uint64_t accessed = 0;

	while (count--)
		accessed |= (uint64_t)test_bit(slots[count], &used) << count;
	return accessed;
}

static uint64_t evict(void *arg, enum damos_action action, const struct damon_range *slots)
{
	WRITE_ONCE(evicted, evicted | GENMASK_ULL(slots->end - 1, slots->start));
	return slots->end - slots->start;
}

static const struct damon_space space = {
	.prepare = prepare,
	.check = check,
	.apply = evict,
	.granularity = 1,
};
static const struct damon_range slots = { 0, 64 };
static struct damon_config config = {
	.kind = DAMON_CUSTOM,
	.space = &space,
	.ranges = &slots,
	.nr_ranges = 1,
	.aggr_us = 1000000,
	.schemes = "pageout accesses 0% age 3s..",
};
module_damon(config);

MODULE_IMPORT_NS(DAMON);
MODULE_LICENSE("GPL");
