// SPDX-License-Identifier: GPL-2.0
/*
 * The sampling pass over a process's page tables.
 *
 * Consecutive samples mostly lie under one table of PTEs, so the pass remembers the table of the
 * last sample: then a sample costs an index and a bit test.  Only in a new span (PMD_SIZE of
 * addresses) it looks for the mapping and walks down.
 *
 * PTEs are read and changed without the page-table lock.  A change is one compare-and-exchange of
 * the entry that was read, for the accessed bit alone.  So it never touches an entry that became
 * another, such as one of swap: whoever replaces an entry does it by an atomic exchange, or first
 * clears it so (ptep_get_and_clear(), ptep_modify_prot_start(); 6.1 and 6.12), as the CPU may set
 * accessed and dirty bits at any time.  What is left is that software writes back an entry that it
 * read a moment before, such as to make it writable: then our change of the bit is lost, and the
 * sample with it.  Huge pages, of which there are fewer, are changed under their page-table lock.
 * No TLB flush: a cached translation may hide an access, as for the kernel's own ageing.
 */
#include <linux/bits.h>
#include <linux/hugetlb_inline.h>
#include <linux/mm.h>
#include <linux/mmap_lock.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>

#include "core/page_table.h"
#include "core/secondary_mmu.h"
#include "leaf.h"
#include "vspace.h"

#define NO_SPAN (~0UL)

/*
 * A cookie: the accessed bit was set before watching, and the page was this.  A pfn as it is in the
 * entry, whatever encryption bit and PAT bit are among it: it is only compared.
 */
#define COOKIE_WAS_YOUNG 1UL
#define COOKIE_PFN GENMASK_ULL(51, PAGE_SHIFT)

static_assert(PAGE_SHIFT == 12 && sizeof(pte_t) == sizeof(pmd_t));

/* Present, and not special: that is PFN maps and the zero page. */
static __always_inline bool watchable(unsigned long entry)
{
	/* With these bits lowest but for irrelevant ones, both questions are one comparison. */
	static_assert(_PAGE_PRESENT < _PAGE_PROTNONE && _PAGE_PROTNONE < _PAGE_SPECIAL);

	return (entry & (_PAGE_PRESENT | _PAGE_PROTNONE | _PAGE_SPECIAL)) - 1 < _PAGE_SPECIAL - 1;
}

static __always_inline bool young(unsigned long entry)
{
	return entry & _PAGE_ACCESSED;
}

static __always_inline bool must_restore(unsigned long entry, u64 cookie)
{
	return cookie && !((entry ^ cookie) & COOKIE_PFN);
}

/* The caller holds the page-table lock and saw the entry present: else the bit is swap data. */
static __always_inline void set_young(pte_t *entry)
{
	set_bit(_PAGE_BIT_ACCESSED, (unsigned long *)entry);
}

static __always_inline void clear_young(pte_t *entry)
{
	clear_bit(_PAGE_BIT_ACCESSED, (unsigned long *)entry);
}

/* Changes the accessed bit, unless the entry is no longer @seen. */
static __always_inline bool toggle_young(pte_t *entry, unsigned long seen)
{
	return try_cmpxchg((unsigned long *)entry, &seen, seen ^ _PAGE_ACCESSED);
}

static void unlock_entries(struct damon_cursor *cursor)
{
	if (!cursor->lock)
		return;
	__acquire(cursor->lock);
	spin_unlock(cursor->lock);
	cursor->lock = NULL;
	cursor->leaf_span = NO_SPAN;
}

/* The end of an RCU read-side critical section, after which what seek() found may be freed. */
static void end_section(struct damon_cursor *cursor)
	__releases(RCU)
{
	unlock_entries(cursor);
	if (unlikely(cursor->file))
		damon_unlock_file(cursor);
	cursor->table_span = NO_SPAN;
	rcu_read_unlock();
}

/* Forgets all that is true only while the mmap lock is held. */
static void forget_mappings(struct damon_cursor *cursor)
{
	cursor->ground = (struct damon_ground){};
	cursor->last_ground = (struct damon_ground){};
	cursor->easy = (struct damon_easy_ground){};
	cursor->pmds_start = NO_SPAN;
	cursor->puds_start = NO_SPAN;
}

static bool in_ground(const struct damon_ground *ground, unsigned long span)
{
	return span - ground->start < ground->end - ground->start;
}

