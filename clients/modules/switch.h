/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the ready-made modules share: the parameters `enabled` and `kdamond_pid`, and a kdamond that
 * is on and off by them.  Included by each of them once; it says what is monitored in configure().
 *
 * Parameters are read and written under kernel_param_lock(), and so are init and exit: all here is
 * serialized by it.  A parameter may be written before init and, until sysfs lets go of it, after exit.
 */
#ifndef DAMON_CLIENTS_MODULES_SWITCH_H
#define DAMON_CLIENTS_MODULES_SWITCH_H

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kstrtox.h>
#include <linux/module.h>

#include <damon/damon.h>

/* The configuration that the parameters amount to.  Failures are told in the log. */
static int configure(const struct damon_config **config);
/* Takes what the kdamond found out, which is about to stop. */
static void keep_results(void);

#ifndef ENABLED_AT_LOAD
#define ENABLED_AT_LOAD false
#endif

static struct kdamond *kdamond;
static bool ready; /* between init and exit */
static bool enabled = ENABLED_AT_LOAD; /* whether init turns it on */
static bool was_on;

static int turn_on(void)
{
	const struct damon_config *config;
	int err;

	if (damon_running(kdamond))
		return 0;
	err = configure(&config);
	if (err)
		return err;
	damon_stop(kdamond); /* one that ended */
	err = damon_start(config, &kdamond);
	was_on |= !err;
	return err;
}

static void turn_off(void)
{
	if (kdamond)
		keep_results();
	damon_stop(kdamond);
	kdamond = NULL;
}

static int set_enabled(const char *value, const struct kernel_param *param)
{
	bool wanted;
	int err = kstrtobool(value, &wanted);

	if (err)
		return err;
	if (!ready)
		enabled = wanted;
	else if (wanted)
		err = turn_on();
	else
		turn_off();
	return err;
}

static int get_enabled(char *buffer, const struct kernel_param *param)
{
	return sysfs_emit(buffer, "%c\n", damon_running(kdamond) ? 'Y' : 'N');
}

static const struct kernel_param_ops enabled_ops = { .set = set_enabled, .get = get_enabled };
module_param_cb(enabled, &enabled_ops, NULL, 0600);
MODULE_PARM_DESC(enabled, "Whether it is at work");

static int get_kdamond_pid(char *buffer, const struct kernel_param *param)
{
	return sysfs_emit(buffer, "%d\n", damon_pid(kdamond));
}

static const struct kernel_param_ops kdamond_pid_ops = { .get = get_kdamond_pid };
module_param_cb(kdamond_pid, &kdamond_pid_ops, NULL, 0400);
MODULE_PARM_DESC(kdamond_pid, "Its thread, -1 if there is none");

/* For what can be changed while it runs. */
static __maybe_unused int set_commit_inputs(const char *value, const struct kernel_param *param)
{
	const struct damon_config *config;
	bool wanted;
	int err = kstrtobool(value, &wanted);

	if (err || !wanted)
		return err;
	if (!kdamond)
		return was_on ? -ECANCELED : -EINVAL;
	err = configure(&config);
	return err ? err : damon_change(kdamond, config);
}

static __maybe_unused int get_commit_inputs(char *buffer, const struct kernel_param *param)
{
	return sysfs_emit(buffer, "N\n");
}

/* @own_name: the kernel's own module of that name, NULL if there is none. */
static int __init begin(const char *own_name)
{
	int err = 0;

	if (own_name)
		pr_info("this kernel has %s built in, with its parameters in /sys/module/%s; this is another, with its own in /sys/module/%s\n",
			own_name, own_name, KBUILD_MODNAME);
	kernel_param_lock(THIS_MODULE);
	if (enabled)
		err = turn_on();
	ready = !err;
	kernel_param_unlock(THIS_MODULE);
	return err;
}

static void __exit end(void)
{
	kernel_param_lock(THIS_MODULE);
	ready = false;
	turn_off();
	kernel_param_unlock(THIS_MODULE);
}
module_exit(end);

MODULE_IMPORT_NS(DAMON);
MODULE_LICENSE("GPL");

#endif
