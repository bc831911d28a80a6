// SPDX-License-Identifier: GPL-2.0
/* Memory cgroups, see damon/port.h and core/memcg.h. */
#include <linux/cgroup.h>
#include <linux/memcontrol.h>

#include <damon/compat.h>
#include <damon/port.h>

#include "memcg.h"

#ifdef CONFIG_MEMCG

int damon_memcg_open(const char *path, struct damon_memcg **memcg)
{
	struct cgroup_subsys_state *css;
	struct cgroup *cgroup;

	/* Below the root of the caller's cgroup namespace. */
	cgroup = cgroup_get_from_path(path);
	if (IS_ERR(cgroup))
		return PTR_ERR(cgroup) == -ENOMEM ? -ENOMEM : -ENOENT;
	css = cgroup_get_e_css(cgroup, &memory_cgrp_subsys);
	/* Where memory is not accounted apart, this is an ancestor's. */
	if (css->cgroup != cgroup) {
		css_put(css);
		css = NULL;
	}
	cgroup_put(cgroup);
	if (!css)
		return -ENOENT;
	*memcg = (struct damon_memcg *)css;
	return 0;
}

void damon_memcg_close(struct damon_memcg *memcg)
{
	if (memcg)
		css_put(damon_memcg_css(memcg));
}

#else

int damon_memcg_open(const char *path, struct damon_memcg **memcg)
{
	return -EOPNOTSUPP;
}

void damon_memcg_close(struct damon_memcg *memcg)
{
}

#endif