/* What is mapped in a span: any mapping that reaches into it, and is its only one if hugetlb. */
static struct vm_area_struct *find_mapping(struct mm_struct *mm, struct damon_cursor *cursor,
					   unsigned long address)
{
	struct damon_ground *ground = &cursor->ground;
	unsigned long span = address & PMD_MASK;
	struct vm_area_struct *vma;

	if (likely(in_ground(ground, span)))
		return ground->mapping;
	/* A region that crosses the border of two spans has its samples in this and in that. */
	swap(cursor->ground, cursor->last_ground);
	if (in_ground(ground, span))
		return ground->mapping;

	/* Likely mapped itself, which is cheaper to tell than what comes next. */
	vma = vma_lookup(mm, address);
	if (!vma)
		vma = find_vma(mm, span);
	if (vma && vma->vm_start <= (span | ~PMD_MASK)) {
		ground->mapping = vma;
		ground->start = vma->vm_start & PMD_MASK;
		ground->end = ((vma->vm_end - 1) | ~PMD_MASK) + 1;
	} else {
		ground->mapping = NULL;
		ground->start = span;
		ground->end = vma ? vma->vm_start & PMD_MASK : NO_SPAN;
	}
	return ground->mapping;
}

/* Has the cursor point at the PMD table for @span; DAMON_SPAN_TABLE, or why there is none. */
static enum damon_span_kind find_pmds(struct mm_struct *mm, struct damon_cursor *cursor,
				      unsigned long span)
{
	pud_t pud;

	if ((span & PUD_MASK) == cursor->pmds_start)
		return DAMON_SPAN_TABLE;
	cursor->pmds_start = NO_SPAN;
	if ((span & P4D_MASK) != cursor->puds_start) {
		cursor->puds_start = NO_SPAN;
		cursor->puds = damon_find_pud(mm, span & P4D_MASK);
		if (!cursor->puds)
			return DAMON_SPAN_EMPTY;
		cursor->puds_start = span & P4D_MASK;
	}
	/* Read once: a huge PUD may be split and zapped meanwhile. */
	pud = READ_ONCE(cursor->puds[pud_index(span)]);
	if (!pud_present(pud))
		return DAMON_SPAN_EMPTY;
	if (pud_bad(pud))
		return DAMON_SPAN_UNKNOWN;
	cursor->pmds = pmd_offset(&pud, span & PUD_MASK);
	cursor->pmds_start = span & PUD_MASK;
	return DAMON_SPAN_TABLE;
}

/* Huge pages have PSE, and entries that are not present, or are and must fault, lack PRESENT. */
static bool is_table(pmd_t pmd)
{
	return (native_pmd_val(pmd) & (_PAGE_PRESENT | _PAGE_USER | _PAGE_PSE)) ==
	       (_PAGE_PRESENT | _PAGE_USER);
}

static __always_inline enum damon_span_kind at_table(struct damon_cursor *cursor, pmd_t pmd,
						     unsigned long span)
{
	/* pmd_page_vaddr(), which would ask again whether it is a table. */
	cursor->table = __va(native_pmd_val(pmd) & PTE_PFN_MASK);
	cursor->table_span = span;
	return DAMON_SPAN_TABLE;
}

/*
 * Goes to another span.  What may be freed under us, and why it is not:
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
static noinline enum damon_span_kind seek(struct damon_vspace *vspace, unsigned long address)
{
	struct damon_cursor *cursor = &vspace->cursor;
	struct mm_struct *mm = vspace->mm;
	unsigned long span = address & PMD_MASK;
	struct vm_area_struct *mapping;
	enum damon_span_kind kind;
	spinlock_t *lock;
	pmd_t *pmdp, pmd;

	unlock_entries(cursor);
	cursor->table_span = NO_SPAN;
	cursor->easy = (struct damon_easy_ground){};

	mapping = find_mapping(mm, cursor, address);
	if (!mapping)
		return DAMON_SPAN_UNKNOWN;
	if (unlikely(is_vm_hugetlb_page(mapping)))
		return damon_seek_hugetlb(cursor, mapping, address);

	kind = find_pmds(mm, cursor, span);
	if (kind != DAMON_SPAN_TABLE)
		return kind;
	pmdp = cursor->pmds + pmd_index(span);
again:
	/* Not locked, only this snapshot can be trusted. */
	pmd = READ_ONCE(*pmdp);
	if (likely(is_table(pmd))) {
		cursor->easy.start = max(cursor->ground.start, cursor->pmds_start);
		cursor->easy.size = min(cursor->ground.end, cursor->pmds_start + PUD_SIZE) -
				    cursor->easy.start;
		return at_table(cursor, pmd, span);
	}
	if (!pmd_present(pmd))
		return DAMON_SPAN_EMPTY; /* or a migration entry */
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

