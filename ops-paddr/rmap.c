// SPDX-License-Identifier: GPL-2.0
/*
 * From a page frame to the page-table entries that map it, and their accessed bits.
 *
 * Not with the kernel's rmap_walk(), but for KSM pages (ksm.c): it is not exported, calls back for
 * each mapping through pointers, and sleeps.  Here all locks are only tried, so it works under RCU.
 * And consecutive samples mostly lie in the memory of one process, or in one file: so the lock of its
 * tree of mappings, the last mapping and the last PMD table are kept until others are needed, somebody
 * waits for the lock, or the batch ends.
 *
 * What a look costs is bounded, however often a frame is mapped: it looks at MOST_LOOKS mappings at
 * most, and stops when MOST_FOUND of them do map the frame.  If a frame has more mappings, the
 * look begins somewhere among them: where, depends on the frame.  So over the frames of a region
 * every mapping has its chance to be seen.
 */
#include <linux/bitfield.h>
#include <linux/fs.h>
#include <linux/interval_tree_generic.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/rmap.h>

#include "core/page_table.h"
#include "look.h"
#include "pmem.h"

#define MOST_LOOKS 16
#define MOST_FOUND 8

static_assert(MOST_FOUND == 8); /* as DAMON_COOKIE_YOUNG */

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

static bool pud_maps(pud_t pud, unsigned long pfn)
{
	return pud_present(pud) && native_pud_val(pud) & _PAGE_PSE &&
	       pfn - pud_pfn(pud) < PUD_SIZE / PAGE_SIZE;
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

/* In a hugetlb mapping an entry is a PMD or a PUD, and tables are not remembered. */
static noinline void look_at_hugetlb(struct walk *walk, struct mm_struct *mm, unsigned long address)
{
	bool maps = false;
	pud_t *pudp, pud;
	pmd_t *pmdp;

	pudp = damon_find_pud(mm, address);
	if (!pudp)
		return;
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
	else /* of the frame alone, and of the whole; 6.1 may count some twice: then no early end */
		walk.nr_mappings = atomic_read(&pfn_to_page(look->pfn)->_mapcount) + 1 +
				   folio_entire_mapcount(folio);
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
