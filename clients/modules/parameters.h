/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The parameters of the ready-made modules, and what becomes of them: C has the parameters, C++ makes
 * the configuration of a kdamond of them.  Names, defaults and units are mainline's; those of
 * damon_reclaim are told in Documentation/modules.md.
 */
#ifndef DAMON_CLIENTS_MODULES_PARAMETERS_H
#define DAMON_CLIENTS_MODULES_PARAMETERS_H

#include <damon/damon.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Those that damon_reclaim and damon_lru_sort share. */
struct damon_common_parameters {
	unsigned long sample_interval; /* us */
	unsigned long aggr_interval; /* us */
	unsigned long min_nr_regions;
	unsigned long max_nr_regions;
	bool autotune_monitoring_intervals;
	/* Both 0: all System RAM.  In units, as all that follows. */
	unsigned long monitor_region_start;
	unsigned long monitor_region_end;
	unsigned long addr_unit; /* bytes */
	unsigned long quota_ms;
	unsigned long quota_reset_interval_ms;
	unsigned long wmarks_interval; /* us */
	unsigned long wmarks_high; /* 1/1000 of all memory is free */
	unsigned long wmarks_mid;
	unsigned long wmarks_low;
	bool exclusive;
	unsigned long page_size; /* no parameter: the kernel's */
};

/* Their defaults, less the watermarks and the kernel's page size. */
#define DAMON_COMMON_DEFAULTS			\
	.sample_interval = 5000,		\
	.aggr_interval = 100000,		\
	.min_nr_regions = 10,			\
	.max_nr_regions = 1000,			\
	.addr_unit = 1,				\
	.quota_ms = 10,				\
	.quota_reset_interval_ms = 1000,	\
	.wmarks_interval = 5000000,		\
	.exclusive = true

struct damon_reclaim_parameters {
	struct damon_common_parameters common;
	unsigned long min_age; /* us */
	unsigned long quota_sz;
	unsigned long quota_mem_pressure_us;
	unsigned long quota_autotune_feedback; /* 10000: as wanted */
	bool skip_anon;
};

struct damon_lru_sort_parameters {
	struct damon_common_parameters common;
	unsigned long active_mem_bp; /* 1/10000 of memory on LRU lists */
	bool filter_young_pages;
	unsigned long hot_thres_access_freq; /* 1/1000 of the samples */
	unsigned long cold_min_age; /* us */
};

/* A configuration with all that it points to: stays where it was made. */
struct damon_plan {
	struct damon_config config;
	struct damon_range range;
	struct damos_scheme schemes[2];
	struct damos_goal goals[2];
	struct damos_filter filters[2];
};

/*
 * Makes the plan.  Returns NULL, or in a sentence why there is none.  What is wrong in other ways,
 * damon_start() refuses.  Any context but for the range: see damon_system_ram().
 */
const char *damon_reclaim_plan(const struct damon_reclaim_parameters *parameters,
			       struct damon_plan *plan);
const char *damon_lru_sort_plan(const struct damon_lru_sort_parameters *parameters,
				struct damon_plan *plan);

/* ---- damon_stat ---- */

#define DAMON_STAT_MAX_REGIONS 1000
#define DAMON_STAT_NR_PERCENTILES 101

struct damon_stat_result {
	unsigned long bandwidth; /* bytes a second */
	/*
	 * For how many ms the memory below that percentile has been idle at most; negative: it is
	 * accessed, and for how long it has been so.
	 */
	long idle_ms[DAMON_STAT_NR_PERCENTILES];
	unsigned long aggr_us;
};

/* Room to sort regions in. */
struct damon_stat_idle {
	int64_t intervals; /* of aggregation, negative: accessed */
	uint64_t size;
};

/*
 * Sums up all regions of @view.  @room is for DAMON_STAT_MAX_REGIONS; should there be more, those
 * beyond count in the bandwidth only.  In the kdamond.
 */
void damon_stat_sum_up(struct damon_view *view, struct damon_stat_idle *room,
		       struct damon_stat_result *result);

#ifdef __cplusplus
}
#endif
#endif
