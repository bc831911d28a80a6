/* SPDX-License-Identifier: GPL-2.0 */
/* Physical memory, as the C files of this directory share it. */
#ifndef DAMON_OPS_PADDR_PMEM_H
#define DAMON_OPS_PADDR_PMEM_H

#include <linux/bits.h>
#include <linux/mm_types.h>
#include <linux/notifier.h>
#include <linux/pgtable.h>

#include <damon/compat.h>
#include <damon/port.h>

/*
 * A look at a page frame: either to begin to watch it, or to see what happened since.  The cookie
 * is the note that the first leaves for the second: all that it took away, to be put back.
 */
struct damon_look {
	unsigned long pfn;
	u64 cookie;

	bool accessed;	/* since it is watched; of one to be watched: some time ago */
	bool mapped;	/* a mapping of the frame was found */
	bool whole;	/* what was seen and changed concerns the whole folio, not only the frame */
};

/* Bit i: of the mappings found, the i-th was young. */
#define DAMON_COOKIE_YOUNG	GENMASK_ULL(7, 0)
/* There are more mappings than are looked at. */
#define DAMON_COOKIE_MANY	BIT_ULL(16)
/* PG_referenced is being watched; it was set; PG_idle was not, but is now. */
#define DAMON_COOKIE_FLAGS	BIT_ULL(18)
#define DAMON_COOKIE_REFERENCED	BIT_ULL(19)
#define DAMON_COOKIE_IDLE	BIT_ULL(20)
/* What the frame contained. */
#define DAMON_COOKIE_CONTENT	GENMASK_ULL(63, 32)
/* What was taken away. */
#define DAMON_COOKIE_TAKEN	(DAMON_COOKIE_YOUNG | DAMON_COOKIE_REFERENCED | DAMON_COOKIE_IDLE)

/* A folio whose state as a whole was looked at lately in this pass; see damon_pmem_sample(). */
struct damon_folio_note {
	unsigned long pfn; /* of its head */
	bool accessed; /* before this pass touched it */
};

/* What is kept from one look at mappings to the next, until damon_release(). */
struct damon_held {
	struct rw_semaphore *lock; /* of a tree of mappings, for reading; NULL: none */
	struct address_space *mapping; /* of a file, if it is its tree */
	struct folio *folio; /* of that file, locked */
	struct vm_area_struct *vma; /* of that tree, the last one; NULL: none */
	struct mm_struct *pmds_mm; /* NULL: none */
	bool secondary; /* other MMUs use it too */
	unsigned long pmds_start; /* of the PUD_SIZE of addresses under @pmds */
	pmd_t *pmds;
};

/* Page frames without a hole, in sections that are online.  Of size 0: none. */
struct damon_stretch {
	unsigned long start, size;
};

struct damon_pmem {
	struct damon_held held;

	/* Valid until memory goes offline; see damon_heed_hotplug(). */
	struct damon_stretch stretch, stretches[32];
	unsigned int nr_looked_up; /* the oldest gives way */
	unsigned long changes, changes_seen; /* how often memory has gone offline */

	struct damon_folio_note checked, prepared;
	u64 prepared_cookie;
	uint64_t *prepared_watch_cookie; /* of the last watch set in @prepared */

	struct notifier_block hotplug;
};

/*
 * Look at the mappings of a frame of @folio, to see what happened or to begin to watch.  False:
 * they cannot be looked at now.  Within one RCU read-side critical section from the first look to
 * damon_release(); with a reference on the folio.
 */
bool damon_check_mappings(struct folio *folio, struct damon_look *look, struct damon_held *held);
bool damon_prepare_mappings(struct folio *folio, struct damon_look *look, struct damon_held *held);
/*
 * Whether the folio was accessed through any of its mappings since their accessed bits were cleared
 * last.  Clears them all.  True also if that cannot be told now, or there are too many of them.
 * Adds to @looks how many entries it looked at.  Under the same conditions as these.
 */
bool damon_take_young_mappings(struct folio *folio, struct damon_held *held, unsigned int *looks);
/* The same for a KSM page, with a reference on it, but not under RCU: it may sleep. */
bool damon_take_young_of_ksm(struct folio *folio, unsigned int *looks);
void damon_release(struct damon_held *held);

/*
 * The folio of a frame, if it is one to watch, with a reference.  Within one RCU read-side critical
 * section, in which memory found once stays: it begins with damon_heed_hotplug().
 */
struct folio *damon_get_folio(struct damon_pmem *pmem, unsigned long pfn);
void damon_heed_hotplug(struct damon_pmem *pmem);

#endif
