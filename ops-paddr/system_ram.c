// SPDX-License-Identifier: GPL-2.0
/* Where the machine's memory is, see damon/port.h. */
#include <linux/errno.h>
#include <linux/ioport.h>
#include <linux/limits.h>
#include <linux/minmax.h>

#include <damon/compat.h>
#include <damon/port.h>

struct extent {
	u64 start;
	u64 end;
};

static int extend(struct resource *resource, void *arg)
{
	struct extent *extent = arg;

	extent->start = min_t(u64, extent->start, resource->start);
	extent->end = max_t(u64, extent->end, resource->end + 1);
	return 0;
}

int damon_system_ram(uint64_t *start, uint64_t *end)
{
	struct extent extent = { .start = U64_MAX };

	walk_iomem_res_desc(IORES_DESC_NONE, IORESOURCE_SYSTEM_RAM | IORESOURCE_BUSY, 0, -1,
			    &extent, extend);
	if (!extent.end)
		return -ENOENT;
	*start = extent.start;
	*end = extent.end;
	return 0;
}
