// SPDX-License-Identifier: GPL-2.0
/*
 * The sampling pass over a process's page tables.
 *
 * Consecutive samples mostly lie in one mapping and under one table of PMDs, so the pass remembers
 * that table: from there it is two loads to a sample's entry, however far it is from the last one.
 * Only elsewhere it looks for the mapping and walks down.
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
#include <linux/minmax.h>
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
 * A cookie: the entry that the watch has left, if the accessed bit was set before; else 0.  Of it
 * counts the pfn, whatever encryption bit and PAT bit are among it: it is only compared.
 */
#define COOKIE_PFN GENMASK_ULL(51, PAGE_SHIFT)

static_assert(PAGE_SHIFT == 12 && sizeof(pte_t) == sizeof(pmd_t));

/* Most pages are watchable at a glance, and one of these. */
#define STATE_BITS (_PAGE_PRESENT | _PAGE_PROTNONE | _PAGE_SPECIAL | _PAGE_ACCESSED)
#define STATE_IDLE _PAGE_PRESENT
#define STATE_YOUNG (_PAGE_PRESENT | _PAGE_ACCESSED)

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
	rcu_read_unlock();
}

/* Forgets all that is true only while the mmap lock is held. */
static void forget_mappings(struct damon_cursor *cursor)
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

static __always_inline bool in_easy(const struct damon_easy_ground *easy, unsigned long address)
{
	return address - easy->start < easy->size;
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

/* Huge pages have PSE, and entries that are not present, or are and must fault, lack PRESENT. */
static __always_inline bool is_table(unsigned long entry)
{
	return (entry & (_PAGE_PRESENT | _PAGE_USER | _PAGE_PSE)) == (_PAGE_PRESENT | _PAGE_USER);
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
	unsigned long pud = native_pud_val(READ_ONCE(cursor->puds[pud_index(address)]));

	if (likely(is_table(pud))) {
		cursor->pmds = __va(pud & cursor->pfn_mask);
		cursor->pmds_start = address & PUD_MASK;
	}
	return pud;
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
	/* is_table(), which changes only bits that are masked off then: that is cheaper. */
	pmd = native_pmd_val(READ_ONCE(easy->pmds[offset >> PMD_SHIFT])) ^ (_PAGE_PRESENT | _PAGE_USER);
	if (unlikely(pmd & (_PAGE_PRESENT | _PAGE_USER | _PAGE_PSE)))
		return false;
	/* Not pmd_page_vaddr(), which would ask again whether it is a table. */
	*entry = (pte_t *)__va(pmd & cursor->pfn_mask) + pte_index(address);
	return true;
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

/* Has @easy be where an address is, if that is under the last but one, or the next, table of PMDs. */
static noinline bool step(struct damon_cursor *cursor, unsigned long address)
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
static noinline enum damon_span_kind seek(struct damon_vspace *vspace, unsigned long address)
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
			*cursor->prepared_cookie = entry;
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
		*cookie = entry;
	cursor->prepared_cookie = cookie;
}

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
		if (step(cursor, address))
			continue;
		kind = seek(vspace, address);
		if (kind != DAMON_SPAN_TABLE)
			return kind;
	}
	return DAMON_SPAN_TABLE;
}

enum answer { NOT_ACCESSED, ACCESSED, UNKNOWN };

/* Was it accessed since it was prepared?  If not, the bit becomes what it was before that. */
static __always_inline enum answer check(struct damon_vspace *vspace, unsigned long address, u64 cookie,
					 bool secondary)
{
	enum damon_span_kind kind;
	unsigned long entry;
	pte_t *entryp;

	kind = go_to(vspace, address, &entryp);
	if (kind == DAMON_SPAN_LEAF)
		return check_leaf(&vspace->cursor, cookie, secondary) ? ACCESSED : NOT_ACCESSED;
	if (unlikely(kind != DAMON_SPAN_TABLE))
		return kind == DAMON_SPAN_EMPTY ? NOT_ACCESSED : UNKNOWN;

	entry = READ_ONCE(*(unsigned long *)entryp);
	if ((entry & STATE_BITS) != STATE_IDLE) {
		if (!watchable(entry))
			return present(entry) ? UNKNOWN : NOT_ACCESSED;
		if (young(entry))
			return ACCESSED;
	}
	/* Mostly nothing else has changed, either. */
	if (entry == cookie || must_restore(entry, cookie))
		toggle_young(entryp, entry);
	return NOT_ACCESSED;
}

/* Clears the bit of the watch's address; the cookie tells whether it was set. */
static __always_inline void prepare(struct damon_vspace *vspace, struct damon_watch *watch,
				    unsigned long address)
{
	enum damon_span_kind kind;
	unsigned long entry;
	pte_t *entryp;

	watch->address = address;
	kind = go_to(vspace, address, &entryp);
	if (likely(kind == DAMON_SPAN_TABLE)) {
		entry = READ_ONCE(*(unsigned long *)entryp);
		if (likely((entry & STATE_BITS) == STATE_YOUNG) ||
		    (watchable(entry) && young(entry))) {
			watch->cookie = entry ^ _PAGE_ACCESSED;
			if (likely(toggle_young(entryp, entry)))
				return;
		}
	}
	watch->cookie = 0;
	if (kind == DAMON_SPAN_LEAF)
		prepare_leaf(&vspace->cursor, &watch->cookie);
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

/* The entry of an address where a page is mapped, until the next go_to(); or NULL. */
static pte_t *entry_at(struct damon_vspace *vspace, unsigned long address)
{
	pte_t *entry;

	switch (go_to(vspace, address, &entry)) {
	case DAMON_SPAN_TABLE:
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
		watches[i].cookie = READ_ONCE(*(unsigned long *)entry);
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
	cursor->pfn_mask = PTE_PFN_MASK;
	cursor->lock = NULL;
	cursor->file = NULL;
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
	static const u64 nowhere[DAMON_BATCH] = { [0 ... DAMON_BATCH - 1] = DAMON_NO_ADDRESS };
	struct damon_cursor *cursor = &vspace->cursor;
	struct damon_verdict verdict = {};
	bool prepares = next;
	u64 secondary = 0;
	u64 bit = 1;
	unsigned int i;

	if (unlikely(vspace->secondary))
		secondary = check_secondary(vspace->mm, watches, count);
	if (!prepares)
		next = nowhere; /* rather than asking for each */
	rcu_read_lock(); /* for seek() */

	for (i = 0; i < count; i++, bit <<= 1) {
		struct damon_watch *watch = &watches[i];

		switch (check(vspace, watch->address, watch->cookie, secondary & bit)) {
		case ACCESSED:
			verdict.accessed |= bit;
			break;
		case UNKNOWN:
			verdict.unknown |= bit;
			break;
		case NOT_ACCESSED:
			break;
		}
		prepare(vspace, watch, next[i]);
	}

	end_section(cursor);
	verdict.accessed |= secondary & ~verdict.unknown;
	if (unlikely(vspace->secondary) && prepares)
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
