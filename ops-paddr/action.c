// SPDX-License-Identifier: GPL-2.0
/*
 * Actions on the folios of a range of physical memory.
 *
 * The walk goes from folio to folio, a bounded number of steps in each RCU read-side critical
 * section: that keeps the memory of a section that was seen online (see on_hotplug() in pmem.c), and
 * what rmap.c holds.  Folios to be reclaimed or migrated are taken off their lists meanwhile; the
 * work itself, which sleeps, comes after that, batch by batch.  A look at who maps a KSM page sleeps,
 * too: for it the section is left.
 */
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>

#include "core/folio_action.h"
#include "core/folio_filter.h"
#include "core/thread.h"
#include "pmem.h"

/* How many frames or page-table entries to look at before letting others in. */
#define STEPS 1024

struct work {
	struct damon_pmem *pmem;
	const struct damon_folio_order *order;
	u64 *last_folio;
	struct damon_folio_batch *batch;
	struct damon_folio_result result;
	unsigned int steps; /* of this round */
	bool asks_young; /* a filter does */
	bool asked_young; /* about the folio at hand */
};

/*
 * The first folio on an LRU list with a frame from *@pfn to before @end, if the steps suffice to
 * get there.  *@pfn goes past it, or to where to go on.
 */
static struct folio *next_folio(struct damon_pmem *pmem, unsigned long *pfn, unsigned long end,
				unsigned int *steps)
{
	while (*pfn < end && ++*steps < STEPS) {
		struct folio *folio = damon_get_folio(pmem, *pfn);

		if (folio) {
			*pfn = folio_pfn(folio) + folio_nr_pages(folio);
			if (folio_test_lru(folio))
				return folio;
			folio_put(folio);
		} else if (online_section_nr(pfn_to_section_nr(*pfn))) {
			++*pfn;
		} else {
			*pfn = SECTION_ALIGN_DOWN(*pfn) + PAGES_PER_SECTION;
		}
	}
	return NULL;
}

/* Outside of the critical section: what a reference does not keep must be found anew. */
static noinline bool take_young_of_ksm(struct work *work, struct folio *folio)
	__releases(RCU) __acquires(RCU)
{
	bool young;

	damon_release(&work->pmem->held);
	rcu_read_unlock();
	young = damon_take_young_of_ksm(folio, &work->steps);
	rcu_read_lock();
	damon_heed_hotplug(work->pmem);
	return young;
}

/*
 * For the filter.  Page cache that nobody maps has PG_referenced if it was accessed, by read() and
 * the like (or was active, and read twice: then this is cleared).
 */
static bool take_young(struct folio *folio, void *arg)
{
	struct work *work = arg;

	work->asked_young = true;
	if (!folio_mapped(folio))
		return folio_test_clear_referenced(folio);
	if (unlikely(folio_test_ksm(folio)))
		return take_young_of_ksm(work, folio);
	return damon_take_young_mappings(folio, &work->pmem->held, &work->steps);
}

/*
 * Accessed bits are cleared in any case: where they are set, 6.1's reclaim_pages() spares the folio.
 * So does a file's PG_referenced, if it is dirty.
 */
static void page_out(struct work *work, struct folio *folio)
{
	if (!work->asked_young && take_young(folio, work) && !work->asks_young)
		return;
	work->result.filter_passed += folio_size(folio);
	folio_clear_referenced(folio);
	damon_folio_batch_add_evictable(work->batch, folio);
}

static void handle(struct work *work, struct folio *folio)
{
	const struct damon_folio_order *order = work->order;
	struct damon_folio_result *result = &work->result;

	work->asked_young = false;
	if (!damon_filters_pass(order->filters, order->nr_filters, folio, take_young, work))
		return;
	if (order->action == DAMON_FOLIO_PAGEOUT) {
		page_out(work, folio);
		return;
	}
	result->filter_passed += folio_size(folio);
	switch (order->action) {
	case DAMON_FOLIO_LRU_PRIO:
		damon_activate(folio);
		result->applied += folio_size(folio);
		break;
	case DAMON_FOLIO_LRU_DEPRIO:
		damon_deactivate(folio);
		result->applied += folio_size(folio);
		break;
	case DAMON_FOLIO_MIGRATE:
		if (folio_nid(folio) != order->target_nid)
			damon_folio_batch_add(work->batch, folio);
		break;
	default:
		break;
	}
}

/* Some folios.  Returns where to go on. */
static unsigned long walk(struct work *work, unsigned long pfn, unsigned long end)
{
	struct damon_pmem *pmem = work->pmem;
	struct folio *folio;

	work->steps = 0;
	rcu_read_lock();
	damon_heed_hotplug(pmem);
	while (!damon_folio_batch_full(work->batch)) {
		folio = next_folio(pmem, &pfn, end, &work->steps);
		if (!folio)
			break;
		/* One that sticks out of the region before was handled there. */
		if (*work->last_folio != folio_pfn(folio) + 1)
			handle(work, folio);
		*work->last_folio = folio_pfn(folio) + 1;
		folio_put(folio);
	}
	damon_release(&pmem->held);
	rcu_read_unlock();
	return pfn;
}

static void finish_batch(struct work *work)
{
	if (work->order->action == DAMON_FOLIO_PAGEOUT)
		work->result.applied += damon_reclaim(work->batch);
	else
		work->result.applied += damon_migrate(work->batch, work->order->target_nid);
}

/* Beyond, no section has a number. */
static unsigned long end_pfn(u64 end)
{
	return min(PHYS_PFN(end), NR_MEM_SECTIONS << PFN_SECTION_SHIFT);
}

struct damon_folio_result damon_pmem_apply(struct damon_pmem *pmem,
					   const struct damon_folio_order *order, uint64_t start,
					   uint64_t end)
{
	DAMON_FOLIO_BATCH(batch);
	u64 last_folio = 0;
	struct work work = {
		.pmem = pmem,
		.order = order,
		.last_folio = order->last_folio ?: &last_folio,
		.batch = &batch,
		.asks_young = damon_filters_ask_young(order->filters, order->nr_filters),
	};
	unsigned long pfn = PHYS_PFN(start);

	if (damon_folio_action_lacks(order->action) ||
	    (order->action == DAMON_FOLIO_MIGRATE && !damon_can_migrate_to(order->target_nid)))
		return work.result;
	while (pfn < end_pfn(end) && !damon_thread_ending()) {
		pfn = walk(&work, pfn, end_pfn(end));
		if (damon_folio_batch_full(&batch))
			finish_batch(&work);
		cond_resched();
	}
	finish_batch(&work);
	return work.result;
}

struct damon_residence damon_pmem_residence(struct damon_pmem *pmem, uint64_t start, uint64_t end,
					    int nid)
{
	struct damon_residence residence = {};
	unsigned long pfn = PHYS_PFN(start);

	while (pfn < end_pfn(end) && !damon_thread_ending()) {
		unsigned int steps = 0;

		rcu_read_lock();
		damon_heed_hotplug(pmem);
		while (1) {
			unsigned long from = pfn, size;
			struct folio *folio = next_folio(pmem, &pfn, end_pfn(end), &steps);

			if (!folio)
				break;
			/* Of one that sticks out, what is in the range. */
			from = max(from, folio_pfn(folio));
			size = (min(pfn, end_pfn(end)) - from) * PAGE_SIZE;
			residence.total += size;
			if (folio_nid(folio) == nid)
				residence.on_node += size;
			folio_put(folio);
		}
		rcu_read_unlock();
		cond_resched();
	}
	return residence;
}
