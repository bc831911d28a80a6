// SPDX-License-Identifier: GPL-2.0
/*
 * From a page frame to the page-table entries that map it, and their accessed bits.
 *
 * Not with the kernel's rmap_walk(), but for KSM pages, of whose mappings only the kernel knows: it
 * is not exported, calls back for each mapping through pointers, and sleeps.  Here all locks are only
 * tried, so it works under RCU.  And consecutive samples mostly lie in the memory of one process, or
 * in one file: so the lock of its tree of mappings, the last mapping and the last PMD table are kept
 * until others are needed, somebody waits for the lock, or the batch ends.
 *
 * What a look costs is bounded, however often a frame is mapped: it looks at MOST_LOOKS mappings at
 * most, and stops when MOST_FOUND of them do map the frame.  If a frame has more mappings, the
 * look begins somewhere among them: where, depends on the frame.  So over the frames of a region
 * every mapping has its chance to be seen.
 *
 * Accessed bits are changed one at a time, atomically and under the page-table lock: the lock keeps
 * software from changing the entry, while the CPU may set its accessed and dirty bits at any time.
 * No TLB flush: a cached translation may hide an access, as for the kernel's own ageing.
 */
#include <linux/bitfield.h>
#include <linux/fs.h>
#include <linux/interval_tree_generic.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/rmap.h>

#include <damon/symbols.h>

#include "core/secondary_mmu.h"
#include "pmem.h"

#define MOST_LOOKS 16
#define MOST_FOUND 8
/* Of a folio of which all is to be seen. */
#define MOST_LOOKS_TO_CLEAR 4096

static_assert(MOST_FOUND == 8); /* as DAMON_COOKIE_YOUNG */
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

/* A mapping to begin with: one of @offset, somewhere in the tree, or NULL. */
#define DEFINE_SOMEWHERE(prefix, tag, member, first, last)					\
	static struct tag *prefix##_somewhere(struct rb_root_cached *tree, unsigned long offset,	\
					unsigned long hash)					\
	{											\
		struct rb_node *rb = tree->rb_root.rb_node;					\
		struct tag *found = NULL;							\
												\
		for (; rb; rb = hash & 1 ? rb->rb_left : rb->rb_right, hash >>= 1) {		\
			struct tag *node = rb_entry(rb, struct tag, member);				\
												\
			if (first(node) <= offset && offset <= last(node))			\
				found = node;							\
		}										\
		return found;									\
	}

DEFINE_SOMEWHERE(file_mappings, vm_area_struct, shared.rb, first_offset, last_offset)
DEFINE_SOMEWHERE(anon_mappings, anon_vma_chain, rb, first_offset_of_chain,
		 last_offset_of_chain)

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

static bool pud_maps(pud_t pud, unsigned long pfn)
{
	return pud_present(pud) && native_pud_val(pud) & _PAGE_PSE &&
	       pfn - pud_pfn(pud) < PUD_SIZE / PAGE_SIZE;
}

static noinline pmd_t *find_pmds(struct damon_held *held, struct mm_struct *mm,
				 unsigned long address)
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