/*
 * Huge pages.  Samples of several neighbouring regions may lie in one, and a pass checks and
 * prepares region by region: what it does to the bit for one must not answer for the next.  So
 * every check and preparation in one huge page uses the bit as it was before the first of them.
 * As checks go up in addresses, and so do preparations, all of one kind on one huge page are
 * consecutive among their kind: it is enough to remember the last of each.  From one batch to the
 * next, too: watches stay where they are during a pass.  Should there be another page by then, the
 * mmap lock having been let go of: what is put back is only for the page that a cookie names.
 */
static noinline bool check_leaf(struct damon_cursor *cursor, u64 cookie, bool secondary)
{
	unsigned long entry = READ_ONCE(*(unsigned long *)cursor->leaf);
	bool prepared = cursor->prepared.span == cursor->leaf_span;
	bool was_accessed;

	if (cursor->checked.span == cursor->leaf_span)
		was_accessed = cursor->checked.young;
	else if (prepared)
		was_accessed = cursor->prepared.young;
	else
		was_accessed = young(entry);
	was_accessed |= secondary;
	cursor->checked.span = cursor->leaf_span;
	cursor->checked.young = was_accessed;

	if (!was_accessed && must_restore(entry, cookie)) {
		if (!prepared) {
			set_young(cursor->leaf);
		} else {
			/* It is being watched again: restoring is up to that watch. */
			cursor->prepared_was_young = true;
			*cursor->prepared_cookie = (entry & COOKIE_PFN) | COOKIE_WAS_YOUNG;
		}
	}
	return was_accessed;
}

static noinline void prepare_leaf(struct damon_cursor *cursor, u64 *cookie)
{
	unsigned long entry = READ_ONCE(*(unsigned long *)cursor->leaf);

	if (cursor->prepared.span != cursor->leaf_span) {
		bool was_young = young(entry);

		if (was_young)
			clear_young(cursor->leaf);
		cursor->prepared.span = cursor->leaf_span;
		cursor->prepared.young = cursor->checked.span == cursor->leaf_span ?
						 cursor->checked.young : was_young;
		cursor->prepared_was_young = was_young;
	}
	if (cursor->prepared_was_young)
		*cookie = (entry & COOKIE_PFN) | COOKIE_WAS_YOUNG;
	cursor->prepared_cookie = cookie;
}

static __always_inline enum damon_span_kind go_to(struct damon_vspace *vspace,
						  unsigned long address)
{
	struct damon_cursor *cursor = &vspace->cursor;
	unsigned long span = address & PMD_MASK;

	if (likely(span == cursor->table_span))
		return DAMON_SPAN_TABLE;
	/* Mostly the next span has the same mapping and PMD table, and is no huge page. */
	if (likely(span - cursor->easy.start < cursor->easy.size)) {
		pmd_t pmd = READ_ONCE(cursor->pmds[pmd_index(span)]);

		if (likely(is_table(pmd)))
			return at_table(cursor, pmd, span);
	}
	if (likely((address & cursor->leaf_mask) == cursor->leaf_span))
		return DAMON_SPAN_LEAF;
	return seek(vspace, address);
}

static noinline u64 check_secondary(struct mm_struct *mm, const struct damon_watch *watches,
				    unsigned int count)
{
	u64 accessed = 0;
	unsigned int i;

	for (i = 0; i < count; i++) {
		if (watches[i].address != DAMON_NO_ADDRESS &&
		    damon_secondary_young(mm, watches[i].address))
			accessed |= BIT_ULL(i);
	}
	return accessed;
}

/* The entry of an address where a page is mapped, until the next seek(); or NULL. */
static pte_t *entry_at(struct damon_vspace *vspace, unsigned long address)
{
	pte_t *entry;

	switch (go_to(vspace, address)) {
	case DAMON_SPAN_TABLE:
		entry = vspace->cursor.table + pte_index(address);
		return watchable(READ_ONCE(*(unsigned long *)entry)) ? entry : NULL;
	case DAMON_SPAN_LEAF:
		return vspace->cursor.leaf;
	default:
		return NULL;
	}
}

/*
 * A secondary MMU's accessed bit can be cleared but not set.  So the primary's is set in its stead,
 * when the watch ends: reclaim makes no difference between them.
 */
