// SPDX-License-Identifier: GPL-2.0
/* damon_lru_sort: see lru_sort_plan.cpp for what it does, Documentation/modules.md for its parameters. */
#include "switch.h"

#include "parameters.h"

#define NR_SCHEMES 2

static struct damon_lru_sort_parameters parameters = {
	.common = {
		DAMON_COMMON_DEFAULTS,
		.wmarks_high = 200,
		.wmarks_mid = 150,
		.wmarks_low = 50,
		.page_size = PAGE_SIZE,
	},
	.hot_thres_access_freq = 500,
	.cold_min_age = 120000000,
};

#include "common_parameters.h"

PARAMETER(active_mem_bp, ulong, "So many 1/10000 of memory on LRU lists shall be active; 0: no goal");
PARAMETER(filter_young_pages, bool, "Ask each page, too, whether it was accessed");
PARAMETER(hot_thres_access_freq, ulong, "Hot is what so many permille of samples found accessed");
PARAMETER(cold_min_age, ulong, "Cold is what was not accessed for so many microseconds");

RESULT(nr_lru_sort_tried_hot_regions, 0, nr_tried, "Hot regions that were tried");
RESULT(bytes_lru_sort_tried_hot_regions, 0, sz_tried, "Their size");
RESULT(nr_lru_sorted_hot_regions, 0, nr_applied, "Hot regions of which some was moved");
RESULT(bytes_lru_sorted_hot_regions, 0, sz_applied, "What of them was moved");
RESULT(nr_hot_quota_exceeds, 0, qt_exceeds, "How often the quota for hot memory was used up");
RESULT(nr_lru_sort_tried_cold_regions, 1, nr_tried, "Cold regions that were tried");
RESULT(bytes_lru_sort_tried_cold_regions, 1, sz_tried, "Their size");
RESULT(nr_lru_sorted_cold_regions, 1, nr_applied, "Cold regions of which some was moved");
RESULT(bytes_lru_sorted_cold_regions, 1, sz_applied, "What of them was moved");
RESULT(nr_cold_quota_exceeds, 1, qt_exceeds, "How often the quota for cold memory was used up");

static int configure(const struct damon_config **config)
{
	begin_plan();
	return end_plan(damon_lru_sort_plan(&parameters, &plan), config);
}

static int __init start(void)
{
	return begin(IS_ENABLED(CONFIG_DAMON_LRU_SORT) ? "damon_lru_sort" : NULL);
}
module_init(start);

MODULE_DESCRIPTION("DAMON: LRU lists sorted by how hot memory is");
