/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A look at one mapping: whether its page-table entry maps the frame, and the accessed bit of that.
 *
 * Accessed bits are changed one at a time, atomically and under the page-table lock: the lock keeps
 * software from changing the entry, while the CPU may set its accessed and dirty bits at any time.
 * No TLB flush: a cached translation may hide an access, as for the kernel's own ageing.
 *
 * In a header, for the sampling pass must not pay for calls.
 */
#ifndef DAMON_OPS_PADDR_LOOK_H
#define DAMON_OPS_PADDR_LOOK_H

#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>

#include "core/page_table.h"
#include "core/secondary_mmu.h"
#include "pmem.h"

/* Of a folio of which all is to be seen. */
#define MOST_LOOKS_TO_CLEAR 4096

static_assert(sizeof(pte_t) == sizeof(unsigned long) && sizeof(pmd_t) == sizeof(unsigned long));

/* A walk over the mappings of one frame. */
struct walk {
	unsigned long pfn;
	unsigned long offset; /* of the frame in what is mapped */
	unsigned long young; /* bit i: of the i-th found; @prepare: found young, else: to put back */
	unsigned int looks;
	unsigned int found, nr_mappings; /* the latter may be UINT_MAX: unknown */
	bool prepare; /* known when compiling */
	bool many; /* more mappings than are looked at */
	bool hugetlb;
	bool accessed, whole;
};

static __always_inline bool must_change(const struct walk *walk, unsigned long entry)
{
	if (walk->prepare)
		return entry & _PAGE_ACCESSED;
	return !(entry & _PAGE_ACCESSED) && walk->young & BIT(walk->found);
}

/* The caller holds the page-table lock, and saw the entry present under it. */
static __always_inline void change(struct walk *walk, void *entryp)
{
	if (walk->prepare) {
		clear_bit(_PAGE_BIT_ACCESSED, entryp);
		walk->young |= BIT(walk->found);
	} else {
		set_bit(_PAGE_BIT_ACCESSED, entryp);
	}
}

static __always_inline bool pte_maps(pte_t pte, unsigned long pfn)
{
	unsigned long entry = pte_val(pte);

	if (likely(entry & _PAGE_PRESENT))
		return !((entry ^ pfn << PAGE_SHIFT) & PTE_PFN_MASK);
	return pte_present(pte) && pte_pfn(pte) == pfn; /* PROT_NONE: the frame is inverted */
}

static __always_inline bool is_table(pmd_t pmd)
{
	return (native_pmd_val(pmd) & (_PAGE_PRESENT | _PAGE_PSE)) == _PAGE_PRESENT;
}

/* That a page of a device is so mapped too, does not matter: none is looked for. */
static __always_inline bool pmd_maps(pmd_t pmd, unsigned long pfn)
{
	return pmd_present(pmd) && native_pmd_val(pmd) & _PAGE_PSE &&
	       pfn - pmd_pfn(pmd) < PTRS_PER_PMD;
}

static noinline pmd_t *find_pmds(struct damon_held *held, struct mm_struct *mm,
				 unsigned long address)
{
	pud_t *pudp = damon_find_pud(mm, address);
	pud_t pud;

	if (!pudp)
		return NULL;
	pud = READ_ONCE(*pudp);
	if (pud_none(pud) || pud_bad(pud))
		return NULL;
	held->pmds = pmd_offset(&pud, address & PUD_MASK);
	held->pmds_mm = mm;
	held->secondary = damon_has_secondary(mm);
	held->pmds_start = address & PUD_MASK;
	return held->pmds;
}

static __always_inline pmd_t *find_pmd(struct damon_held *held, struct mm_struct *mm,
				       unsigned long address)
{
	pmd_t *pmds = held->pmds;

	if (mm != held->pmds_mm || (address & PUD_MASK) != held->pmds_start) {
		pmds = find_pmds(held, mm, address);
		if (!pmds)
			return NULL;
	}
	return pmds + pmd_index(address);
}

