/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The client API: access monitoring and access-aware schemes for other kernel modules.
 *
 *	#include <linux/module.h>
 *	#include <damon/damon.h>
 *
 *	static struct damon_config config = {
 *		.kind = DAMON_PADDR,
 *		.schemes = "pageout accesses 0% age 2min.. quota 10ms/1s 128M/1s",
 *	};
 *	module_damon(config);
 *
 *	MODULE_IMPORT_NS(DAMON);
 *	MODULE_LICENSE("GPL");
 *
 * is a module that does that while it is loaded.  samples/ has more, and the Kbuild to build them.
 *
 * Readable by C and by C++.  Not together with <linux/damon.h>, which uses the same names.
 *
 * Unless a function says otherwise: process context, may sleep, no lock held that a callback takes.
 * Any thread may call any function, but of one kdamond none during or after damon_stop().  Those
 * that can fail return 0 or a negative errno.
 */
#ifndef DAMON_DAMON_H
#define DAMON_DAMON_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#ifndef __cplusplus
#include <stdbool.h>
#endif
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* A kernel thread that monitors, and applies schemes, for a client. */
struct kdamond;

/* Addresses, or in general places of what is monitored: [start, end). */
struct damon_range {
	uint64_t start;
	uint64_t end;
};

/* Inclusive on both sides. */
struct damon_limits {
	uint64_t min;
	uint64_t max;
};

/* Neighbouring places that are accessed alike. */
struct damon_region {
	uint64_t start;
	uint64_t end;
	uint32_t target; /* index in damon_config.pids; 0 if there are none */
	/* How many of an aggregation interval's samples found it accessed: 0 to aggr_us / sample_us. */
	uint32_t nr_accesses;
	uint32_t age; /* for how many aggregation intervals it has been so */
};

/* All regions of a kdamond at one moment. */
struct damon_view {
	size_t nr_regions;
	/* The intervals in use, in microseconds: tuning changes them. */
	uint64_t sample_us;
	uint64_t aggr_us;

	/* Of damon_next(). */
	const void *regions;
	size_t target;
	size_t index;
};

/*
 * The next region of a view, in the order of targets and addresses.  False after the last; then it
 * begins anew.  Only while the callback runs that got the view.
 */
bool damon_next(struct damon_view *view, struct damon_region *region);

/* ---- Schemes as structures ---- */

/* See the sysfs files of these names for what they mean. */
enum damos_action {
	DAMOS_WILLNEED,
	DAMOS_COLD,
	DAMOS_PAGEOUT,
	DAMOS_HUGEPAGE,
	DAMOS_NOHUGEPAGE,
	DAMOS_COLLAPSE,
	DAMOS_LRU_PRIO,
	DAMOS_LRU_DEPRIO,
	DAMOS_MIGRATE_HOT,
	DAMOS_MIGRATE_COLD,
	DAMOS_STAT,
};

enum damos_filter_type {
	DAMOS_FILTER_ANON,
	DAMOS_FILTER_ACTIVE,
	DAMOS_FILTER_MEMCG, /* @memcg_path */
	DAMOS_FILTER_YOUNG,
	DAMOS_FILTER_HUGEPAGE_SIZE, /* @size */
	DAMOS_FILTER_UNMAPPED,
	DAMOS_FILTER_ADDR, /* @addresses */
	DAMOS_FILTER_TARGET, /* @target */
};

/*
 * Matches what has the property, or, if not @matching, what has not.  ADDR and TARGET are asked before
 * all others, and what they allow, the others are not asked about.  Of each kind the first match
 * decides; without one, the opposite of what the last would (of ADDR and TARGET: only without others).
 * VADDR, FVADDR: MIGRATE_* and STAT can ask the others; any other action with them is EOPNOTSUPP.
 */
struct damos_filter {
	enum damos_filter_type type;
	bool matching;
	bool allow; /* what a match means */
	const char *memcg_path;
	struct damon_range addresses;
	struct damon_limits size;
	int target;
};

