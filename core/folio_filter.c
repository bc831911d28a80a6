// SPDX-License-Identifier: GPL-2.0
/* Properties of folios, see core/folio_filter.h. */
#include <linux/memcontrol.h>
#include <linux/mm.h>
#include <linux/mm_inline.h>
#include <linux/mmzone.h>
#include <linux/rcupdate.h>

#include "folio_filter.h"
#include "memcg.h"

#ifdef CONFIG_LRU_GEN

/* folio_lruvec() would need a symbol that is not exported.  Under RCU, which keeps the memcg. */
static struct lruvec *lruvec_of(struct folio *folio)
{
#ifdef CONFIG_MEMCG
	struct mem_cgroup *memcg = page_memcg_check(&folio->page);

	if (memcg)
		return &memcg->nodeinfo[folio_nid(folio)]->lruvec;
	if (!mem_cgroup_disabled())
		return NULL; /* it was uncharged just now: it is about to be freed */
#endif
	return &folio_pgdat(folio)->__lruvec;
}

/*
 * On a list of the multi-generation LRU a folio has a generation and never PG_active.  Its two
 * youngest generations are what it counts as active itself.
 */
static bool is_active(struct folio *folio)
{
	struct lruvec *lruvec;
	bool active;
	int gen;

	rcu_read_lock();
	gen = folio_lru_gen(folio);
	lruvec = gen < 0 ? NULL : lruvec_of(folio);
	active = lruvec ? lru_gen_is_active(lruvec, gen) : folio_test_active(folio);
	rcu_read_unlock();
	return active;
}

#else

static bool is_active(struct folio *folio)
{
	return folio_test_active(folio);
}

#endif

static bool is_unmapped(struct folio *folio)
{
	unsigned long mapping = (unsigned long)READ_ONCE(folio->mapping);

	return !folio_mapped(folio) || !(mapping & ~PAGE_MAPPING_FLAGS);
}

static bool size_within(struct folio *folio, const struct damon_filter *filter)
{
	u64 size = folio_size(folio);

	return filter->min <= size && size <= filter->max;
}

bool damon_folio_has(struct folio *folio, const struct damon_filter *filter)
{
	switch (filter->type) {
	case DAMON_FILTER_ANON:
		return folio_test_anon(folio);
	case DAMON_FILTER_ACTIVE:
		return is_active(folio);
	case DAMON_FILTER_MEMCG:
		return damon_memcg_has(filter->memcg, folio);
	case DAMON_FILTER_HUGEPAGE_SIZE:
		return size_within(folio, filter);
	case DAMON_FILTER_UNMAPPED:
		return is_unmapped(folio);
	case DAMON_FILTER_YOUNG:
		break;
	}
	return false;
}