/* The same for one of 1 GiB, which only hugetlb has. */
static bool look_at_gigantic_entry(struct walk *walk, struct mm_struct *mm, pud_t *pudp)
{
	spinlock_t *lock;
	bool maps;
	pud_t pud;

	lock = pud_lock(mm, pudp);
	pud = READ_ONCE(*pudp);
	maps = pud_maps(pud, walk->pfn);
	if (maps) {
		walk->whole = true;
		walk->accessed |= !!(native_pud_val(pud) & _PAGE_ACCESSED);
		if (must_change(walk, native_pud_val(pud)))
			change(walk, pudp);
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

/* In a hugetlb mapping an entry is a PMD or a PUD, and tables are not remembered. */
static noinline void look_at_hugetlb(struct walk *walk, struct mm_struct *mm, unsigned long address)
{
	bool maps = false;
	pud_t *pudp, pud;
	pmd_t *pmdp;
	pgd_t *pgd;
	p4d_t *p4d;

	pgd = pgd_offset(mm, address);
	if (pgd_none(*pgd))
		return;
	p4d = p4d_offset(pgd, address);
	if (p4d_none(*p4d))
		return;
	pudp = pud_offset(p4d, address);
	pud = READ_ONCE(*pudp);
	if (pud_maps(pud, walk->pfn)) {
		maps = look_at_gigantic_entry(walk, mm, pudp);
	} else if (pud_present(pud) && !pud_bad(pud)) {
		pmdp = pmd_offset(&pud, address);
		if (pmd_maps(READ_ONCE(*pmdp), walk->pfn))
			maps = look_at_huge_entry(walk, mm, pmdp);
	}
	if (maps)
		count_found(walk, mm, address, damon_has_secondary(mm));
}

static __always_inline void look_at_mapping(struct walk *walk, struct damon_held *held,
					    struct vm_area_struct *vma)
{
	unsigned long address = vma->vm_start + ((walk->offset - vma->vm_pgoff) << PAGE_SHIFT);

	if (unlikely(address < vma->vm_start || address >= vma->vm_end))
		return;
	if (likely(!walk->hugetlb))
		look_at_entry(walk, held, vma, address);
	else
		look_at_hugetlb(walk, vma->vm_mm, address);
}

/* Looks at a mapping.  Returns whether to go on. */
static __always_inline bool visit(struct walk *walk, struct damon_held *held,
				  struct vm_area_struct *vma)
{
	held->vma = vma;
	look_at_mapping(walk, held, vma);
	if (walk->found == walk->nr_mappings || walk->found == MOST_FOUND)
		return false;
	/* An access was seen, and all is put back. */
	if (!walk->prepare && walk->accessed && !(walk->young >> walk->found))
		return false;
	return ++walk->looks < MOST_LOOKS;
}

/* All mappings of the frame in a tree, until visit() has enough. */
#define VISIT(prefix, type, tree, walk, held, vma_of)						\
	do {											\
		unsigned long offset = (walk)->offset;						\
		type *start = NULL, *node;							\
												\
		if ((walk)->many)								\
			start = prefix##_somewhere(tree, offset,				\
						   (walk)->pfn * GOLDEN_RATIO_64 >> 32);	\
		for (node = start; node && visit(walk, held, vma_of(node));			\
		     node = prefix##_iter_next(node, offset, offset))				\
			;									\
		if (node) /* enough */								\
			break;									\
		for (node = prefix##_iter_first(tree, offset, offset);				\
		     node && node != start && visit(walk, held, vma_of(node));				\
		     node = prefix##_iter_next(node, offset, offset))				\
			;									\
	} while (0)

#define vma_of_chain(chain) ((chain)->vma)
#define vma_of_vma(vma) (vma)

void damon_release(struct damon_held *held)
{
	if (held->lock)
		up_read(held->lock);
	if (held->folio) {
		folio_unlock(held->folio);
		folio_put(held->folio);
	}
	*held = (struct damon_held){};
}

/*
 * Gets and keeps the lock of the anonymous mappings of a folio.  Its anon_vma lives as long as the
 * folio is mapped.  Should it be unmapped by now: under RCU the memory remains that of an anon_vma
 * (SLAB_TYPESAFE_BY_RCU), whose root is one too.
 */
static __always_inline bool hold_anon(struct damon_held *held, struct anon_vma *anon_vma)
{
	struct rw_semaphore *lock = &READ_ONCE(anon_vma->root)->rwsem;

	if (likely(lock == held->lock))
		return true;
	damon_release(held);
	if (!down_read_trylock(lock))
		return false;
	held->lock = lock;
	return true;
}

static __always_inline unsigned long offset_of(struct folio *folio, const struct walk *walk)
{
	unsigned long offset = likely(!walk->hugetlb) ? folio->index : damon_hugetlb_offset(folio);

	return offset + (walk->pfn - folio_pfn(folio));
}

/*
 * Holds the lock, and finds the tree, of the anonymous mappings of a folio: NULL if it was unmapped
 * by now.  False: not to be had just now.
 */
static __always_inline bool hold_anon_mappings(struct folio *folio, struct damon_held *held,
					       struct rb_root_cached **tree)
{
	unsigned long mapping = (unsigned long)READ_ONCE(folio->mapping);
	struct anon_vma *anon_vma;

	*tree = NULL;
	/* KSM pages have another list of mappings: see damon_take_young_of_ksm(). */
	if ((mapping & PAGE_MAPPING_FLAGS) != PAGE_MAPPING_ANON)
		return false;
	/* Asked after reading the mapping, as hold_anon() wants it. */
	if (!folio_mapped(folio))
		return true;
	anon_vma = (struct anon_vma *)(mapping - PAGE_MAPPING_ANON);
	if (!hold_anon(held, anon_vma))
		return false;
	/*
	 * Locked, an anon_vma is not freed (anon_vma_free() waits for the lock).  Still the folio's,
	 * for it may have moved to another before we had the lock, the folio not being locked?
	 */
	if (unlikely((unsigned long)READ_ONCE(folio->mapping) != mapping || !folio_mapped(folio)))
		return false;
	*tree = &anon_vma->rb_root;
	return true;
}

static __always_inline bool visit_anon_mappings(struct folio *folio, struct walk *walk,
						struct damon_held *held)
{
	struct rb_root_cached *tree;

	if (!hold_anon_mappings(folio, held, &tree))
		return false;
	if (!tree)
		return true;

	walk->offset = offset_of(folio, walk);
	/* Mostly it is the mapping of the last sample, which the lock keeps. */
	if (walk->nr_mappings == 1 && held->vma)
		look_at_mapping(walk, held, held->vma);
	if (unlikely(!walk->found))
		VISIT(anon_mappings, struct anon_vma_chain, tree, walk, held, vma_of_chain);
	return true;
}

/*
 * Gets and keeps the lock of a file's mappings.  A locked folio keeps truncation off: it stays in
 * the file's page cache, and so the file's inode, with the lock in it, is not freed.  One will do
 * for all folios of the file.
 */
static __always_inline bool hold_file(struct damon_held *held, struct folio *folio)
{
	struct address_space *mapping = READ_ONCE(folio->mapping);

	if (likely(mapping && mapping == held->mapping))
		return true;
	damon_release(held);
	if (!folio_trylock(folio))
		return false;
	mapping = folio->mapping;
	if (!mapping || (unsigned long)mapping & PAGE_MAPPING_FLAGS ||
	    !i_mmap_trylock_read(mapping)) {
		folio_unlock(folio);
		return false;
	}
	folio_get(folio);
	held->folio = folio;
	held->mapping = mapping;
	held->lock = &mapping->i_mmap_rwsem;
	return true;
}

static __always_inline bool visit_file_mappings(struct folio *folio, struct walk *walk,
						struct damon_held *held)
{
	if (!hold_file(held, folio))
		return false;
	/* If it was truncated since, no entry maps the frame: it is not used anew while we have it. */
	walk->offset = offset_of(folio, walk);
	if (walk->nr_mappings == 1 && held->vma)
		look_at_mapping(walk, held, held->vma);
	if (unlikely(!walk->found))
		VISIT(file_mappings, struct vm_area_struct, &held->mapping->i_mmap, walk, held,
		      vma_of_vma);
	return true;
}

static __always_inline bool look(struct folio *folio, struct damon_look *look,
				 struct damon_held *held, bool prepare)
{
	struct walk walk = {
		.pfn = look->pfn,
		.prepare = prepare,
		.nr_mappings = UINT_MAX,
	};
	bool done;

	if (likely(!folio_test_large(folio)))
		walk.nr_mappings = atomic_read(&folio->_mapcount) + 1;
	else if (folio_test_hugetlb(folio))
		walk.hugetlb = true; /* a shared table counts as one: how many mappings is not told */
	else if (folio_entire_mapcount(folio)) /* else it is not told how often a part is mapped */
		walk.nr_mappings = folio_entire_mapcount(folio);
	if (prepare) {
		walk.many = walk.nr_mappings > MOST_FOUND;
	} else {
		walk.many = look->cookie & DAMON_COOKIE_MANY;
		walk.young = FIELD_GET(DAMON_COOKIE_YOUNG, look->cookie);
	}

	done = folio_test_anon(folio) ? visit_anon_mappings(folio, &walk, held) :
					visit_file_mappings(folio, &walk, held);
	look->mapped = walk.found;
	look->accessed |= walk.accessed;
	look->whole |= walk.whole;
	if (prepare)
		look->cookie |= FIELD_PREP(DAMON_COOKIE_YOUNG, walk.young) |
				FIELD_PREP(DAMON_COOKIE_MANY, walk.many);
	if (held->lock && unlikely(rwsem_is_contended(held->lock)))
		damon_release(held);
	return done;
}

bool damon_check_mappings(struct folio *folio, struct damon_look *what, struct damon_held *held)
{
	return look(folio, what, held, false);
}

bool damon_prepare_mappings(struct folio *folio, struct damon_look *what, struct damon_held *held)
{
	return look(folio, what, held, true);
}

/* Of one mapping of @folio.  False: enough looks. */
static __always_inline bool take_young_of(struct walk *walk, struct damon_held *held,
					  struct folio *folio, struct vm_area_struct *vma)
{
	unsigned long first = max(folio->index, first_offset(vma));
	unsigned long last = min(folio->index + folio_nr_pages(folio) - 1, last_offset(vma));
	unsigned long offset;

	for (offset = first; offset <= last; offset++) {
		walk->offset = offset;
		walk->pfn = folio_pfn(folio) + (offset - folio->index);
		walk->found = 0;
		walk->whole = false;
		look_at_mapping(walk, held, vma);
		if (++walk->looks == MOST_LOOKS_TO_CLEAR)
			return false;
		if (walk->whole) /* by one entry, that is */
			break;
	}
	return true;
}

/* Of all mappings in a tree. */
#define TAKE_YOUNG(prefix, type, tree, walk, held, folio, vma_of)				\
	({											\
		unsigned long first = (folio)->index;						\
		unsigned long last = first + folio_nr_pages(folio) - 1;				\
		type *node = prefix##_iter_first(tree, first, last);				\
												\
		while (node && take_young_of(walk, held, folio, vma_of(node)))			\
			node = prefix##_iter_next(node, first, last);				\
		!node;										\
	})

bool damon_take_young_mappings(struct folio *folio, struct damon_held *held, unsigned int *looks)
{
	struct walk walk = { .prepare = true };
	struct rb_root_cached *tree;
	bool complete = false;

	if (!folio_test_anon(folio)) {
		if (hold_file(held, folio))
			complete = TAKE_YOUNG(file_mappings, struct vm_area_struct,
					      &held->mapping->i_mmap, &walk, held, folio, vma_of_vma);
	} else if (hold_anon_mappings(folio, held, &tree)) {
		complete = !tree || TAKE_YOUNG(anon_mappings, struct anon_vma_chain, tree, &walk,
					       held, folio, vma_of_chain);
	}
	if (held->lock && unlikely(rwsem_is_contended(held->lock)))
		damon_release(held);
	*looks += walk.looks;
	return walk.accessed || !complete;
}

/* The kernel agrees with damon/symbols.h. */
static_assert(__same_type(rmap_walk, damon_prototype_rmap_walk));

/* False: enough looks. */
static bool take_young_of_ksm_at(struct folio *folio, struct vm_area_struct *vma,
				 unsigned long address, void *arg)
{
	struct walk *walk = arg;
	/* rmap_walk() holds the lock of the tree that @vma is in, and for the next may take another. */
	struct damon_held held = {};

	rcu_read_lock();
	walk->found = 0;
	look_at_entry(walk, &held, vma, address);
	rcu_read_unlock();
	return ++walk->looks < MOST_LOOKS_TO_CLEAR;
}

bool damon_take_young_of_ksm(struct folio *folio, unsigned int *looks)
{
	struct walk walk = { .pfn = folio_pfn(folio), .prepare = true };
	struct rmap_walk_control control = {
		.rmap_one = take_young_of_ksm_at,
		.arg = &walk,
		.try_lock = true,
	};

	/* Locked, it stays one, and who maps it does not change (mm/ksm.c). */
	if (!DAMON_HAVE(rmap_walk) || !folio_trylock(folio))
		return true;
	if (folio_test_ksm(folio))
		static_call(damon_rmap_walk)(folio, &control);
	else
		control.contended = true;
	folio_unlock(folio);
	*looks += walk.looks;
	return walk.accessed || control.contended || walk.looks == MOST_LOOKS_TO_CLEAR;
}