enum damos_goal_metric {
	DAMOS_GOAL_USER_INPUT, /* @current_value */
	DAMOS_GOAL_SOME_MEM_PSI_US,
	DAMOS_GOAL_NODE_MEM_USED_BP, /* @nid, and so on */
	DAMOS_GOAL_NODE_MEM_FREE_BP,
	DAMOS_GOAL_NODE_MEMCG_USED_BP, /* @memcg_path too */
	DAMOS_GOAL_NODE_MEMCG_FREE_BP,
	DAMOS_GOAL_ACTIVE_MEM_BP,
	DAMOS_GOAL_INACTIVE_MEM_BP,
	DAMOS_GOAL_NODE_ELIGIBLE_MEM_BP, /* PADDR only, else EINVAL */
};

struct damos_goal {
	enum damos_goal_metric metric;
	/* BP: 1/10000; US: microseconds of each reset interval; USER_INPUT: as you like; 0: no goal. */
	uint64_t target_value;
	uint64_t current_value;
	int nid;
	const char *memcg_path;
};

enum damos_tuner { DAMOS_TUNER_CONSIST, DAMOS_TUNER_TEMPORAL };

struct damos_quota {
	uint64_t ms; /* per reset interval; 0: no limit */
	uint64_t bytes; /* the same */
	uint64_t reset_interval_ms; /* 0: both are for each round of the scheme */
	enum damos_tuner tuner;
	/* How much of a region for which the action failed is charged; denominator 0: all. */
	uint32_t fail_charge_num;
	uint32_t fail_charge_denom;
	/* What counts if not all can be done; all 0: nothing.  @sz_permil has no effect. */
	uint32_t sz_permil;
	uint32_t nr_accesses_permil;
	uint32_t age_permil;
	const struct damos_goal *goals;
	size_t nr_goals;
};

enum damos_watermark_metric { DAMOS_WATERMARK_NONE, DAMOS_WATERMARK_FREE_MEM_RATE };

struct damos_watermarks {
	enum damos_watermark_metric metric;
	uint64_t interval_us;
	uint64_t high; /* these three: 1/1000 of all memory is free */
	uint64_t mid;
	uint64_t low;
};

struct damos_destination {
	uint32_t nid;
	uint32_t weight;
};

/* Begin with DAMOS_SCHEME(). */
struct damos_scheme {
	enum damos_action action;
	struct damon_limits size; /* bytes, or addr_unit, as all sizes but of HUGEPAGE_SIZE */
	struct damon_limits nr_accesses; /* as in struct damon_region */
	struct damon_limits age; /* the same */
	int target_nid; /* MIGRATE_*: a node of this machine, else EINVAL */
	const struct damos_destination *destinations; /* in its place, of VADDR and FVADDR */
	size_t nr_destinations;
	uint64_t apply_interval_us; /* 0: the aggregation interval */
	uint64_t max_nr_snapshots; /* 0: no limit */
	struct damos_quota quota;
	struct damos_watermarks watermarks;
	const struct damos_filter *filters;
	size_t nr_filters;
};

/* A scheme that takes every region, without limit. */
#define DAMOS_SCHEME(_action)							\
	{									\
		.action = (_action),						\
		.size = { 0, ~0ULL },					\
		.nr_accesses = { 0, ~0ULL },				\
		.age = { 0, ~0ULL },					\
		.target_nid = -1,						\
		.destinations = NULL,						\
		.nr_destinations = 0,						\
		.apply_interval_us = 0,						\
		.max_nr_snapshots = 0,						\
		.quota = {},							\
		.watermarks = {},						\
		.filters = NULL,						\
		.nr_filters = 0,						\
	}

/* ---- What to monitor, how, and what to do about it ---- */

enum damon_kind {
	DAMON_VADDR, /* the memory of processes, whatever they map */
	DAMON_FVADDR, /* the parts of a process's memory that @ranges names */
	DAMON_PADDR, /* physical memory */
	DAMON_CUSTOM, /* what @space describes */
};

struct damon_space;

/*
 * What is 0 or NULL has its default.  It and what it points to is only read during the call that it
 * is given to; but functions, @arg and @space_arg are used until damon_stop() returns.
 */
struct damon_config {
	enum damon_kind kind;

	/* VADDR: of one process, or of several.  FVADDR: of one.  In the caller's pid namespace. */
	int pid;
	const int *pids;
	size_t nr_pids;
	/*
	 * FVADDR, CUSTOM: at least one.  PADDR: none means all System RAM, from its first byte to its
	 * last.  Sorted and disjoint; rounded outwards to pages, or the space's granularity.
	 */
	const struct damon_range *ranges;
	size_t nr_ranges;
	const struct damon_space *space; /* CUSTOM */
	void *space_arg;

