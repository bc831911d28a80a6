/* SPDX-License-Identifier: GPL-2.0 */
/* The upper levels of a process's page tables. */
#ifndef DAMON_CORE_PAGE_TABLE_H
#define DAMON_CORE_PAGE_TABLE_H

#include <linux/pgtable.h>

/*
 * The entry for @address of a PUD table, or NULL.  The caller knows why the tables stay.  The entry is
 * to be read once: a huge PUD may be split and zapped meanwhile.
 */
static inline pud_t *damon_find_pud(struct mm_struct *mm, unsigned long address)
{
	pgd_t *pgd;
	p4d_t *p4d;

	/* Not *_none_or_clear_bad(): what we do not understand, we leave alone. */
	pgd = pgd_offset(mm, address);
	if (pgd_none(*pgd))
		return NULL;
	p4d = p4d_offset(pgd, address);
	return p4d_none(*p4d) ? NULL : pud_offset(p4d, address);
}

#endif
