// SPDX-License-Identifier: GPL-2.0
/*
 * The port for tests in the kernel, as far as it takes the kernel: memory and messages.  Time,
 * threads and address spaces are the fakes in tests/unit.
 */
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/slab.h>

#include <damon/port.h>

void *damon_alloc(size_t size)
{
	return size ? kvzalloc(size, GFP_KERNEL | __GFP_NOWARN) : NULL;
}

void damon_free(void *memory)
{
	kvfree(memory);
}

/* Every run of the tests is the same run. */
uint64_t damon_random_seed(void)
{
	static uint64_t seed = 0x5eed0000;

	return seed++;
}

void damon_log_info(const char *format, ...)
{
}

void damon_log_error(const char *format, ...)
{
}

void damon_report_bug(const char *condition, const char *file, int line)
{
	pr_crit("broken invariant: %s (%s:%d)\n", condition, file, line);
}