	/* One-line schemes, separated by newlines, see Documentation/schemes.md. */
	const char *schemes;
	/* Or structures, after those; none of both: only monitor. */
	const struct damos_scheme *scheme_array;
	size_t nr_schemes;

	/* See the sysfs files of these names.  If one interval is given, the other follows. */
	uint64_t sample_us; /* default: 5000, a twentieth of aggr_us */
	uint64_t aggr_us; /* 100000 */
	uint64_t update_us; /* 60000000 */
	uint64_t min_nr_regions; /* 10, or max_nr_regions if that is less; at least 3 */
	uint64_t max_nr_regions; /* 1000: what bounds the cost */
	/* To tune the intervals, name what share of all possible accesses shall be seen. */
	uint64_t access_bp; /* 1/10000; 400 is a good value */
	uint64_t aggrs; /* 3 */
	uint64_t min_sample_us; /* 5000 */
	uint64_t max_sample_us; /* 10000000 */
	uint64_t addr_unit; /* PADDR: bytes per unit of all addresses and sizes; 1 */
	bool pause; /* keep everything, sample nothing */

	/* EBUSY if any kdamond runs; and while this one does, no other starts. */
	bool exclusive;

	/*
	 * Called at the end of each aggregation interval, in the kdamond, before schemes are applied.
	 * It may sleep, but sampling waits for it.  It may be called before damon_start() has returned.
	 * Of the functions below it may call damon_running() and damon_pid() only, for the same kdamond.
	 */
	void (*aggregated)(void *arg, struct damon_view *view);
	void *arg;

	/* Where an error is told in a sentence, cut to that size.  NULL: in the kernel log. */
	char *error;
	size_t error_size;
};

/* ---- At work ---- */

struct module;
extern struct module __this_module;

/*
 * Starts a kdamond.  EINVAL: the configuration makes no sense, or there is no such process; ERANGE:
 * a number in @schemes is too large; EBUSY: see @exclusive; EOPNOTSUPP: this kernel cannot do what a
 * scheme wants; EINTR: a fatal signal; ENOMEM.  On failure *@kdamond is NULL.
 *
 * If @owner goes without damon_stop(), that is done for it, after its exit function: which is a bug
 * of it, and told in the log, but no callback runs into a module that is not there any more.
 */
int damon_start_for(struct module *owner, const struct damon_config *config,
		    struct kdamond **kdamond);

static inline int damon_start(const struct damon_config *config, struct kdamond **kdamond)
{
	return damon_start_for(&__this_module, config, kdamond);
}

/* For all of these, NULL is a kdamond that ended. */

/*
 * Stops it, waits for that, and frees it: no callback runs any more.  Not in a callback of the same
 * kdamond: that is told in the log, and changes nothing.
 */
void damon_stop(struct kdamond *kdamond);
/* Whether it runs: it ends by itself when its last process has gone.  Any context. */
bool damon_running(const struct kdamond *kdamond);
/* Its thread id in the initial pid namespace, -1 if it ended.  Any context. */
int damon_pid(const struct kdamond *kdamond);

/*
 * Changes the configuration of a running kdamond: all or nothing.  Results stay where they still
 * mean something, and so do statistics and quotas of schemes at the same place in the list.  @kind
 * must be the same; @space, @exclusive, @aggregated and their arguments stay as they were.
 * Errors as for damon_start_for(); ECANCELED: it ended; EINTR: a signal came; EDEADLK: the caller
 * is the kdamond.
 */
int damon_change(struct kdamond *kdamond, const struct damon_config *config);

/* Those below, down to damon_intervals(): ECANCELED, EINTR and EDEADLK, too. */

/*
 * Copies the regions as they are now, at most @max, to @regions; returns how many there are, which
 * may be more.  All are of one moment; nr_accesses is that of the last @aggr_us.  ENOMEM; EAGAIN: the
 * number of regions grows too fast to keep up with.
 */
ssize_t damon_snapshot(struct kdamond *kdamond, struct damon_region *regions, size_t max);
/*
 * Calls @visit for each region of such a snapshot, in the caller's context, until it returns other
 * than 0, which is then returned.
 */
