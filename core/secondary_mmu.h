/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Secondary MMUs: what accesses a process's memory by page tables of its own, such as KVM for its
 * guests.  Its accessed bits are asked for, and cleared, through MMU notifiers.
 *
 * The kernel does so where it holds a page-table lock (6.1, 6.12).  Not here: KVM takes its
 * mmu_lock, on which it can spin for long, and the page-table lock is of no use to it.  What these
 * calls do need:
 *
 * - The mm, which keeps the list of its notifiers: a reference, or the lock of a tree of mappings
 *   that has one of it (exit_mmap() must take that lock before the mm is freed).
 * - The notifiers stay while they are called: the kernel's own SRCU section around it.
 * - They never sleep, for the kernel calls them under spin locks: any context but an interrupt.
 *
 * The mapping may change meanwhile: that costs accuracy, no more.
 */
#ifndef DAMON_CORE_SECONDARY_MMU_H
#define DAMON_CORE_SECONDARY_MMU_H

#include <linux/mm.h>
#include <linux/mmu_notifier.h>

#include <damon/symbols.h>

static inline bool damon_has_secondary(struct mm_struct *mm)
{
	return mm_has_notifiers(mm) && DAMON_HAVE(__mmu_notifier_test_young) &&
	       DAMON_HAVE(__mmu_notifier_clear_young);
}

static inline bool damon_secondary_young(struct mm_struct *mm, unsigned long address)
{
	return static_call(damon___mmu_notifier_test_young)(mm, address);
}

/*
 * Of the pages from @start to before @end, and of what more the secondary MMU maps by one entry.
 * Whether any was young.
 */
static inline bool damon_secondary_clear_young(struct mm_struct *mm, unsigned long start,
					       unsigned long end)
{
	return static_call(damon___mmu_notifier_clear_young)(mm, start, end);
}

/* Of the page of an address. */
static inline bool damon_secondary_clear_young_page(struct mm_struct *mm, unsigned long address)
{
	address &= PAGE_MASK;
	return damon_secondary_clear_young(mm, address, address + PAGE_SIZE);
}

#endif
