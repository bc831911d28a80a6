/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The client API: access monitoring and access-aware schemes for other kernel modules.
 *
 *	MODULE_IMPORT_NS(DAMON);
 *
 *	static struct damon *damon;
 *
 *	static int __init start(void)
 *	{
 *		struct damon_config config = DAMON_CONFIG_PADDR;
 *
 *		config.schemes = "pageout accesses 0% age 2min.. quota 10ms/1s 128M/1s";
 *		return damon_start(&config, &damon);
 *	}
 *
 * Readable by C and by C++.  The module that calls damon_start() must call damon_stop() before it
 * goes; damon.ko stays loaded as long as a client that links to it is.
 *
 * Unless a function says otherwise: process context, may sleep, no lock held; of one struct damon any
 * thread may call any function, but none during or after damon_stop().  Those that can fail return 0
 * or a negative errno.
 */
#ifndef DAMON_DAMON_H
#define DAMON_DAMON_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stddef.h>
#include <stdint.h>
#ifndef __cplusplus
#include <stdbool.h>
#endif
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* A kdamond at work for a client. */
struct damon;

/* Addresses, or in general places of the monitored thing: [start, end). */
struct damon_range {
	uint64_t start;
	uint64_t end;
};

struct damon_region {
	uint64_t start;
	uint64_t end;
	uint32_t target; /* index in damon_config.pids; 0 if there are none */
	/* Samples of the last aggregation interval that found it accessed: 0 to aggr_us / sample_us. */
	uint32_t nr_accesses;
	uint32_t age; /* for how many aggregation intervals it has been so */
};

enum damon_kind {
	DAMON_VADDR,  /* the memory of processes, whatever they map */
	DAMON_FVADDR, /* the parts of a process's memory that @ranges names */
	DAMON_PADDR,  /* physical memory */
	DAMON_CUSTOM, /* what @space describes */
};

struct damon_space;

/*
 * What to monitor, how, and what to do about it.  Begin with one of the initialisers below; what is
 * not named keeps its default.  Only read during the call it is given to.
 */
struct damon_config {
	enum damon_kind kind;

	/* VADDR: at least one.  FVADDR: exactly one.  In the caller's pid namespace. */
	const int *pids;
	size_t nr_pids;
	/*
	 * FVADDR, CUSTOM: at least one.  PADDR: none means all System RAM, from its first byte to its
	 * last.  Sorted and disjoint; rounded outwards to pages.
	 */
	const struct damon_range *ranges;
	size_t nr_ranges;
	const struct damon_space *space; /* CUSTOM */
	void *space_arg;

	/* Attributes, see the sysfs files of these names.  0: mainline's default. */
	uint64_t sample_us; /* 5000 */
	uint64_t aggr_us;   /* 100000 */
	uint64_t update_us; /* 60000000 */
	uint64_t min_nr_regions; /* 10, at least 3 */
	uint64_t max_nr_regions; /* 1000: what bounds the cost */
	/* Tune the intervals; access_bp 0: not. */
	uint64_t access_bp;
	uint64_t aggrs;
	uint64_t min_sample_us;
	uint64_t max_sample_us;
	uint64_t addr_unit; /* PADDR: bytes per unit of addresses; 0: 1 */

	/* One-line schemes, separated by newlines (Documentation/schemes.md).  NULL: only monitor. */
	const char *schemes;

	/* EBUSY if any kdamond runs; and while this one does, no other starts. */
	bool exclusive;

	/*
	 * Called at the end of each aggregation interval, in the kdamond, before schemes are applied:
	 * all regions with their fresh counters, in order.  It may sleep, but sampling waits for it;
	 * of the functions below it may call none for the same struct damon.
	 */
	void (*aggregated)(void *arg, const struct damon_region *regions, size_t nr_regions);
	void *arg;

	/* Where an error is told, a sentence: "line 1, column 8: ...".  May be NULL. */
	char *error;
	size_t error_size;
};

