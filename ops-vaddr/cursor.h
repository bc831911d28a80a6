/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The way of the sampling pass from one address to another in a process's page tables.
 *
 * Consecutive samples mostly lie in one mapping and under one table of PMDs, so the pass remembers
 * that table: from there it is two loads to a sample's entry, however far it is from the last one.
 * Only elsewhere it looks for the mapping and walks down.
 */
#ifndef DAMON_OPS_VADDR_CURSOR_H
#define DAMON_OPS_VADDR_CURSOR_H

#include <linux/pgtable.h>
#include <linux/spinlock.h>
#include <asm/cpufeature.h>

#include "vspace.h"

#define NO_SPAN (~0UL)

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
	/* So that going elsewhere takes a damon_seek(), which lets go of the lock. */
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

static __always_inline bool in_easy(const struct damon_easy_ground *easy, unsigned long address)
{
	return address - easy->start < easy->size;
}

/* Huge pages have PSE, and entries that are not present, or are and must fault, lack PRESENT. */
static __always_inline bool is_table(unsigned long entry)
{
	return (entry & (_PAGE_PRESENT | _PAGE_USER | _PAGE_PSE)) == (_PAGE_PRESENT | _PAGE_USER);
}

/* Where the frame matters: a Xen PV guest's entries have the machine's.  Elsewhere it costs nothing. */
static __always_inline unsigned long frame_val(pmd_t pmd)
{
	return static_cpu_has(X86_FEATURE_XENPV) ? pmd_val(pmd) : native_pmd_val(pmd);
}

/* Whether the cursor can go to the PTE of an address at once. */
static __always_inline bool quick_entry(const struct damon_cursor *cursor, unsigned long address,
					pte_t **entry)
{
	const struct damon_easy_ground *easy = &cursor->easy;
	unsigned long offset = address - easy->start;
	unsigned long pmd;

	if (unlikely(!in_easy(easy, address)))
		return false;
	pmd = frame_val(READ_ONCE(easy->pmds[offset >> PMD_SHIFT]));
	/* is_table(), which changes only bits that are masked off then: that is cheaper. */
	pmd ^= _PAGE_PRESENT | _PAGE_USER;
	if (unlikely(pmd & (_PAGE_PRESENT | _PAGE_USER | _PAGE_PSE)))
		return false;
	/* Not pmd_page_vaddr(), which would ask again whether it is a table. */
	*entry = (pte_t *)__va(pmd & cursor->pfn_mask) + pte_index(address);
	return true;
}

/* Forgets all that is true only while the mmap lock is held. */
void damon_forget_mappings(struct damon_cursor *cursor);

/* The end of an RCU read-side critical section, after which what damon_seek() found may be freed. */
void damon_end_section(struct damon_cursor *cursor)
	__releases(RCU);

/* Has @easy be where an address is, if that is under the last but one, or the next, table of PMDs. */
bool damon_step(struct damon_cursor *cursor, unsigned long address);

/* Goes anywhere.  Within an RCU read-side critical section, under the mmap lock. */
enum damon_span_kind damon_seek(struct damon_vspace *vspace, unsigned long address);

/*
 * Goes to another span, in a hugetlb mapping.  Of a file that is shared it takes the lock of the
 * mappings, until damon_unlock_file().
 */
enum damon_span_kind damon_seek_hugetlb(struct damon_cursor *cursor,
					struct vm_area_struct *mapping, unsigned long address);
void damon_unlock_file(struct damon_cursor *cursor);

/* What there is at an address: of a table, its entry there. */
static __always_inline enum damon_span_kind go_to(struct damon_vspace *vspace, unsigned long address,
						  pte_t **entry)
{
	struct damon_cursor *cursor = &vspace->cursor;
	enum damon_span_kind kind;

	while (unlikely(!quick_entry(cursor, address, entry))) {
		if ((address & cursor->leaf_mask) == cursor->leaf_span)
			return DAMON_SPAN_LEAF;
		if (address == DAMON_NO_ADDRESS)
			return DAMON_SPAN_UNKNOWN;
		if (damon_step(cursor, address))
			continue;
		kind = damon_seek(vspace, address);
		if (kind != DAMON_SPAN_TABLE)
			return kind;
	}
	return DAMON_SPAN_TABLE;
}

#endif
