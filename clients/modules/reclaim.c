// SPDX-License-Identifier: GPL-2.0
/* damon_reclaim: see reclaim_plan.cpp for what it does, Documentation/modules.md for its parameters. */
#include "switch.h"

#include "parameters.h"

#define NR_SCHEMES 1

static struct damon_reclaim_parameters parameters = {
	.common = {
		DAMON_COMMON_DEFAULTS,
		.wmarks_high = 500,
		.wmarks_mid = 400,
		.wmarks_low = 200,
		.page_size = PAGE_SIZE,
	},
	.min_age = 120000000,
	.quota_sz = 128 << 20,
};

#include "common_parameters.h"

PARAMETER(min_age, ulong, "Cold is what was not accessed for so many microseconds");
PARAMETER(quota_sz, ulong, "At most so many bytes in each reset interval");
PARAMETER(quota_mem_pressure_us, ulong,
	  "Reclaim as much as lets processes wait so long for memory in each reset interval");
PARAMETER(quota_autotune_feedback, ulong,
	  "Reclaim more while this, which you write, is below 10000, and less above");
PARAMETER(skip_anon, bool, "Leave anonymous memory alone");

RESULT(nr_reclaim_tried_regions, 0, nr_tried, "Regions that were tried");
RESULT(bytes_reclaim_tried_regions, 0, sz_tried, "Their size");
RESULT(nr_reclaimed_regions, 0, nr_applied, "Regions of which some was reclaimed");
RESULT(bytes_reclaimed_regions, 0, sz_applied, "What was reclaimed");
RESULT(nr_quota_exceeds, 0, qt_exceeds, "How often the quota was used up");

static int configure(const struct damon_config **config)
{
	begin_plan();
	return end_plan(damon_reclaim_plan(&parameters, &plan), config);
}

static int __init start(void)
{
	return begin(IS_ENABLED(CONFIG_DAMON_RECLAIM) ? "damon_reclaim" : NULL);
}
module_init(start);

MODULE_DESCRIPTION("DAMON: proactive reclaim of physical memory");
