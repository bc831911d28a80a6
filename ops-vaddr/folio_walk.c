// SPDX-License-Identifier: GPL-2.0
/*
 * Actions on the folios that a range of a process's addresses maps.
 *
 * Under the locks of the page tables filters are evaluated, and references taken on the folios that
 * pass; they are isolated and migrated after all locks are released.  hugetlb and PFN mappings are
 * left out: their pages are on no LRU list.
 *
 * What may be freed under us, and why it is not: the mmap lock is held for reading, mm_users is held,
 * and the walk stays within one attached mapping.  So its page tables stay, but for PTE tables that
 * khugepaged takes out without the mmap lock (since 6.6, file mappings): it does so under the PTE lock
 * and frees them after a grace period.  So, under RCU, we lock the table and then look whether it is
 * still the one; locked, it stays.  A page that an entry maps has a reference while that lock is held.
 */
#include <linux/bitmap.h>
#include <linux/bits.h>
#include <linux/hugetlb_inline.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/mmap_lock.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>

#include "core/folio_action.h"
#include "core/folio_filter.h"
#include "core/secondary_mmu.h"
#include "core/thread.h"
#include "vspace.h"

/* How many tables of page-table entries to go through before letting others in. */
#define TABLES 16

struct folio_walk {
	struct damon_vspace *vspace;
	struct mm_struct *mm;
	const struct damon_folio_order *order;
	u64 *last_folio;
	u64 weights; /* the sum of those of its destinations */
	struct vm_area_struct *vma;
	unsigned int tables; /* since others were let in */
	bool asks_secondary; /* a filter is about accesses, and other MMUs make some */
	/* Of the span at hand, bit i: its i-th page, or the huge page (bit 0), was young there. */
	DECLARE_BITMAP(secondary, PTRS_PER_PTE);
	struct damon_folio_result result;
};

static int choose_nid(const struct folio_walk *walk, struct folio *folio, unsigned long address)
{
	const struct damon_folio_order *order = walk->order;
	const struct damon_destination *destination = order->destinations;
	unsigned long index;
	u64 rest;

	if (!order->nr_destinations)
		return order->target_nid;
	index = walk->vma->vm_pgoff + ((address - walk->vma->vm_start) >> PAGE_SHIFT);
	rest = (index >> folio_order(folio)) % walk->weights;
	for (; rest >= destination->weight; destination++)
		rest -= destination->weight;
	return destination->nid;
}

/* The entry, of a PTE or PMD table that is locked, maps the folio. */
static bool take_young(struct folio *folio, void *entry)
{
	return test_and_clear_bit(_PAGE_BIT_ACCESSED, entry);
}

static bool full(const struct folio_walk *walk)
{
	return walk->vspace->nr_picked == DAMON_MOST_PICKED;
}

/* The caller saw @entry present under its lock. */
static __always_inline void handle(struct folio_walk *walk, struct folio *folio,
				   unsigned long address, void *entry)
{
	const struct damon_folio_order *order = walk->order;
	struct damon_vspace *vspace = walk->vspace;
	int nid;

	/* The zero pages are on no list, nor is what a driver mapped. */
	if (!folio_test_lru(folio) || *walk->last_folio == folio_pfn(folio) + 1)
		return;
	*walk->last_folio = folio_pfn(folio) + 1;
	if (!damon_filters_pass(order->filters, order->nr_filters, folio, take_young, entry))
		return;
	if (order->action != DAMON_FOLIO_MIGRATE) {
		walk->result.filter_passed += folio_size(folio);
		return;
	}
	nid = choose_nid(walk, folio, address);
	if (folio_nid(folio) == nid || !damon_can_migrate_to(nid))
		return;
	folio_get(folio);
	vspace->picked[vspace->nr_picked++] = (struct damon_picked){ folio, nid };
}

/*
 * Takes the accessed bits of secondary MMUs, which can be cleared but not set, before the page tables
 * are locked (see core/secondary_mmu.h): they are given to the page tables.  So the filter finds them
 * there, and reclaim does where no filter's turn came.
 */