int damon_walk(struct kdamond *kdamond, int (*visit)(void *arg, const struct damon_region *region),
	       void *arg);
/*
 * Waits until each scheme was applied once more, and calls @visit for each region that it was applied
 * to, with the scheme's place in the list, and how many bytes passed its filters of pages.  In the
 * caller's context, as damon_walk().  ECANCELED also while paused, while no scheme is active by its
 * watermarks, and without schemes; EBUSY: another such walk goes on; EAGAIN: schemes were changed just
 * now; ENOMEM.
 */
int damon_walk_tried(struct kdamond *kdamond,
		     int (*visit)(void *arg, size_t scheme, const struct damon_region *region,
				  uint64_t sz_filter_passed),
		     void *arg);

/* What a scheme did since the start; see the sysfs files of these names.  In bytes, or addr_unit. */
struct damos_stats {
	uint64_t nr_tried;
	uint64_t sz_tried;
	uint64_t nr_applied;
	uint64_t sz_applied;
	uint64_t sz_ops_filter_passed;
	uint64_t qt_exceeds;
	uint64_t nr_snapshots;
	uint64_t effective_bytes; /* what the quota amounts to now; 0: there is none */
};

/* Of the scheme at that place in the list, from 0.  ENOENT: there is none.  On failure as it was. */
int damon_stats(struct kdamond *kdamond, size_t scheme, struct damos_stats *stats);

/* The intervals in use, which tuning changes, in microseconds. */
int damon_intervals(struct kdamond *kdamond, uint64_t *sample_us, uint64_t *aggr_us);

/*
 * From the first byte of System RAM to the last, as PADDR without ranges monitors it.  ENOENT: none is
 * known.
 */
int damon_system_ram(uint64_t *start, uint64_t *end);

/* ---- Own address spaces ---- */

#define DAMON_MAX_SAMPLES 64

/*
 * Something that is neither a process nor RAM, and yet has places that are accessed: a device's
 * memory, a cache's slots, a file's blocks.  Addresses are what the client takes them for.
 * All are called in the kdamond, with the @space_arg of the configuration, and may sleep.
 */
struct damon_space {
	/*
	 * Both for 1 to DAMON_MAX_SAMPLES ascending addresses: begin to watch them for accesses; and
	 * tell, as bit i, whether addresses[i] was accessed since it was prepared, which ends the
	 * watch.  Each prepared address is checked once, one @sample_us later or so.
	 */
	void (*prepare)(void *arg, const uint64_t *addresses, unsigned int count);
	uint64_t (*check)(void *arg, const uint64_t *addresses, unsigned int count);
	/* Whether there still is something to monitor; false ends it all, checks too.  NULL: always. */
	bool (*valid)(void *arg);
	/*
	 * Carries out a scheme's action, never STAT, on a range.  Returns for how much of it that
	 * succeeded.  NULL: STAT is the only action.  Schemes have no filters of pages.
	 */
	uint64_t (*apply)(void *arg, enum damos_action action, const struct damon_range *range);
	/* Bounds of regions and watched addresses are multiples of it, a power of two.  0: 4096. */
	uint64_t granularity;
};

/*
 * In place of module_init() and module_exit(): monitors as the named struct damon_config says while
 * the module is loaded.  Its fields may be module parameters, and functions that set or get a parameter
 * find the kdamond in <config>_kdamond, NULL before and after.  For C, after <linux/module.h>.
 */
#define module_damon(_config)							\
	static struct kdamond *_config##_kdamond;				\
	static int __init _config##_init(void)					\
	{									\
		int err;							\
										\
		kernel_param_lock(THIS_MODULE);					\
		err = damon_start(&(_config), &_config##_kdamond);		\
		kernel_param_unlock(THIS_MODULE);				\
		return err;							\
	}									\
	module_init(_config##_init);						\
	static void __exit _config##_exit(void)				\
	{									\
		kernel_param_lock(THIS_MODULE);					\
		damon_stop(_config##_kdamond);					\
		_config##_kdamond = NULL;					\
		kernel_param_unlock(THIS_MODULE);				\
	}									\
	module_exit(_config##_exit)

#ifdef __cplusplus
}
#endif
#endif
