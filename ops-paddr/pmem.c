// SPDX-License-Identifier: GPL-2.0
/*
 * The sampling pass over physical memory.
 *
 * Watched are frames of folios on an LRU list, that is anonymous memory and page cache, and of
 * hugetlb folios that are in use.  Whatever else a frame may be (free, slab, reserved, offline, no
 * memory at all) is unknown.
 *
 * Nothing here waits: a folio, or a list of mappings, that is locked is unknown for this time.
 */
#include <linux/memory.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/page_idle.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/swap.h>

#include <damon/symbols.h>

#include "pmem.h"

#define NO_FOLIO (~0UL)
/* Of a stretch, when it is looked up: nothing waits meanwhile. */
#define MOST_SECTIONS 4096UL

enum answer { IDLE, ACCESSED, UNKNOWN };

/*
 * Memory hot-unplug.  Frames are looked at only within an RCU read-side critical section in which
 * their section is known to be online.  A section is marked offline before this is called, and its
 * struct pages are freed after: waiting here for a grace period keeps them for those who did not see
 * the change yet.  (A reference on a folio would do too, but to get one its struct page must be read.)
 */
static int on_hotplug(struct notifier_block *block, unsigned long action, void *arg)
{
	struct damon_pmem *pmem = container_of(block, struct damon_pmem, hotplug);

	if (action == MEM_OFFLINE) {
		WRITE_ONCE(pmem->changes, pmem->changes + 1);
		synchronize_rcu();
	}
	return NOTIFY_OK;
}

int damon_pmem_open(struct damon_pmem **pmemp)
{
	struct damon_pmem *pmem = kzalloc(sizeof(*pmem), GFP_KERNEL);
	int err;

	if (!pmem)
		return -ENOMEM;
	pmem->hotplug.notifier_call = on_hotplug;
	err = register_memory_notifier(&pmem->hotplug);
	if (err) {
		kfree(pmem);
		return err;
	}
	*pmemp = pmem;
	return 0;
}

void damon_pmem_close(struct damon_pmem *pmem)
{
	unregister_memory_notifier(&pmem->hotplug);
	kfree(pmem);
}

void damon_heed_hotplug(struct damon_pmem *pmem)
{
	unsigned long changes = READ_ONCE(pmem->changes);

	if (likely(changes == pmem->changes_seen))
		return;
	pmem->changes_seen = changes;
	pmem->stretch = (struct damon_stretch){};
	memset(pmem->stretches, 0, sizeof(pmem->stretches));
	pmem->nr_looked_up = 0;
}

/* Online, no part of it missing, nor device memory, of which pfn_to_online_page() tells. */
static bool is_whole(unsigned long nr)
{
	struct mem_section *section = __nr_to_section(nr);
	struct mem_section_usage *usage;

	static_assert(SUBSECTIONS_PER_SECTION == BITS_PER_LONG);
	if (!online_section(section) || online_device_section(section))
		return false;
	usage = READ_ONCE(section->usage);
	/* It does not change while the section is online. */
	return usage && !~READ_ONCE(usage->subsection_map[0]);
}

/* Has @pmem->stretch be the one of @pfn, if its section is whole. */
static bool find_stretch(struct damon_pmem *pmem, unsigned long pfn)
{
	unsigned long nr = pfn_to_section_nr(pfn), first = nr, end;
	struct damon_stretch *stretch;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(pmem->stretches) && pmem->stretches[i].size; i++) {
		stretch = &pmem->stretches[i];
		if (pfn - stretch->start < stretch->size)
			goto found;
	}
	end = min(nr + MOST_SECTIONS, NR_MEM_SECTIONS);
	while (nr < end && is_whole(nr))
		nr++;
	if (nr == first)
		return false;
	stretch = &pmem->stretches[pmem->nr_looked_up++ % ARRAY_SIZE(pmem->stretches)];
	stretch->start = section_nr_to_pfn(first);
	stretch->size = section_nr_to_pfn(nr) - stretch->start;
found:
	pmem->stretch = *stretch;
	return true;
}

static noinline struct page *find_page_slowly(struct damon_pmem *pmem, unsigned long pfn)
{
	return find_stretch(pmem, pfn) ? pfn_to_page(pfn) : pfn_to_online_page(pfn);
}

/* pfn_to_online_page(), but all memory is mostly one stretch, which is looked up only once. */
static __always_inline struct page *find_page(struct damon_pmem *pmem, unsigned long pfn)
{
	if (likely(pfn - pmem->stretch.start < pmem->stretch.size))
		return pfn_to_page(pfn);
	return find_page_slowly(pmem, pfn);
}

/*
 * A hugetlb folio, which is on no LRU list, with a reference.  folio_try_get() would not do: one that
 * is about to be freed may have a reference count again for a while, and a gigantic one must not be
 * referenced then (6.1).  The kernel's function for memory failures looks under hugetlb_lock, and
 * takes only what is in use.
 */
