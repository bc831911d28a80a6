/* SPDX-License-Identifier: GPL-2.0 */
/* What is done with folios, as the operations sets share it. */
#ifndef DAMON_CORE_FOLIO_ACTION_H
#define DAMON_CORE_FOLIO_ACTION_H

#include <linux/list.h>
#include <linux/mm_types.h>

#include <damon/compat.h>
#include <damon/port.h>

/* Folios that were taken off their LRU lists, each with a reference, to be handled together. */
struct damon_folio_batch {
	struct list_head folios;
	unsigned long nr_pages;
};

/*
 * As many pages are enough for a batch.  It bounds what other reclaimers miss meanwhile, and how
 * long it takes until the thread can end.
 */
#define DAMON_BATCH_PAGES 1024

#define DAMON_FOLIO_BATCH(name) \
	struct damon_folio_batch name = { .folios = LIST_HEAD_INIT((name).folios) }

static inline bool damon_folio_batch_full(const struct damon_folio_batch *batch)
{
	return batch->nr_pages >= DAMON_BATCH_PAGES;
}

/*
 * Takes a folio off its LRU list, into the batch.  The caller holds a reference and keeps it: until
 * it is put, the folio can be neither reclaimed nor migrated.  Not if the folio is on no list by now.
 * Any context with interrupts on.
 */
void damon_folio_batch_add(struct damon_folio_batch *batch, struct folio *folio);
/* The same, if the folio can be reclaimed at all. */
void damon_folio_batch_add_evictable(struct damon_folio_batch *batch, struct folio *folio);

/*
 * These empty the batch, and return how many bytes they reclaimed or migrated.  What could not be
 * is on its LRU list again.  May sleep; no reference on a folio of the batch, no lock held.
 */
u64 damon_reclaim(struct damon_folio_batch *batch);
u64 damon_migrate(struct damon_folio_batch *batch, int nid);

/* Whether folios can be migrated to that node. */
bool damon_can_migrate_to(int nid);

/* The folio goes to the list of active or inactive ones.  The caller holds a reference. */
void damon_activate(struct folio *folio);
void damon_deactivate(struct folio *folio);

#endif
