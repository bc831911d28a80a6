/* SPDX-License-Identifier: GPL-2.0 */
/* Physical memory, as the C files of this directory share it. */
#ifndef DAMON_OPS_PADDR_PMEM_H
#define DAMON_OPS_PADDR_PMEM_H

#include <linux/bits.h>
#include <linux/mm_types.h>
#include <linux/notifier.h>

#include <damon/compat.h>
#include <damon/port.h>

/*
 * A look at a page frame: either to begin to watch it, or to see what happened since.  The cookie
 * is the note that the first leaves for the second: all that it took away, to be put back.
 */
struct damon_look {
	unsigned long pfn;
	bool prepare;
	u64 cookie;	/* written if @prepare, else read */

	bool accessed;	/* @prepare: some time ago; else: since then */
	bool mapped;	/* a mapping of the frame was found */
	bool whole;	/* what was seen and changed concerns the whole folio, not only the frame */
};

/* Bit i: of the mappings looked at, the i-th was young. */
#define DAMON_COOKIE_YOUNG	GENMASK_ULL(15, 0)
/* Of how many mappings one is looked at, less one. */
#define DAMON_COOKIE_STRIDE	GENMASK_ULL(17, 16)
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

struct damon_pmem {
	/* Valid only within one RCU read-side critical section; see find_page(). */
	unsigned long section_nr;
	struct mem_section *section;

	struct damon_folio_note checked, prepared;
	u64 prepared_cookie;
	uint64_t *prepared_watch_cookie; /* NULL if that is of an earlier batch */

	struct notifier_block hotplug;
};

/*
 * Looks at the mappings of a frame of @folio.  False: they cannot be looked at now.  The caller is
 * in an RCU read-side critical section, and has a reference on the folio.
 */
bool damon_look_at_mappings(struct folio *folio, struct damon_look *look);

#endif