static noinline void take_secondary(struct folio_walk *walk, pmd_t *pmdp, unsigned long address,
				    unsigned long end)
{
	DECLARE_BITMAP(present, PTRS_PER_PTE);
	unsigned long start = address & PMD_MASK, i;
	pmd_t pmd;

	bitmap_zero(walk->secondary, PTRS_PER_PTE);
	bitmap_zero(present, PTRS_PER_PTE);
	rcu_read_lock(); /* for the table, see above */
	pmd = READ_ONCE(*pmdp);
	if (pmd_present(pmd) && pmd_trans_huge(pmd)) {
		rcu_read_unlock();
		if (damon_secondary_clear_young(walk->mm, start, start + PMD_SIZE))
			set_bit(0, walk->secondary);
		return;
	}
	if (pmd_present(pmd) && !pmd_bad(pmd)) {
		pte_t *ptep = pte_offset_kernel(&pmd, address);

		for (i = pte_index(address); address < end; address += PAGE_SIZE, i++, ptep++) {
			pte_t pte = READ_ONCE(*ptep);

			if (pte_present(pte) && !pte_special(pte))
				set_bit(i, present);
		}
	}
	rcu_read_unlock();
	for_each_set_bit(i, present, PTRS_PER_PTE) {
		unsigned long page = start + i * PAGE_SIZE;

		if (damon_secondary_clear_young(walk->mm, page, page + PAGE_SIZE))
			set_bit(i, walk->secondary);
	}
}

/* Of all of them, though the walk may end within: they are taken only once.  The table is locked. */
static noinline void give_secondary(const struct folio_walk *walk, pte_t *table)
{
	unsigned long i;

	for_each_set_bit(i, walk->secondary, PTRS_PER_PTE) {
		pte_t pte = READ_ONCE(table[i]);

		if (pte_present(pte) && !pte_special(pte))
			set_bit(_PAGE_BIT_ACCESSED, (unsigned long *)&table[i]);
	}
}

/* Returns where to go on. */
static unsigned long walk_table(struct folio_walk *walk, pte_t *ptep, unsigned long address,
				unsigned long end)
{
	for (; address < end && !full(walk); address += PAGE_SIZE, ptep++) {
		pte_t pte = READ_ONCE(*ptep);

		if (pte_present(pte) && !pte_special(pte))
			handle(walk, page_folio(pte_page(pte)), address, ptep);
	}
	return address;
}

static unsigned long walk_span(struct folio_walk *walk, pmd_t *pmdp, unsigned long address,
			       unsigned long end)
{
	spinlock_t *lock;
	pmd_t pmd;

	if (unlikely(walk->asks_secondary))
		take_secondary(walk, pmdp, address, end);
	rcu_read_lock();
again:
	/* Not locked, only this snapshot can be trusted. */
	pmd = READ_ONCE(*pmdp);
	if (!pmd_present(pmd)) {
		address = end; /* or a migration entry */
	} else if (pmd_trans_huge(pmd)) {
		lock = pmd_lock(walk->mm, pmdp);
		/* Locked, it can no longer be split or zapped. */
		pmd = READ_ONCE(*pmdp);
		if (!pmd_present(pmd) || !pmd_trans_huge(pmd)) {
			spin_unlock(lock);
			goto again;
		}
		if (unlikely(walk->asks_secondary) && test_bit(0, walk->secondary))
			set_bit(_PAGE_BIT_ACCESSED, (unsigned long *)pmdp);
		handle(walk, page_folio(pmd_page(pmd)), address, pmdp);
		spin_unlock(lock);
		address = end;
	} else if (pmd_bad(pmd)) {
		address = end; /* what we do not understand, we leave alone */
	} else {
		lock = pte_lockptr(walk->mm, &pmd);
		spin_lock(lock);
		if (unlikely(native_pmd_val(pmd) != native_pmd_val(READ_ONCE(*pmdp)))) {
			spin_unlock(lock);
			goto again;
		}
		if (unlikely(walk->asks_secondary))
			give_secondary(walk, pte_offset_kernel(&pmd, address & PMD_MASK));
		address = walk_table(walk, pte_offset_kernel(&pmd, address), address, end);
		spin_unlock(lock);
	}
	rcu_read_unlock();
	return address;
}

