// SPDX-License-Identifier: GPL-2.0
/*
 * From a page frame to the page-table entries that map it, and their accessed bits.
 *
 * Not with the kernel's rmap_walk(): it is not exported, calls back for each mapping through
 * pointers, and sleeps.  Here all locks are only tried, so it works under RCU, and a mapping costs
 * some 60 instructions.
 *
 * What a look costs is bounded, however often a frame is mapped: it visits at most MOST_VISITS
 * mappings, and looks at the entries of at most MOST_LOOKS of them.  Of a frame with more mappings
 * it looks at every second or fourth, beginning with one that depends on the frame.  So over the
 * frames of a region each mapping has the same chance.
 *
 * Accessed bits are changed one at a time, atomically and under the page-table lock: the lock keeps
 * software from changing the entry, while the CPU may set its accessed and dirty bits at any time.
 * No TLB flush: a cached translation may hide an access, as for the kernel's own ageing.
 *
 * Secondary MMUs (KVM) are not asked: they would be where an accessed bit is read and cleared.
 */
#include <linux/bitfield.h>
#include <linux/fs.h>
#include <linux/interval_tree_generic.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/rmap.h>

#include "pmem.h"

#define MOST_VISITS 64
#define MOST_LOOKS 16

static_assert(MOST_LOOKS == 16 && MOST_VISITS == 4 * MOST_LOOKS); /* as DAMON_COOKIE_* */
static_assert(sizeof(pte_t) == sizeof(unsigned long) && sizeof(pmd_t) == sizeof(unsigned long));

/* The kernel's own trees of mappings, sorted by page offset; its functions are not exported. */
static inline unsigned long first_offset(struct vm_area_struct *vma)
{
	return vma->vm_pgoff;
}

static inline unsigned long last_offset(struct vm_area_struct *vma)
{
	return vma->vm_pgoff + vma_pages(vma) - 1;
}

#define first_offset_of_chain(chain) first_offset((chain)->vma)
#define last_offset_of_chain(chain) last_offset((chain)->vma)

INTERVAL_TREE_DEFINE(struct vm_area_struct, shared.rb, unsigned long, shared.rb_subtree_last,
		     first_offset, last_offset, static inline, file_mappings)
INTERVAL_TREE_DEFINE(struct anon_vma_chain, rb, unsigned long, rb_subtree_last,
		     first_offset_of_chain, last_offset_of_chain, static inline, anon_mappings)

/* A walk over the mappings of one frame. */
struct walk {
	struct damon_look *look;
	unsigned long offset; /* of the frame in what is mapped */
	unsigned long mask; /* a visit is a look if these bits of the phase are 0 */
	unsigned long phase;
	unsigned int visits;
	unsigned int looks;
	unsigned int found, nr_mappings; /* the latter may be UINT_MAX: unknown */
};

static __always_inline bool young(unsigned long entry)
{
	return entry & _PAGE_ACCESSED;
}

/* Whether the bit of this look's cookie asks to set the accessed bit again. */
static __always_inline bool was_young(const struct walk *walk)
{
	return walk->look->cookie & BIT_ULL(walk->looks);
}

static __always_inline bool must_change(const struct walk *walk, unsigned long entry)
{
	return walk->look->prepare ? young(entry) : !young(entry) && was_young(walk);
}

/* The caller holds the page-table lock, and saw the entry present under it. */
static __always_inline void change(const struct walk *walk, void *entryp)
{
	if (walk->look->prepare) {
		clear_bit(_PAGE_BIT_ACCESSED, entryp);
		walk->look->cookie |= BIT_ULL(walk->looks);
	} else {
		set_bit(_PAGE_BIT_ACCESSED, entryp);
	}
}

static __always_inline bool pte_maps(pte_t pte, unsigned long pfn)
{
	return pte_present(pte) && pte_pfn(pte) == pfn;
}

static __always_inline bool pmd_maps(pmd_t pmd, unsigned long pfn)
{
	return pmd_present(pmd) && pmd_trans_huge(pmd) && pfn - pmd_pfn(pmd) < PTRS_PER_PMD;
}

