// SPDX-License-Identifier: GPL-2.0
/* What is done with folios, see core/folio_action.h. */
#include <linux/gfp.h>
#include <linux/migrate.h>
#include <linux/mm.h>
#include <linux/mm_inline.h>
#include <linux/nodemask.h>
#include <linux/swap.h>
#include <linux/vmstat.h>

#include <damon/symbols.h>

#include "folio_action.h"

/* Where a header tells, it agrees with damon/symbols.h. */
static_assert(__same_type(migrate_pages, damon_prototype_migrate_pages));

#define UNREACHABLE(action, function) action ": this kernel's " function "() cannot be reached"

const char *damon_folio_action_lacks(enum damon_folio_action action)
{
	switch (action) {
	case DAMON_FOLIO_PAGEOUT:
		if (!DAMON_HAVE(folio_isolate_lru))
			return UNREACHABLE("pageout", "folio_isolate_lru");
		if (!DAMON_HAVE(reclaim_pages))
			return UNREACHABLE("pageout", "reclaim_pages");
		break;
	case DAMON_FOLIO_MIGRATE:
		if (!DAMON_HAVE(folio_isolate_lru))
			return UNREACHABLE("migrate_hot, migrate_cold", "folio_isolate_lru");
		if (!DAMON_HAVE(migrate_pages))
			return UNREACHABLE("migrate_hot, migrate_cold", "migrate_pages");
		break;
	case DAMON_FOLIO_LRU_PRIO:
		if (!DAMON_HAVE(folio_activate))
			return UNREACHABLE("lru_prio", "folio_activate");
		break;
	case DAMON_FOLIO_LRU_DEPRIO:
		if (!DAMON_HAVE_DEACTIVATE)
			return UNREACHABLE("lru_deprio", DAMON_DEACTIVATE_NAME);
		break;
	case DAMON_FOLIO_STAT:
	case DAMON_NR_FOLIO_ACTIONS:
		break;
	}
	return NULL;
}

void damon_folio_batch_add(struct damon_folio_batch *batch, struct folio *folio)
{
	/* It answers 0 where the function is missing, which may mean success. */
	if (!DAMON_HAVE(folio_isolate_lru) ||
	    !damon_isolated(static_call(damon_folio_isolate_lru)(folio)))
		return;
	list_add_tail(&folio->lru, &batch->folios);
	batch->nr_pages += folio_nr_pages(folio);
}

/* To its LRU list, with the reference of having been isolated dropped: folio_putback_lru(). */
static void put_back(struct folio *folio)
{
	list_del(&folio->lru);
	folio_add_lru(folio);
	folio_put(folio);
}

void damon_folio_batch_add_evictable(struct damon_folio_batch *batch, struct folio *folio)
{
	unsigned long nr_pages = batch->nr_pages;

	if (folio_test_unevictable(folio))
		return;
	damon_folio_batch_add(batch, folio);
	/* While it is off its list, this does not change; but it may have just before. */
	if (batch->nr_pages != nr_pages && unlikely(folio_test_unevictable(folio))) {
		put_back(folio);
		batch->nr_pages = nr_pages;
	}
}

u64 damon_reclaim(struct damon_folio_batch *batch)
{
	u64 nr_reclaimed = 0;

	/* What is not reclaimed it puts back. */
	if (!list_empty(&batch->folios))
		nr_reclaimed = static_call(damon_reclaim_pages)(&batch->folios);
	batch->nr_pages = 0;
	return nr_reclaimed * PAGE_SIZE;
}

/*
 * A folio to migrate to: on that node or none.  It waits for nobody to free memory, but kswapd and
 * kcompactd get word of it.
 */
static DAMON_MIGRATION_UNIT *migration_target(DAMON_MIGRATION_UNIT *from, unsigned long nid)
{
	const gfp_t gfp = (GFP_HIGHUSER_MOVABLE & ~__GFP_DIRECT_RECLAIM) | __GFP_THISNODE |
			  __GFP_NOWARN | __GFP_NORETRY | __GFP_NOMEMALLOC;
	struct folio *target;

	target = __folio_alloc(gfp, folio_order(damon_unit_to_folio(from)), nid, NULL);
	return damon_folio_to_unit(target);
}

u64 damon_migrate(struct damon_folio_batch *batch, int nid)
{
	unsigned int nr_migrated = 0;
	struct folio *folio, *next;

	if (list_empty(&batch->folios))
		return 0;
	/* migrate_pages() takes those off this account that it migrates. */
	list_for_each_entry(folio, &batch->folios, lru)
		node_stat_add_folio(folio, NR_ISOLATED_ANON + folio_is_file_lru(folio));
	static_call(damon_migrate_pages)(&batch->folios, migration_target, NULL, nid, MIGRATE_ASYNC,
					 DAMON_MIGRATE_REASON, &nr_migrated);
	list_for_each_entry_safe(folio, next, &batch->folios, lru) {
		node_stat_sub_folio(folio, NR_ISOLATED_ANON + folio_is_file_lru(folio));
		put_back(folio);
	}
	batch->nr_pages = 0;
	return (u64)nr_migrated * PAGE_SIZE;
}

bool damon_can_migrate_to(int nid)
{
	return nid >= 0 && nid < MAX_NUMNODES && node_state(nid, N_MEMORY);
}

void damon_activate(struct folio *folio)
{
	static_call(damon_folio_activate)(folio);
}

void damon_deactivate(struct folio *folio)
{
	damon_call_deactivate(folio);
}
