/* SPDX-License-Identifier: GPL-2.0 */
/* Memory cgroups, as C files share them: a struct damon_memcg is the css of one. */
#ifndef DAMON_CORE_MEMCG_H
#define DAMON_CORE_MEMCG_H

#include <linux/memcontrol.h>

struct damon_memcg;

static inline struct cgroup_subsys_state *damon_memcg_css(struct damon_memcg *memcg)
{
	return (struct cgroup_subsys_state *)memcg;
}

#ifdef CONFIG_MEMCG
/* Whether the folio is charged to exactly this one.  The caller holds a reference on the folio. */
static inline bool damon_memcg_has(struct damon_memcg *memcg, struct folio *folio)
{
	bool charged;

	/* RCU keeps the folio's memcg, to which it is charged, from being freed. */
	rcu_read_lock();
	charged = memcg && page_memcg_check(&folio->page) ==
				   mem_cgroup_from_css(damon_memcg_css(memcg));
	rcu_read_unlock();
	return charged;
}
#else
static inline bool damon_memcg_has(struct damon_memcg *memcg, struct folio *folio)
{
	return false;
}
#endif

#endif
