// SPDX-License-Identifier: GPL-2.0
/*
 * What data attribute probes find in physical memory.  It looks at flags and the like of folios
 * only: no mapping, no accessed bit, no lock.
 */
#include <linux/bits.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>

#include "core/folio_filter.h"
#include "pmem.h"

/* What the filters decide about a frame that cannot be looked at: it has no property. */
static bool passes_unseen(const struct damon_probe *probe)
{
	unsigned int i;

	for (i = 0; i < probe->nr_filters; i++) {
		if (!probe->filters[i].matching)
			return probe->filters[i].allow;
	}
	return !probe->nr_filters || !probe->filters[probe->nr_filters - 1].allow;
}

void damon_pmem_probe(struct damon_pmem *pmem, const uint64_t *addresses, unsigned int count,
		      const struct damon_probe *probes, unsigned int nr_probes, uint64_t *hits)
{
	u64 unseen = 0; /* bit i: address i */
	unsigned int i, p;

	for (p = 0; p < nr_probes; p++)
		hits[p] = 0;

	rcu_read_lock(); /* for on_hotplug() in pmem.c; what is below has a reference on its folio */
	damon_heed_hotplug(pmem);
	for (i = 0; i < count; i++) {
		struct folio *folio = NULL;

		if (addresses[i] != DAMON_NO_ADDRESS)
			folio = damon_get_folio(pmem, addresses[i] >> PAGE_SHIFT);
		if (!folio) {
			unseen |= BIT_ULL(i);
			continue;
		}
		for (p = 0; p < nr_probes; p++) {
			if (damon_filters_pass(probes[p].filters, probes[p].nr_filters, folio,
					       NULL, NULL))
				hits[p] |= BIT_ULL(i);
		}
		folio_put(folio);
	}
	rcu_read_unlock();

	for (p = 0; p < nr_probes; p++) {
		if (passes_unseen(&probes[p]))
			hits[p] |= unseen;
	}
	cond_resched();
}
