// SPDX-License-Identifier: GPL-2.0
/* Who maps a KSM page only the kernel knows: it is asked, with its own rmap_walk(), which sleeps. */
#include <linux/ksm.h>
#include <linux/pagemap.h>
#include <linux/rmap.h>

#include <damon/symbols.h>

#include "look.h"
#include "pmem.h"

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