#define DAMON_CONFIG_VADDR(pid)							\
	{ .kind = DAMON_VADDR, .pids = (const int[]){ pid }, .nr_pids = 1 }
#define DAMON_CONFIG_PADDR { .kind = DAMON_PADDR }

/*
 * Starts a kdamond.  EINVAL: the configuration makes no sense, or there is no such process; EBUSY:
 * see @exclusive; EOPNOTSUPP: this kernel cannot do a scheme's action; ENOMEM; ENODEV: damon.ko is
 * about to go.
 */
int damon_start(const struct damon_config *config, struct damon **damon);
/* Stops it and waits for that: no callback runs any more.  NULL is allowed.  Not from a callback. */
void damon_stop(struct damon *damon);
/* Whether it runs: it ends by itself when its last process has gone.  Any context. */
bool damon_running(const struct damon *damon);
/* The kdamond's thread id in the initial pid namespace, -1 if it ended.  Any context. */
int damon_pid(const struct damon *damon);

/*
 * Changes the configuration of a running kdamond: all or nothing.  Results are kept where they still
 * mean something.  @kind and @space must be the same; @exclusive, @aggregated, @arg are ignored.
 * Errors as for damon_start(); ECANCELED: it ended.
 */
int damon_change(struct damon *damon, const struct damon_config *config);

/*
 * Copies the regions as they are now, at most @max, to @regions; returns how many there are, which
 * may be more.  Consistent: all of one moment.  ECANCELED: it ended; EINTR: a signal came.
 */
ssize_t damon_snapshot(struct damon *damon, struct damon_region *regions, size_t max);
/*
 * Calls @visit for each region of such a snapshot, in the caller's context, until it returns not 0,
 * which is then returned.  ENOMEM, and as damon_snapshot().
 */
int damon_walk(struct damon *damon, int (*visit)(void *arg, const struct damon_region *region),
	       void *arg);

/* What a scheme did since the start; see the sysfs files of these names.  In bytes. */
struct damon_scheme_stats {
	uint64_t nr_tried;
	uint64_t sz_tried;
	uint64_t nr_applied;
	uint64_t sz_applied;
	uint64_t sz_ops_filter_passed;
	uint64_t qt_exceeds;
	uint64_t nr_snapshots;
	uint64_t effective_quota; /* bytes per reset interval; 0: none */
};

/* Of the scheme in that line of the configuration, from 0.  ENOENT: there is none; ECANCELED. */
int damon_scheme_stats(struct damon *damon, size_t scheme, struct damon_scheme_stats *stats);

/* The intervals in use, which tuning changes, in microseconds.  ECANCELED. */
int damon_intervals(struct damon *damon, uint64_t *sample_us, uint64_t *aggr_us);

/* ---- Own address spaces ---- */

#define DAMON_MOST_SAMPLES 64

/*
 * Something that is neither a process nor RAM, and yet has places that are accessed: a device's
 * memory, a cache's slots, a file's blocks.  Addresses are what the client takes them for.
 * All are called in the kdamond, with the @space_arg of the configuration, and may sleep.
 */
struct damon_space {
	/*
	 * Both for @count (at most DAMON_MOST_SAMPLES) ascending addresses of a tick: begin to watch
	 * for accesses; and tell, as bit i, whether addresses[i] was accessed since it was prepared.
	 * Between a check and the next prepare of a place nothing is watched.
	 */
	void (*prepare)(void *arg, const uint64_t *addresses, unsigned int count);
	uint64_t (*check)(void *arg, const uint64_t *addresses, unsigned int count);
	/* Whether there still is something to monitor; false ends the kdamond.  NULL: always. */
	bool (*valid)(void *arg);
	/*
	 * Carries out a scheme's action, by its name ("pageout"), on a range.  Returns for how much of
	 * it that succeeded.  NULL: the only action is stat.
	 */
	uint64_t (*apply)(void *arg, const char *action, struct damon_range range);
	/* Bounds of regions are multiples of it, a power of two.  0: 4096. */
	uint64_t granularity;
};

#ifdef __cplusplus
}
#endif
#endif
