/* SPDX-License-Identifier: GPL-2.0 */
/* A process's memory, as the C files of this directory share it. */
#ifndef DAMON_OPS_VADDR_VSPACE_H
#define DAMON_OPS_VADDR_VSPACE_H

#include <linux/mm_types.h>
#include <linux/pid.h>
#include <linux/pgtable.h>
#include <linux/spinlock.h>

#include <damon/compat.h>
#include <damon/port.h>

/* What the page tables hold for a span: PMD_SIZE of addresses, one entry of a PMD table. */
enum damon_span_kind {
	DAMON_SPAN_TABLE,   /* a table of PTEs */
	DAMON_SPAN_LEAF,    /* a huge page, maybe of more than the span; locked: cursor.leaf */
	DAMON_SPAN_EMPTY,   /* nothing present */
	DAMON_SPAN_UNKNOWN, /* nothing mapped, or not a kind that we watch */
};

/* A huge page that was looked at lately in this pass; see check_leaf(). */
struct damon_leaf_note {
	unsigned long span;
	bool young; /* before this pass touched it */
};

/* A mapping, or a hole between mappings, widened to spans; empty: none. */
struct damon_ground {
	unsigned long start, end;
	struct vm_area_struct *mapping; /* NULL: a hole */
	bool has_tables; /* it is a mapping, and not of hugetlb */
};

/* Where a pass is.  Spans are told by their first address, NO_SPAN: none. */
struct damon_cursor {
	unsigned long pfn_mask; /* PTE_PFN_MASK: no constant, but as good as one */
	unsigned long leaf_span, leaf_mask; /* of PMD_SIZE or, hugetlb only, PUD_SIZE */
	pte_t *leaf; /* a PMD or PUD, which has the same bits */
	spinlock_t *lock; /* of @leaf, held; NULL: none */
	struct address_space *file; /* of hugetlb, its mappings locked; NULL: none */

	struct damon_ground ground, last_ground;
	unsigned long found_end, found_size; /* of the mapping that was found last */
	bool walking; /* @vmi is at that */
	struct vma_iterator vmi;

	/* Parts of grounds under one table of PMDs, where PTEs can be gone to at once. */
	struct damon_easy_ground {
		unsigned long start, size;
		pmd_t *pmds; /* the entry for @start */
	} easy, last_easy; /* @easy is empty at a leaf */
	unsigned long pmds_start; /* of the PUD_SIZE of addresses under @pmds */
	pmd_t *pmds;
	unsigned long puds_start; /* of the P4D_SIZE of addresses under @puds */
	pud_t *puds;

	struct damon_leaf_note checked, prepared;
	bool prepared_was_young;
	uint64_t *prepared_cookie; /* of the last watch set in @prepared */
};

/* A folio to be migrated to a node, with a reference. */
struct damon_picked {
	struct folio *folio;
	int nid;
};

#define DAMON_MOST_PICKED 32

struct damon_vspace {
	struct pid *pid;
	struct mm_struct *mm; /* in a pass: held, and its mmap lock read-locked */
	bool secondary; /* other MMUs use it too */
	struct damon_cursor cursor;

	unsigned int nr_picked;
	struct damon_picked picked[DAMON_MOST_PICKED];
};

/* The mm of the process, held, or NULL. */
struct mm_struct *damon_vspace_get_mm(const struct damon_vspace *vspace);

#endif
