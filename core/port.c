// SPDX-License-Identifier: GPL-2.0
/* The port, see damon/port.h: memory, time, chance, messages. */
#define pr_fmt(fmt) "damon: " fmt

#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>

#include <damon/compat.h>
#include <damon/port.h>
#include <damon/symbols.h>

void *damon_alloc(size_t size)
{
	/*
	 * Rather refused than got by the OOM killer (RETRY_MAYFAIL).  Not charged to the caller's
	 * memory cgroup: the memory serves the whole system.
	 */
	if (!size)
		return NULL;
	return kvzalloc(size, GFP_KERNEL | __GFP_RETRY_MAYFAIL | __GFP_NOWARN);
}

void damon_free(void *memory)
{
	kvfree(memory);
}

uint64_t damon_now_ns(void)
{
	return ktime_get_ns();
}

uint64_t damon_thread_cpu_ns(void)
{
	if (DAMON_HAVE(task_sched_runtime))
		return static_call(damon_task_sched_runtime)(current);
	/* Brought up to date at every switch and scheduler tick: exact when the thread wakes up. */
	return READ_ONCE(current->se.sum_exec_runtime);
}

uint64_t damon_random_seed(void)
{
	return get_random_u64();
}

void damon_log_info(const char *format, ...)
{
	struct va_format vaf = { .fmt = format };
	va_list args;

	va_start(args, format);
	vaf.va = &args;
	pr_info("%pV\n", &vaf);
	va_end(args);
}

void damon_log_error(const char *format, ...)
{
	struct va_format vaf = { .fmt = format };
	va_list args;

	va_start(args, format);
	vaf.va = &args;
	pr_err("%pV\n", &vaf);
	va_end(args);
}

void damon_report_bug(const char *condition, const char *file, int line)
{
	/* The caller traps next: that prints registers and stack. */
	pr_crit("broken invariant: %s (%s:%d)\n", condition, file, line);
}