/*
 * A secondary MMU's accessed bit can be cleared but not set.  So the primary's is set in its stead,
 * when the watch ends: reclaim makes no difference between them.
 */
static noinline void look_at_secondary(struct walk *walk, struct mm_struct *mm,
				       unsigned long address)
{
	if (!walk->prepare) {
		walk->accessed |= damon_secondary_young(mm, address);
	} else if (damon_secondary_clear_young_page(mm, address)) {
		walk->accessed = true;
		walk->young |= BIT(walk->found);
	}
}

/* The mapping that was just looked at did map the frame; no page-table lock is held any more. */
static __always_inline void count_found(struct walk *walk, struct mm_struct *mm,
					unsigned long address, bool secondary)
{
	if (unlikely(secondary))
		look_at_secondary(walk, mm, address);
	walk->found++;
}

/* Whether it maps the frame. */
static __always_inline bool look_at_huge_entry(struct walk *walk, struct mm_struct *mm,
					       pmd_t *pmdp)
{
	spinlock_t *lock;
	bool maps;
	pmd_t pmd;

	lock = pmd_lock(mm, pmdp);
	/* Locked, it can no longer be split or zapped. */
	pmd = READ_ONCE(*pmdp);
	maps = pmd_maps(pmd, walk->pfn);
	if (maps) {
		walk->whole = true;
		walk->accessed |= pmd_young(pmd);
		if (must_change(walk, pmd_val(pmd)))
			change(walk, pmdp);
	}
	spin_unlock(lock);
	return maps;
}

/*
 * What may be freed under us, and why it is not.  The lock of the tree of mappings is held for
 * reading:
 *
 * - The mapping leaves the tree, under that lock for writing, before free_pgtables() frees its page
 *   tables, or exit_mmap() the mm.  No reference on the mm is needed.  So a PMD table that served a
 *   mapping of the tree stays as long as the lock is held.
 * - A PTE table may be taken out by khugepaged: under that lock for writing (6.1); or under the PTE
 *   lock, and then it is freed after a grace period (since 6.6).  We are under RCU.
 * - mremap() may move a PTE or PMD table within the mm, to a mapping of the same tree.  It stays a
 *   table, with the same lock.
 * - Processes that share a hugetlb file may share its PMD tables; they part with them under the lock
 *   of the file's mappings for writing (huge_pmd_unshare()).  Private mappings share none.
 */
static __always_inline void look_at_entry(struct walk *walk, struct damon_held *held,
					  struct vm_area_struct *vma, unsigned long address)
{
	pmd_t *pmdp = find_pmd(held, vma->vm_mm, address);
	spinlock_t *lock;
	pte_t *ptep, pte;
	pmd_t pmd;

	if (unlikely(!pmdp))
		return;
again:
	/* Not locked, only this snapshot can be trusted. */
	pmd = READ_ONCE(*pmdp);
	if (unlikely(!is_table(pmd))) {
		if (pmd_maps(pmd, walk->pfn) && look_at_huge_entry(walk, vma->vm_mm, pmdp))
			count_found(walk, vma->vm_mm, address, held->secondary);
		return;
	}
	/* To read one entry, no lock is needed: it is one word, read once. */
	ptep = pte_offset_kernel(&pmd, address);
	pte = READ_ONCE(*ptep);
	if (!pte_maps(pte, walk->pfn))
		return;
	if (must_change(walk, pte_val(pte))) {
		lock = pte_lockptr(vma->vm_mm, &pmd);
		spin_lock(lock);
		/* Still the table of this place, and the same entry? */
		if (unlikely(native_pmd_val(pmd) != native_pmd_val(READ_ONCE(*pmdp)) ||
			     !pte_same(pte, READ_ONCE(*ptep)))) {
			spin_unlock(lock);
			goto again;
		}
		change(walk, ptep);
		spin_unlock(lock);
	}
	walk->accessed |= pte_young(pte);
	count_found(walk, vma->vm_mm, address, held->secondary);
}

#endif
