// SPDX-License-Identifier: GPL-2.0
/*
 * The sampling pass over a process's page tables: what it does to the entries that cursor.h goes to.
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
#include <linux/mm.h>
#include <linux/mmap_lock.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>

#include "core/secondary_mmu.h"
#include "cursor.h"
#include "vspace.h"

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

/*
 * Huge pages.  Samples of several neighbouring regions may lie in one, and a pass checks and
 * prepares region by region: what it does to the bit for one must not answer for the next.  So
 * every check and preparation in one huge page uses the bit as it was before the first of them.
 * As checks go up in addresses, and so do preparations, all of one kind on one huge page are
 * consecutive among their kind: it is enough to remember the last of each.  From one batch to the
 * next, too: watches stay where they are during a pass.  Should there be another page by then, the
 * mmap lock having been let go of: what is put back is only for the page that a cookie names.
 *
 * Only of 1 GiB scouts may lie in one that a region's watch is in, too, and not be next to that in its
 * order: then one may take for an access what the other has put back.
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

	rcu_read_lock(); /* for damon_seek() */
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
	damon_end_section(cursor);
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

	damon_forget_mappings(cursor);
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
	rcu_read_lock(); /* for damon_seek() */

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

	damon_end_section(cursor);
	verdict.accessed |= secondary & ~verdict.unknown;
	if (unlikely(vspace->secondary) && prepares)
		prepare_secondary(vspace, watches, count);
	if (mmap_lock_is_contended(vspace->mm)) {
		mmap_read_unlock(vspace->mm);
		cond_resched();
		mmap_read_lock(vspace->mm);
		damon_forget_mappings(cursor);
	} else {
		cond_resched();
	}
	return verdict;
}
