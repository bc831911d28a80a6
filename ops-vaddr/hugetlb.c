// SPDX-License-Identifier: GPL-2.0
/* The way to an address in the page tables of a hugetlb mapping, for the sampling pass. */
#include <linux/fs.h>
#include <linux/mm.h>

#include "core/page_table.h"
#include "cursor.h"
#include "vspace.h"

void damon_unlock_file(struct damon_cursor *cursor)
{
	i_mmap_unlock_read(cursor->file);
	cursor->file = NULL;
}

static bool lock_file(struct damon_cursor *cursor, struct address_space *file)
{
	if (cursor->file == file)
		return true;
	if (cursor->file)
		damon_unlock_file(cursor);
	if (!i_mmap_trylock_read(file))
		return false;
	cursor->file = file;
	return true;
}

/*
 * hugetlb: a huge page's entry is a PMD or, of 1 GiB, a PUD.  Its tables stay for the reasons told at
 * damon_seek(), but for one: processes that share a mapping may share its PMD tables, until one of
 * them leaves (huge_pmd_unshare()).  That takes the lock of the file's mappings for writing, on 6.1 and
 * 6.12; we hold it for reading, until the batch ends or another file comes.  It orders after the mmap
 * lock, and is only tried: nothing sleeps here.
 */
enum damon_span_kind damon_seek_hugetlb(struct damon_cursor *cursor,
					struct vm_area_struct *mapping, unsigned long address)
{
	struct mm_struct *mm = mapping->vm_mm;
	spinlock_t *lock;
	pud_t *pudp, pud;
	pmd_t *pmdp;

	if (mapping->vm_flags & VM_MAYSHARE && !lock_file(cursor, mapping->vm_file->f_mapping))
		return DAMON_SPAN_UNKNOWN;

	pudp = damon_find_pud(mm, address);
	if (!pudp)
		return DAMON_SPAN_EMPTY;
	pud = READ_ONCE(*pudp);
	if (is_leaf(native_pud_val(pud))) {
		lock = pud_lock(mm, pudp);
		/* Locked, it can no longer be zapped or migrated. */
		if (is_leaf(native_pud_val(READ_ONCE(*pudp))))
			return at_leaf(cursor, lock, pudp, address, PUD_MASK);
		spin_unlock(lock);
		return DAMON_SPAN_EMPTY;
	}
	if (!pud_present(pud))
		return DAMON_SPAN_EMPTY; /* or a migration entry */
	if (pud_bad(pud))
		return DAMON_SPAN_UNKNOWN;

	pmdp = pmd_offset(&pud, address);
	if (!is_leaf(native_pmd_val(READ_ONCE(*pmdp))))
		return DAMON_SPAN_EMPTY;
	lock = pmd_lock(mm, pmdp);
	if (is_leaf(native_pmd_val(READ_ONCE(*pmdp))))
		return at_leaf(cursor, lock, pmdp, address, PMD_MASK);
	spin_unlock(lock);
	return DAMON_SPAN_EMPTY;
}
