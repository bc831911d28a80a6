// SPDX-License-Identifier: GPL-2.0
/* The way of the sampling pass from one address to another in a process's page tables. */
#include <linux/hugetlb_inline.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>

#include "core/page_table.h"
#include "cursor.h"
#include "vspace.h"

static void unlock_entries(struct damon_cursor *cursor)
{
	if (!cursor->lock)
		return;
	__acquire(cursor->lock);
	spin_unlock(cursor->lock);
	cursor->lock = NULL;
	cursor->leaf_span = NO_SPAN;
}

void damon_end_section(struct damon_cursor *cursor)
	__releases(RCU)
{
	unlock_entries(cursor);
	if (unlikely(cursor->file))
		damon_unlock_file(cursor);
	rcu_read_unlock();
}

void damon_forget_mappings(struct damon_cursor *cursor)
{
	cursor->ground = (struct damon_ground){};
	cursor->last_ground = (struct damon_ground){};
	cursor->found_size = 0;
	cursor->walking = false;
	cursor->easy = (struct damon_easy_ground){};
	cursor->last_easy = (struct damon_easy_ground){};
	cursor->pmds_start = NO_SPAN;
	cursor->puds_start = NO_SPAN;
}

static bool in_ground(const struct damon_ground *ground, unsigned long address)
{
	return address - ground->start < ground->end - ground->start;
}

/* A mapping in the span of an address, or the next one.  Under the mmap lock none comes or goes. */
static struct vm_area_struct *next_mapping(struct mm_struct *mm, struct damon_cursor *cursor,
					   unsigned long address)
{
	unsigned long span = address & PMD_MASK;
	struct vm_area_struct *vma;

	/* Closer to the last one than that is long: likely the one after it. */
	if (span - cursor->found_end < cursor->found_size) {
		/* To go on from one to the next is half of what it costs to look for it. */
		if (!cursor->walking)
			vma_iter_init(&cursor->vmi, mm, cursor->found_end);
		cursor->walking = true;
		vma = vma_next(&cursor->vmi);
		if (!vma || vma->vm_end > span)
			goto found;
	}
	cursor->walking = false;
	/* Likely mapped itself, which is cheaper to tell than what comes next. */
	vma = vma_lookup(mm, address);
	if (!vma)
		vma = find_vma(mm, span);
found:
	cursor->found_end = vma ? vma->vm_end : 0;
	cursor->found_size = vma ? vma->vm_end - vma->vm_start : 0;
	return vma;
}

/* What is mapped in a span: any mapping that reaches into it, and is its only one if hugetlb. */
static noinline void find_ground(struct mm_struct *mm, struct damon_cursor *cursor,
				 unsigned long address)
{
	struct damon_ground *ground = &cursor->ground;
	unsigned long span = address & PMD_MASK;
	struct vm_area_struct *vma;

	/* A region that crosses the border of two spans has its samples in this and in that. */
	if (in_ground(&cursor->last_ground, span)) {
		swap(cursor->ground, cursor->last_ground);
		return;
	}
	cursor->last_ground = cursor->ground;
	vma = next_mapping(mm, cursor, address);
	if (vma && vma->vm_start <= (span | ~PMD_MASK)) {
		ground->mapping = vma;
		ground->has_tables = !is_vm_hugetlb_page(vma);
		ground->start = vma->vm_start & PMD_MASK;
		ground->end = ((vma->vm_end - 1) | ~PMD_MASK) + 1;
	} else {
		ground->mapping = NULL;
		ground->has_tables = false;
		ground->start = span;
		ground->end = vma ? vma->vm_start & PMD_MASK : NO_SPAN;
	}
}

static noinline bool find_puds(struct mm_struct *mm, struct damon_cursor *cursor, unsigned long span)
{
	cursor->puds = damon_find_pud(mm, span & P4D_MASK);
	cursor->puds_start = cursor->puds ? span & P4D_MASK : NO_SPAN;
	return cursor->puds;
}

/* Has the cursor point at the PMD table for an address under @puds, if there is one.  The PUD. */
static __always_inline unsigned long find_pmds(struct damon_cursor *cursor, unsigned long address)
{
	/* Read once: a huge PUD may be split and zapped meanwhile. */
	unsigned long pud = pud_val(READ_ONCE(cursor->puds[pud_index(address)]));

	if (likely(is_table(pud))) {
		cursor->pmds = __va(pud & cursor->pfn_mask);
		cursor->pmds_start = address & PUD_MASK;
	}
	return pud;
}