/* The entry for @address of a PMD table; NULL with *@end moved to where there may be one. */
static pmd_t *find_pmd(struct mm_struct *mm, unsigned long address, unsigned long *end)
{
	pgd_t *pgd;
	p4d_t *p4d;
	pud_t pud;

	pgd = pgd_offset(mm, address);
	if (pgd_none(*pgd)) {
		*end = pgd_addr_end(address, *end);
		return NULL;
	}
	p4d = p4d_offset(pgd, address);
	if (p4d_none(*p4d)) {
		*end = p4d_addr_end(address, *end);
		return NULL;
	}
	/* Read once: a huge PUD may be split and zapped meanwhile. */
	pud = READ_ONCE(*pud_offset(p4d, address));
	if (pud_none(pud) || pud_bad(pud)) {
		*end = pud_addr_end(address, *end);
		return NULL;
	}
	return pmd_offset(&pud, address);
}

/* In the mapping at hand.  Returns where to go on. */
static unsigned long walk_mapping(struct folio_walk *walk, unsigned long address,
				  unsigned long end)
{
	while (address < end && !full(walk) && ++walk->tables < TABLES) {
		unsigned long next = end;
		pmd_t *pmdp = find_pmd(walk->mm, address, &next);

		address = pmdp ? walk_span(walk, pmdp, address, pmd_addr_end(address, end)) : next;
	}
	return address;
}

static bool is_walked(struct vm_area_struct *vma)
{
	return !is_vm_hugetlb_page(vma) && !(vma->vm_flags & (VM_PFNMAP | VM_IO));
}

/* Returns where to go on. */
static unsigned long walk_mappings(struct folio_walk *walk, unsigned long address,
				   unsigned long end)
{
	walk->tables = 0;
	while (address < end && !full(walk) && walk->tables < TABLES) {
		unsigned long stop;

		walk->vma = find_vma(walk->mm, address);
		if (!walk->vma || walk->vma->vm_start >= end)
			return end;
		address = max(address, walk->vma->vm_start);
		stop = min(end, walk->vma->vm_end);
		address = is_walked(walk->vma) ? walk_mapping(walk, address, stop) : stop;
		walk->tables++; /* many small mappings may be in one table */
	}
	return address;
}

/* The picked folios, destination by destination. */
static void migrate_picked(struct folio_walk *walk)
{
	struct damon_vspace *vspace = walk->vspace;
	unsigned int i, first;

	for (first = 0; first < vspace->nr_picked; first++) {
		DAMON_FOLIO_BATCH(batch);
		int nid = vspace->picked[first].nid;

		for (i = first; i < vspace->nr_picked; i++) {
			struct damon_picked *picked = &vspace->picked[i];

			if (!picked->folio || picked->nid != nid)
				continue;
			damon_folio_batch_add(&batch, picked->folio);
			folio_put(picked->folio);
			picked->folio = NULL;
		}
		walk->result.applied += damon_migrate(&batch, nid);
	}
	vspace->nr_picked = 0;
}

struct damon_folio_result damon_vspace_apply(struct damon_vspace *vspace,
					     const struct damon_folio_order *order, uint64_t start,
					     uint64_t end)
{
	u64 last_folio = 0;
	struct folio_walk walk = {
		.vspace = vspace,
		.order = order,
		.last_folio = order->last_folio ?: &last_folio,
	};
	unsigned long address = start;
	unsigned int i;

	if (damon_folio_action_lacks(order->action))
		return walk.result;
	for (i = 0; i < order->nr_destinations; i++)
		walk.weights += order->destinations[i].weight;
	if (order->nr_destinations && !walk.weights)
		return walk.result;
	walk.mm = damon_vspace_get_mm(vspace);
	if (!walk.mm)
		return walk.result;
	walk.asks_secondary = damon_filters_ask_young(order->filters, order->nr_filters) &&
			      damon_has_secondary(walk.mm);
	while (address < end && !damon_thread_ending()) {
		mmap_read_lock(walk.mm);
		address = walk_mappings(&walk, address, end);
		mmap_read_unlock(walk.mm);
		migrate_picked(&walk);
		cond_resched();
	}
	mmput_async(walk.mm);
	return walk.result;
}
