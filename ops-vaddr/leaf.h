/* SPDX-License-Identifier: GPL-2.0 */
/* Huge pages: how their entries are told, and gone to.  For the C files of the sampling pass. */
#ifndef DAMON_OPS_VADDR_LEAF_H
#define DAMON_OPS_VADDR_LEAF_H

#include <linux/pgtable.h>
#include <linux/spinlock.h>

#include "vspace.h"

static __always_inline bool present(unsigned long entry)
{
	return entry & (_PAGE_PRESENT | _PAGE_PROTNONE);
}

/* Keeps @lock from one sample to the next, which sparse could not follow. */
static inline void keep_locked(struct damon_cursor *cursor, spinlock_t *lock)
	__releases(lock)
{
	cursor->lock = lock;
	__release(lock);
}

static inline enum damon_span_kind at_leaf(struct damon_cursor *cursor, spinlock_t *lock, void *entry,
					   unsigned long address, unsigned long mask)
	__releases(lock)
{
	keep_locked(cursor, lock);
	/* So that going elsewhere takes a seek(), which lets go of the lock. */
	cursor->last_easy = cursor->easy;
	cursor->easy = (struct damon_easy_ground){};
	cursor->leaf = entry;
	cursor->leaf_mask = mask;
	cursor->leaf_span = address & mask;
	return DAMON_SPAN_LEAF;
}

static inline bool is_leaf(unsigned long entry)
{
	return present(entry) && entry & _PAGE_PSE;
}

/*
 * Goes to another span, in a hugetlb mapping.  Of a file that is shared it takes the lock of the
 * mappings, until damon_unlock_file().
 */
enum damon_span_kind damon_seek_hugetlb(struct damon_cursor *cursor,
					struct vm_area_struct *mapping, unsigned long address);
void damon_unlock_file(struct damon_cursor *cursor);

#endif
