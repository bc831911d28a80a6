// SPDX-License-Identifier: GPL-2.0
/* An exclusive kdamond that takes its time to end: its init fails if another can start beside it. */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/workqueue.h>
#include <damon/damon.h>

static DECLARE_COMPLETION(called);
static struct kdamond *kdamond;

static void aggregated(void *arg, struct damon_view *view)
{
	complete(&called);
	msleep(1000);
}

static void stop(struct work_struct *work)
{
	damon_stop(kdamond);
}
static DECLARE_WORK(stopping, stop);

static int __init start(void)
{
	static const struct damon_config slow __initconst = {
		.kind = DAMON_PADDR,
		.exclusive = true,
		.aggregated = aggregated,
	};
	static const struct damon_config other __initconst = { .kind = DAMON_PADDR };
	struct kdamond *second;
	int err = damon_start(&slow, &kdamond);
	int beside;

	if (err)
		return err;
	wait_for_completion(&called);
	schedule_work(&stopping);
	msleep(300);
	beside = damon_start(&other, &second);
	if (!beside)
		damon_stop(second);
	flush_work(&stopping);
	if (beside != -EBUSY)
		return -EILSEQ;

	err = damon_start(&other, &second);
	if (!err)
		damon_stop(second);
	return err;
}
module_init(start);

static void __exit end(void)
{
}
module_exit(end);

MODULE_IMPORT_NS(DAMON);
MODULE_LICENSE("GPL");