static pmd_t *find_pmd(struct mm_struct *mm, unsigned long address)
{
	pgd_t *pgd;
	p4d_t *p4d;
	pud_t pud;

	/* Not *_none_or_clear_bad(): what we do not understand, we leave alone. */
	pgd = pgd_offset(mm, address);
	if (pgd_none(*pgd))
		return NULL;
	p4d = p4d_offset(pgd, address);
	if (p4d_none(*p4d))
		return NULL;
	/* Read once: a huge PUD may be split and zapped meanwhile. */
	pud = READ_ONCE(*pud_offset(p4d, address));
	if (pud_none(pud) || pud_bad(pud))
		return NULL;
	return pmd_offset(&pud, address);
}

static noinline void look_at_huge_entry(struct walk *walk, struct mm_struct *mm, pmd_t *pmdp)
{
	spinlock_t *lock;
	pmd_t pmd;

	lock = pmd_lock(mm, pmdp);
	/* Locked, it can no longer be split or zapped. */
	pmd = READ_ONCE(*pmdp);
	if (pmd_maps(pmd, walk->look->pfn)) {
		walk->found++;
		walk->look->whole = true;
		walk->look->accessed |= young(pmd_val(pmd));
		if (must_change(walk, pmd_val(pmd)))
			change(walk, pmdp);
	}
	spin_unlock(lock);
}

/*
 * What may be freed under us, and why it is not.  The lock of the tree of mappings is held for
 * reading:
 *
 * - The mapping leaves the tree, under that lock for writing, before free_pgtables() frees its page
 *   tables, or exit_mmap() the mm.  No reference on the mm is needed.
 * - A PTE table may be taken out by khugepaged: under that lock for writing (6.1); or under the PTE
 *   lock, and then it is freed after a grace period (since 6.6).  We are under RCU.
 * - mremap() may move a PTE table within the mm.  It stays a table, with the same lock.
 */
static __always_inline void look_at_entry(struct walk *walk, struct vm_area_struct *vma,
					  unsigned long address)
{
	pmd_t *pmdp = find_pmd(vma->vm_mm, address);
	spinlock_t *lock;
	pte_t *ptep, pte;
	pmd_t pmd;

	if (unlikely(!pmdp))
		return;
again:
	/* Not locked, only this snapshot can be trusted. */
	pmd = READ_ONCE(*pmdp);
	if (unlikely(pmd_bad(pmd))) { /* not a table */
		if (pmd_maps(pmd, walk->look->pfn))
			look_at_huge_entry(walk, vma->vm_mm, pmdp);
		return;
	}
	ptep = pte_offset_kernel(&pmd, address);
	pte = READ_ONCE(*ptep);
	if (!pte_maps(pte, walk->look->pfn))
		return;
	/* To read one entry, no lock is needed: it is one word, read once. */
	if (must_change(walk, pte_val(pte))) {
		lock = pte_lockptr(vma->vm_mm, &pmd);
		spin_lock(lock);
		/* Is it still the table of this place, and does the entry still map the frame? */
		if (unlikely(pmd_val(pmd) != pmd_val(READ_ONCE(*pmdp)))) {
			spin_unlock(lock);
			goto again;
		}
		pte = READ_ONCE(*ptep);
		if (pte_maps(pte, walk->look->pfn) && must_change(walk, pte_val(pte)))
			change(walk, ptep);
		spin_unlock(lock);
		if (!pte_maps(pte, walk->look->pfn))
			return;
	}
	walk->found++;
	walk->look->accessed |= young(pte_val(pte));
}

/* Visits a mapping.  Returns whether to go on. */
static __always_inline bool visit(struct walk *walk, struct vm_area_struct *vma)
{
	unsigned long address;

	if ((walk->phase++ & walk->mask) == 0) {
		address = vma->vm_start + ((walk->offset - vma->vm_pgoff) << PAGE_SHIFT);
		if (likely(address >= vma->vm_start && address < vma->vm_end))
			look_at_entry(walk, vma, address);
		if (++walk->looks == MOST_LOOKS || walk->found == walk->nr_mappings)
			return false;
		/* An access was seen, and all is put back. */
		if (!walk->look->prepare && walk->look->accessed &&
		    !((walk->look->cookie & DAMON_COOKIE_YOUNG) >> walk->looks))
			return false;
	}
	return ++walk->visits < MOST_VISITS;
}

