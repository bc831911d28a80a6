// SPDX-License-Identifier: GPL-2.0
/* State of the system's memory, see damon/port.h. */
#include <linux/cgroup.h>
#include <linux/jump_label.h>
#include <linux/memcontrol.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/nodemask.h>
#include <linux/psi_types.h>
#include <linux/vmstat.h>

#include <damon/compat.h>
#include <damon/port.h>
#include <damon/symbols.h>

#include "memcg.h"

static uint64_t bytes(unsigned long pages)
{
	return (uint64_t)pages << PAGE_SHIFT;
}

static bool node_is(int nid, enum node_states state)
{
	return nid >= 0 && nid < MAX_NUMNODES && node_state(nid, state);
}

bool damon_node_possible(int nid)
{
	return node_is(nid, N_POSSIBLE);
}

void damon_system_memory(struct damon_memory *memory)
{
	memory->total = bytes(totalram_pages());
	memory->free = bytes(global_zone_page_state(NR_FREE_PAGES));
}

int damon_node_memory(int nid, struct damon_memory *memory)
{
	unsigned long total = 0;
	unsigned long free = 0;
	int i;

	if (!node_is(nid, N_MEMORY))
		return -EINVAL;
	/* A node's data stays when its memory is unplugged. */
	for (i = 0; i < MAX_NR_ZONES; i++) {
		struct zone *zone = &NODE_DATA(nid)->node_zones[i];

		total += zone_managed_pages(zone);
		free += zone_page_state(zone, NR_FREE_PAGES);
	}
	memory->total = bytes(total);
	memory->free = bytes(free);
	return 0;
}

void damon_lru_memory_read(struct damon_lru_memory *lru)
{
	lru->active = bytes(global_node_page_state(NR_ACTIVE_ANON) +
			    global_node_page_state(NR_ACTIVE_FILE));
	lru->inactive = bytes(global_node_page_state(NR_INACTIVE_ANON) +
			      global_node_page_state(NR_INACTIVE_FILE));
}

#ifdef CONFIG_MEMCG

/* Pages of one cgroup, without those below it, on its lists of one node. */
static long lru_pages(struct mem_cgroup *memcg, int nid)
{
	struct mem_cgroup_per_node *node = memcg->nodeinfo[nid];
	long pages = 0;
	int zone, lru;

	for (zone = 0; zone < MAX_NR_ZONES; zone++) {
		for (lru = 0; lru < NR_LRU_LISTS; lru++) {
			if (lru != LRU_UNEVICTABLE)
				pages += READ_ONCE(node->lru_zone_size[zone][lru]);
		}
	}
#ifdef CONFIG_LRU_GEN
	/* Where the multi-generation LRU is on, its lists are instead of the others. */
	for (zone = 0; zone < MAX_NR_ZONES; zone++) {
		int gen, type;

		for (gen = 0; gen < MAX_NR_GENS; gen++) {
			for (type = 0; type < ANON_AND_FILE; type++)
				pages += READ_ONCE(
					node->lruvec.lrugen.nr_pages[gen][type][zone]);
		}
	}
#endif
	return pages;
}

uint64_t damon_memcg_bytes_on_node(struct damon_memcg *memcg, int nid)
{
	struct cgroup_subsys_state *root = damon_memcg_css(memcg);
	struct cgroup_subsys_state *css;
	long pages = 0;

	if (!node_is(nid, N_MEMORY))
		return 0;
	/* RCU keeps the cgroups that the walk comes by, and what belongs to them, from being freed. */
	rcu_read_lock();
	css_for_each_descendant_pre(css, root)
		pages += lru_pages(mem_cgroup_from_css(css), nid);
	rcu_read_unlock();
	/* The counters are not read at one moment. */
	return pages > 0 ? bytes(pages) : 0;
}

#else

uint64_t damon_memcg_bytes_on_node(struct damon_memcg *memcg, int nid)
{
	return 0;
}

#endif

#ifdef CONFIG_PSI

int damon_memory_stall_us(uint64_t *us)
{
	const struct psi_group *group = DAMON_DATA(psi_system);
	struct static_key_false *disabled = DAMON_DATA(psi_disabled);

	/* A branch on the key would be of its own kernel's text: only its count is asked for. */
	if (!group || !disabled || static_key_count(&disabled->key) > 0)
		return -EOPNOTSUPP;
	/* One word, which only grows. */
	*us = div_u64(READ_ONCE(group->total[PSI_AVGS][PSI_MEM_SOME]), NSEC_PER_USEC);
	return 0;
}

#else

int damon_memory_stall_us(uint64_t *us)
{
	return -EOPNOTSUPP;
}

#endif