/* Whether an address is in @easy, where nothing is mapped. */
static bool quick_empty(const struct damon_easy_ground *easy, unsigned long address)
{
	return in_easy(easy, address) &&
	       pmd_none(READ_ONCE(easy->pmds[(address - easy->start) >> PMD_SHIFT]));
}

/* Has @easy be what of the ground is under the cursor's table of PMDs. */
static void set_easy(struct damon_cursor *cursor)
{
	struct damon_easy_ground *easy = &cursor->easy;

	cursor->last_easy = *easy;
	easy->start = max(cursor->ground.start, cursor->pmds_start);
	easy->size = min(cursor->ground.end, cursor->pmds_start + PUD_SIZE) - easy->start;
	easy->pmds = cursor->pmds + pmd_index(easy->start);
}

bool damon_step(struct damon_cursor *cursor, unsigned long address)
{
	/* There is no table, or a lock to let go of. */
	if (in_easy(&cursor->easy, address) || cursor->lock)
		return false;
	/* As with mappings: see find_ground(). */
	if (in_easy(&cursor->last_easy, address)) {
		swap(cursor->easy, cursor->last_easy);
		return true;
	}
	if (!in_ground(&cursor->ground, address) || !cursor->ground.has_tables ||
	    (address & P4D_MASK) != cursor->puds_start || !is_table(find_pmds(cursor, address)))
		return false;
	set_easy(cursor);
	return true;
}

/*
 * Goes anywhere.  What may be freed under us, and why it is not:
 *
 * - The mmap lock is held for reading, mm_users is held: no exit_mmap(), no change of mappings.  Yet
 *   a munmap() that downgraded its lock may be freeing the tables of detached mappings; it spares
 *   tables that serve an attached mapping too (free_pgd_range()).  So one mapping found anywhere in
 *   the span makes all tables of the span safe, whichever mapping the sample is in.
 * - A PTE table may be taken out by khugepaged: under the mmap lock for writing (6.1), or, of a file
 *   mapping, without it (since 6.6), and then the table is freed after a grace period.  A batch is
 *   one RCU read-side critical section; to it such a table just has no more pages.
 * - hugetlb: see hugetlb.c.
 */
enum damon_span_kind damon_seek(struct damon_vspace *vspace, unsigned long address)
{
	struct damon_cursor *cursor = &vspace->cursor;
	struct mm_struct *mm = vspace->mm;
	unsigned long span = address & PMD_MASK;
	struct vm_area_struct *mapping;
	unsigned long pud;
	spinlock_t *lock;
	pmd_t *pmdp, pmd;

	if (quick_empty(&cursor->easy, address))
		return DAMON_SPAN_EMPTY;
	unlock_entries(cursor);
	if (!in_ground(&cursor->ground, span))
		find_ground(mm, cursor, address);
	mapping = cursor->ground.mapping;
	if (!mapping)
		return DAMON_SPAN_UNKNOWN;
	if (unlikely(!cursor->ground.has_tables))
		return damon_seek_hugetlb(cursor, mapping, address);

	if ((span & PUD_MASK) != cursor->pmds_start) {
		if ((span & P4D_MASK) != cursor->puds_start && !find_puds(mm, cursor, span))
			return DAMON_SPAN_EMPTY;
		pud = find_pmds(cursor, span);
		if (!is_table(pud))
			return present(pud) ? DAMON_SPAN_UNKNOWN : DAMON_SPAN_EMPTY;
	}
	pmdp = cursor->pmds + pmd_index(span);
again:
	/* Not locked, only this snapshot can be trusted. */
	pmd = READ_ONCE(*pmdp);
	if (likely(is_table(native_pmd_val(pmd)))) {
		set_easy(cursor);
		return DAMON_SPAN_TABLE;
	}
	if (!pmd_present(pmd)) {
		set_easy(cursor);
		return DAMON_SPAN_EMPTY; /* or a migration entry */
	}
	/* A huge page fills its span, so this is its mapping. */
	if (!pmd_trans_huge(pmd) || mapping->vm_flags & (VM_PFNMAP | VM_IO))
		return DAMON_SPAN_UNKNOWN;

	lock = pmd_lock(mm, pmdp);
	/* Locked, it can no longer be split or zapped. */
	pmd = READ_ONCE(*pmdp);
	if (!pmd_present(pmd) || !pmd_trans_huge(pmd)) {
		spin_unlock(lock);
		goto again;
	}
	return at_leaf(cursor, lock, pmdp, span, PMD_MASK);
}
