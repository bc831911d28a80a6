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
		 "Accept schemes whose action cannot be done here, and do nothing for them (default: refuse them)");

bool damon_silent_unsupported(void)
{
	return silent_unsupported;
}

const char *damon_sysfs_name(void)
{
	return name;
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
MODULE_LICENSE("GPL");
