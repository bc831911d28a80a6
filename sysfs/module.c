// SPDX-License-Identifier: GPL-2.0
#include <linux/module.h>

#include <damon/compat.h>
#include <damon/port.h>

static char name[DAMON_SYSFS_NAME_SIZE];
module_param_string(sysfs_name, name, sizeof(name), 0400);
MODULE_PARM_DESC(sysfs_name,
		 "Name of the directory in /sys/kernel/mm (default: damon, or damon_module where the kernel has its own)");

static bool silent_unsupported;
module_param(silent_unsupported, bool, 0400);
MODULE_PARM_DESC(silent_unsupported,
		 "Accept schemes whose action cannot be done here, or cannot ask their filters of pages, and do nothing for the former, no filtering for the latter (default: refuse them)");

bool damon_silent_unsupported(void)
{
	return silent_unsupported;
}

const char *damon_sysfs_name(void)
{
	return name;
}

static char *ops;
module_param(ops, charp, 0400);
MODULE_PARM_DESC(ops,
		 "Start a kdamond at load, with these operations: vaddr, fvaddr or paddr; the following parameters need it");

static char *pid;
module_param(pid, charp, 0400);
MODULE_PARM_DESC(pid, "Process to monitor, of vaddr and fvaddr");

static char *ranges;
module_param(ranges, charp, 0400);
MODULE_PARM_DESC(ranges,
		 "Addresses to monitor, of fvaddr and paddr, such as 4G..8G,16G..20G (default of paddr: all System RAM)");

static char *sample;
module_param(sample, charp, 0400);
MODULE_PARM_DESC(sample, "Sampling interval (default: 5ms)");

static char *aggr;
module_param(aggr, charp, 0400);
MODULE_PARM_DESC(aggr, "Aggregation interval (default: 100ms)");

static char *update;
module_param(update, charp, 0400);
MODULE_PARM_DESC(update, "Interval of looking for changed mappings (default: 60s)");

static char *regions;
module_param(regions, charp, 0400);
MODULE_PARM_DESC(regions, "Least and most number of regions (default: 10..1000)");

static char *refresh;
module_param(refresh, charp, 0400);
MODULE_PARM_DESC(refresh, "Interval of refreshing statistics in sysfs (default: only when asked)");

static char *schemes;
module_param(schemes, charp, 0400);
MODULE_PARM_DESC(schemes,
		 "Schemes of that kdamond, as text, separated by ';', such as \"pageout accesses 0% age 2min..\" (default: none)");

void damon_boot_parameters_read(struct damon_boot_parameters *parameters)
{
	*parameters = (struct damon_boot_parameters){
		.ops = ops,
		.pid = pid,
		.ranges = ranges,
		.sample = sample,
		.aggr = aggr,
		.update = update,
		.regions = regions,
		.refresh = refresh,
		.schemes = schemes,
	};
}

static int __init start(void)
{
	int err = damon_claims_begin();

	if (err)
		return err;
	err = damon_module_start();
	if (err)
		damon_claims_end();
	return err;
}

static void __exit stop(void)
{
	damon_module_stop();
	damon_claims_end();
}

module_init(start);
module_exit(stop);

MODULE_DESCRIPTION("DAMON: data access monitoring, as a module");
MODULE_AUTHOR("The authors of DAMON as a loadable module");
MODULE_VERSION("0.1.0");
MODULE_LICENSE("GPL");