static bool visit_anon_mappings(struct folio *folio, struct walk *walk)
{
	unsigned long mapping = (unsigned long)READ_ONCE(folio->mapping);
	struct anon_vma_chain *chain;
	struct anon_vma *anon_vma;
	struct rw_semaphore *lock;

	/* KSM pages have another list of mappings, which the kernel keeps to itself. */
	if ((mapping & PAGE_MAPPING_FLAGS) != PAGE_MAPPING_ANON)
		return false;
	/*
	 * As long as the folio is mapped, its anon_vma lives.  Even if it is unmapped by now: under
	 * RCU the memory remains that of an anon_vma (SLAB_TYPESAFE_BY_RCU), whose root is one too.
	 */
	if (!folio_mapped(folio))
		return true;
	anon_vma = (struct anon_vma *)(mapping - PAGE_MAPPING_ANON);
	lock = &READ_ONCE(anon_vma->root)->rwsem;
	if (!down_read_trylock(lock))
		return false;
	/*
	 * Locked, an anon_vma is not freed (anon_vma_free() waits for the lock).  Still the folio's,
	 * for it may have moved to another before we had the lock, the folio not being locked?
	 */
	if (unlikely((unsigned long)READ_ONCE(folio->mapping) != mapping || !folio_mapped(folio))) {
		up_read(lock);
		return false;
	}

	walk->offset = folio->index + (walk->look->pfn - folio_pfn(folio));
	for (chain = anon_mappings_iter_first(&anon_vma->rb_root, walk->offset, walk->offset);
	     chain && visit(walk, chain->vma);
	     chain = anon_mappings_iter_next(chain, walk->offset, walk->offset))
		;
	up_read(lock);
	return true;
}

static bool visit_file_mappings(struct folio *folio, struct walk *walk)
{
	struct address_space *mapping;
	struct vm_area_struct *vma;
	bool done = false;

	/* The folio lock keeps truncation off, and so the folio in its mapping, and that alive. */
	if (!folio_trylock(folio))
		return false;
	mapping = folio->mapping;
	if (mapping && !((unsigned long)mapping & PAGE_MAPPING_FLAGS) &&
	    i_mmap_trylock_read(mapping)) {
		walk->offset = folio->index + (walk->look->pfn - folio_pfn(folio));
		for (vma = file_mappings_iter_first(&mapping->i_mmap, walk->offset, walk->offset);
		     vma && visit(walk, vma);
		     vma = file_mappings_iter_next(vma, walk->offset, walk->offset))
			;
		i_mmap_unlock_read(mapping);
		done = true;
	}
	folio_unlock(folio);
	return done;
}

bool damon_look_at_mappings(struct folio *folio, struct damon_look *look)
{
	struct walk walk = { .look = look, .nr_mappings = UINT_MAX };
	bool done;

	if (likely(!folio_test_large(folio)))
		walk.nr_mappings = atomic_read(&folio->_mapcount) + 1;
	else if (folio_entire_mapcount(folio)) /* else it is not told how often a part is mapped */
		walk.nr_mappings = folio_entire_mapcount(folio);
	if (!look->prepare)
		walk.mask = FIELD_GET(DAMON_COOKIE_STRIDE, look->cookie);
	else if (walk.nr_mappings > MOST_LOOKS && walk.nr_mappings != UINT_MAX)
		walk.mask = walk.nr_mappings > 2 * MOST_LOOKS ? 3 : 1;
	walk.phase = look->pfn;

	done = folio_test_anon(folio) ? visit_anon_mappings(folio, &walk) :
					visit_file_mappings(folio, &walk);
	look->mapped = walk.found;
	if (look->prepare && done)
		look->cookie |= FIELD_PREP(DAMON_COOKIE_STRIDE, walk.mask);
	return done;
}