static noinline struct folio *get_hugetlb(struct folio *folio)
{
	bool hugetlb;

	/* Not held, it may be about anything: a hint, to take no lock for slab and the like. */
	if (!DAMON_HAVE_GET_HUGETLB || !folio_test_hugetlb(folio))
		return NULL;
	if (damon_call_get_hugetlb(folio, &hugetlb, false) <= 0)
		return NULL;
	return folio;
}

/* The folio of a frame, if it is one to watch, with a reference. */
static __always_inline struct folio *get_folio(struct damon_pmem *pmem, unsigned long pfn)
{
	struct folio *folio;
	struct page *page = find_page(pmem, pfn);

	if (unlikely(!page))
		return NULL;
	/*
	 * Without a reference, this may be any folio by now, or none.  So no folio_test_lru(), which
	 * asserts that it is one.  Most frames that are not for us end here: no tail, no head, not on a
	 * list.
	 */
	if (!(READ_ONCE(page->compound_head) & 1) &&
	    !(READ_ONCE(page->flags) & (BIT(PG_lru) | BIT(PG_head))))
		return NULL;
	folio = page_folio(page);
	if (unlikely(!test_bit(PG_lru, &folio->flags))) {
		folio = get_hugetlb(folio);
		if (folio && unlikely(page_folio(page) != folio)) {
			folio_put(folio);
			folio = NULL;
		}
		return folio;
	}
	/*
	 * folio_try_get().  The struct page may be about to become read-only, as those of hugetlb folios
	 * do with vm.hugetlb_optimize_vmemmap.  On 6.12 that waits for a grace period, and we have been
	 * under RCU since the folio was found.  6.1 does not wait: there, as with its own
	 * folio_try_get(), a window remains, of the few instructions from here to the addition.  Read-only
	 * ones are fake heads, or have a reference count of 0, to which nothing is added.
	 */
	if (page_is_fake_head(&folio->page) || !atomic_add_unless(&folio->_refcount, 1, 0))
		return NULL;
	/* With it, it neither is freed nor becomes part of another. */
	if (unlikely(page_folio(page) != folio || !folio_test_lru(folio))) {
		folio_put(folio);
		return NULL;
	}
	return folio;
}

struct folio *damon_get_folio(struct damon_pmem *pmem, unsigned long pfn)
{
	return get_folio(pmem, pfn);
}

static u64 content_of(struct folio *folio)
{
	unsigned long mapping = (unsigned long)READ_ONCE(folio->mapping);

	return (u64)(folio->index ^ mapping >> 6) << __builtin_ctzll(DAMON_COOKIE_CONTENT);
}

/*
 * Page cache, whether somebody maps it or not, is accessed by read() and the like, which call
 * folio_mark_accessed().  That sets PG_referenced, or, if it is set, counts in its stead.  So
 * PG_referenced is cleared, and seen set when accessed: then the call is repeated on behalf of the
 * one that found it cleared.  Else it is set again.  Either way the folio's standing is what it would
 * be without us.  Reclaim too sets PG_referenced of what is mapped, and so does unmapping: both where
 * they find an accessed bit, which may be the one that tells us.
 *
 * Anonymous memory is accessed by its mappings; of a large folio of which a part is mapped, its
 * frames are watched one by one, which flags of the whole do not go with.
 *
 * Two accesses in a row may make the folio active and clear PG_referenced.  Where the kernel has
 * PG_idle (6.12), and the multi-generation LRU is off, that tells.
 */
static void watch_flags(struct folio *folio, struct damon_look *look)
{
	look->whole = folio_test_large(folio);
	look->cookie |= DAMON_COOKIE_FLAGS;
	if (folio_test_referenced(folio)) {
		look->accessed = true;
		folio_clear_referenced(folio);
		look->cookie |= DAMON_COOKIE_REFERENCED;
	}
	if (IS_ENABLED(CONFIG_PAGE_IDLE_FLAG) && !folio_test_idle(folio)) {
		folio_set_idle(folio);
		look->cookie |= DAMON_COOKIE_IDLE;
	}
}

static void check_flags(struct folio *folio, struct damon_look *look)
{
	look->whole = folio_test_large(folio);
	if (folio_test_referenced(folio)) {
		look->accessed = true;
		if (look->cookie & DAMON_COOKIE_REFERENCED)
			folio_mark_accessed(folio);
	} else if (look->cookie & DAMON_COOKIE_REFERENCED) {
		folio_set_referenced(folio);
	}
	if (look->cookie & DAMON_COOKIE_IDLE) {
		if (!folio_test_idle(folio))
			look->accessed = true;
		folio_clear_idle(folio);
	}
}

/* Whether the folio can be looked at. */
static __always_inline bool check_folio(struct damon_pmem *pmem, struct folio *folio,
					struct damon_look *look)
{
	/* Of another content, nothing is known. */
	if (look->cookie && (look->cookie ^ content_of(folio)) & DAMON_COOKIE_CONTENT)
		look->cookie = 0;
	if (look->cookie & DAMON_COOKIE_FLAGS)
		check_flags(folio, look);
	if (!folio_mapped(folio))
		return !folio_test_hugetlb(folio); /* it has no flags that tell of accesses */
	return damon_check_mappings(folio, look, &pmem->held) || look->accessed;
}

