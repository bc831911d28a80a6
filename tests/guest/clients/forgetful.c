// SPDX-License-Identifier: GPL-2.0
/* A client that starts a kdamond and never stops it; with fail=1 its init fails after that. */
#include <linux/module.h>
#include <damon/damon.h>

static bool fail;
module_param(fail, bool, 0444);
static unsigned int calls;
module_param(calls, uint, 0444);

static void aggregated(void *arg, struct damon_view *view)
{
	WRITE_ONCE(calls, calls + 1);
}

static struct kdamond *kdamond;

static int __init start(void)
{
	static const struct damon_config config __initconst = {
		.kind = DAMON_PADDR,
		.aggregated = aggregated,
	};
	int err = damon_start(&config, &kdamond);

	return err ? err : fail ? -EILSEQ : 0;
}
module_init(start);

static void __exit stop(void)
{
}
module_exit(stop);

MODULE_IMPORT_NS(DAMON);
MODULE_LICENSE("GPL");