static noinline void prepare_secondary(struct damon_vspace *vspace, struct damon_watch *watches,
				       unsigned int count)
{
	struct damon_cursor *cursor = &vspace->cursor;
	u64 cleared = 0;
	unsigned int i;

	for (i = 0; i < count; i++) {
		if (watches[i].address != DAMON_NO_ADDRESS &&
		    damon_secondary_clear_young_page(vspace->mm, watches[i].address))
			cleared |= BIT_ULL(i);
	}
	if (!cleared)
		return;

	rcu_read_lock(); /* for seek() */
	for (i = 0; i < count; i++) {
		pte_t *entry;

		if (!(cleared & BIT_ULL(i)))
			continue;
		entry = entry_at(vspace, watches[i].address);
		if (!entry)
			continue;
		watches[i].cookie = (READ_ONCE(*(unsigned long *)entry) & COOKIE_PFN) |
				    COOKIE_WAS_YOUNG;
		if (cursor->leaf_span != NO_SPAN && cursor->leaf_span == cursor->prepared.span)
			cursor->prepared.young = true;
	}
	end_section(cursor);
}

bool damon_vspace_begin(struct damon_vspace *vspace)
{
	struct damon_cursor *cursor = &vspace->cursor;

	/* Each pass anew: an exec gives the process another mm. */
	vspace->mm = damon_vspace_get_mm(vspace);
	if (!vspace->mm)
		return false;
	mmap_read_lock(vspace->mm);
	vspace->secondary = damon_has_secondary(vspace->mm);

	forget_mappings(cursor);
	cursor->lock = NULL;
	cursor->file = NULL;
	cursor->table_span = NO_SPAN;
	cursor->leaf_span = NO_SPAN;
	cursor->checked.span = NO_SPAN;
	cursor->prepared.span = NO_SPAN;
	return true;
}

void damon_vspace_end(struct damon_vspace *vspace)
{
	mmap_read_unlock(vspace->mm);
	/* Not here, should ours be the last reference: freeing all its memory takes its time. */
	mmput_async(vspace->mm);
	vspace->mm = NULL;
}

struct damon_verdict damon_vspace_sample(struct damon_vspace *vspace, struct damon_watch *watches,
					 const uint64_t *next, unsigned int count)
{
	struct damon_cursor *cursor = &vspace->cursor;
	struct damon_verdict verdict = {};
	u64 secondary = 0;
	unsigned int i;

	if (unlikely(vspace->secondary))
		secondary = check_secondary(vspace->mm, watches, count);
	rcu_read_lock(); /* for seek() */

	for (i = 0; i < count; i++) {
		struct damon_watch *watch = &watches[i];
		u64 address = watch->address;
		u64 cookie = watch->cookie;
		enum damon_span_kind kind = DAMON_SPAN_UNKNOWN;

		if (likely(address != DAMON_NO_ADDRESS))
			kind = go_to(vspace, address);
		if (likely(kind == DAMON_SPAN_TABLE)) {
			pte_t *entryp = cursor->table + pte_index(address);
			unsigned long entry = READ_ONCE(*(unsigned long *)entryp);

			if (likely(watchable(entry))) {
				if (young(entry))
					verdict.accessed |= BIT_ULL(i);
				else if (must_restore(entry, cookie))
					toggle_young(entryp, entry);
			} else if (present(entry)) {
				verdict.unknown |= BIT_ULL(i);
			}
		} else if (kind == DAMON_SPAN_LEAF) {
			if (check_leaf(cursor, cookie, secondary >> i & 1))
				verdict.accessed |= BIT_ULL(i);
		} else if (kind == DAMON_SPAN_UNKNOWN) {
			verdict.unknown |= BIT_ULL(i);
		}

		address = next ? next[i] : DAMON_NO_ADDRESS;
		watch->address = address;
		watch->cookie = 0;
		if (unlikely(address == DAMON_NO_ADDRESS))
			continue;
		kind = go_to(vspace, address);
		if (likely(kind == DAMON_SPAN_TABLE)) {
			pte_t *entryp = cursor->table + pte_index(address);
			unsigned long entry = READ_ONCE(*(unsigned long *)entryp);

			if (likely(watchable(entry)) && young(entry) && toggle_young(entryp, entry))
				watch->cookie = (entry & COOKIE_PFN) | COOKIE_WAS_YOUNG;
		} else if (kind == DAMON_SPAN_LEAF) {
			prepare_leaf(cursor, &watch->cookie);
		}
	}

	end_section(cursor);
	verdict.accessed |= secondary & ~verdict.unknown;
	if (unlikely(vspace->secondary) && next)
		prepare_secondary(vspace, watches, count);
	if (mmap_lock_is_contended(vspace->mm)) {
		mmap_read_unlock(vspace->mm);
		cond_resched();
		mmap_read_lock(vspace->mm);
		forget_mappings(cursor);
	} else {
		cond_resched();
	}
	return verdict;
}