static __always_inline bool flags_tell(struct folio *folio, const struct damon_look *look)
{
	if (folio_test_anon(folio) || folio_test_hugetlb(folio))
		return false;
	return !look->mapped || look->whole || !folio_test_large(folio);
}

static __always_inline void prepare_folio(struct damon_pmem *pmem, struct folio *folio,
					  struct damon_look *look)
{
	if (folio_mapped(folio) && !damon_prepare_mappings(folio, look, &pmem->held))
		return;
	if (flags_tell(folio, look))
		watch_flags(folio, look);
	if (look->cookie)
		look->cookie |= content_of(folio);
}

/*
 * Large folios.  Samples of several neighbouring regions may lie in one, under the same accessed
 * bit, and a pass checks and prepares region by region: what it does to the bit for one must not
 * answer for the next.  So every check and preparation that concerns the folio as a whole uses what
 * the first of them found.  As checks go up in addresses, and so do preparations, all of one kind
 * in one folio are consecutive among their kind: it is enough to remember the last of each.  From
 * one batch to the next, too: watches stay where they are during a pass.
 */
static __always_inline enum answer check(struct damon_pmem *pmem, struct folio *folio,
					 unsigned long pfn, u64 cookie)
{
	struct damon_look look = { .pfn = pfn, .cookie = cookie };
	unsigned long head = folio_pfn(folio);
	enum answer answer;

	if (unlikely(head == pmem->prepared.pfn)) {
		look.whole = true;
		look.accessed = pmem->prepared.accessed;
		/*
		 * It is being watched again: what to put back is up to that watch, which has to know of
		 * which content, too.  If another folio took the place meanwhile, they do not agree.
		 */
		if ((cookie ^ content_of(folio)) & DAMON_COOKIE_CONTENT)
			cookie = 0;
		cookie &= DAMON_COOKIE_TAKEN | DAMON_COOKIE_FLAGS | DAMON_COOKIE_CONTENT;
		pmem->prepared_cookie |= cookie;
		*pmem->prepared_watch_cookie |= cookie;
		answer = look.accessed ? ACCESSED : IDLE;
	} else if (likely(check_folio(pmem, folio, &look))) {
		answer = look.accessed ? ACCESSED : IDLE;
	} else {
		answer = UNKNOWN;
	}
	if (unlikely(look.whole)) {
		if (head == pmem->checked.pfn)
			answer = pmem->checked.accessed ? ACCESSED : IDLE;
		pmem->checked.pfn = head;
		pmem->checked.accessed = answer == ACCESSED;
	}
	return answer;
}

static __always_inline void prepare(struct damon_pmem *pmem, struct folio *folio,
				    unsigned long pfn, uint64_t *cookie)
{
	struct damon_look look = { .pfn = pfn };
	unsigned long head = folio_pfn(folio);

	if (unlikely(head == pmem->prepared.pfn)) {
		*cookie = pmem->prepared_cookie;
		pmem->prepared_watch_cookie = cookie;
		return;
	}
	prepare_folio(pmem, folio, &look);
	*cookie = look.cookie;
	if (unlikely(look.whole)) {
		pmem->prepared.pfn = head;
		pmem->prepared.accessed = head == pmem->checked.pfn ? pmem->checked.accessed :
								      look.accessed;
		pmem->prepared_cookie = look.cookie;
		pmem->prepared_watch_cookie = cookie;
	}
}

void damon_pmem_begin(struct damon_pmem *pmem)
{
	pmem->checked.pfn = NO_FOLIO;
	pmem->prepared.pfn = NO_FOLIO;
}

struct damon_verdict damon_pmem_sample(struct damon_pmem *pmem, struct damon_watch *watches,
				       const uint64_t *next, unsigned int count)
{
	struct damon_verdict verdict = {};
	unsigned int i;
	u64 bit = 1;

	rcu_read_lock(); /* for on_hotplug(), and see rmap.c */
	damon_heed_hotplug(pmem);

	for (i = 0; i < count; i++, bit <<= 1) {
		struct damon_watch *watch = &watches[i];
		u64 address = watch->address;
		enum answer answer = UNKNOWN;
		struct folio *folio;

		if (likely(address != DAMON_NO_ADDRESS)) {
			folio = get_folio(pmem, address >> PAGE_SHIFT);
			if (folio) {
				answer = check(pmem, folio, address >> PAGE_SHIFT, watch->cookie);
				folio_put(folio);
			}
		}
		if (answer == ACCESSED)
			verdict.accessed |= bit;
		else if (answer == UNKNOWN)
			verdict.unknown |= bit;

		address = next ? next[i] : DAMON_NO_ADDRESS;
		watch->address = address;
		watch->cookie = 0;
		if (unlikely(address == DAMON_NO_ADDRESS))
			continue;
		folio = get_folio(pmem, address >> PAGE_SHIFT);
		if (folio) {
			prepare(pmem, folio, address >> PAGE_SHIFT, &watch->cookie);
			folio_put(folio);
		}
	}

	damon_release(&pmem->held);
	rcu_read_unlock();
	cond_resched();
	return verdict;
}
