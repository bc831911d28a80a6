// SPDX-License-Identifier: GPL-2.0
/*
 * A secondary MMU without a machine behind it: an MMU notifier on the memory of one process, with
 * an accessed bit for each page of an area.  What a KVM guest would access, a timer does.
 *
 *   insmod secondary_mmu.ko pid=PID start=ADDRESS end=ADDRESS
 *
 * In /sys/module/secondary_mmu/parameters: hot_start and hot_end, the part that is accessed every
 * 5 ms (none at first); all: a write marks each page as accessed; young: how many are; tests and
 * clears: how often it was asked.
 */
#define pr_fmt(fmt) "secondary_mmu: " fmt

#include <linux/atomic.h>
#include <linux/bitmap.h>
#include <linux/mm.h>
#include <linux/mmu_notifier.h>
#include <linux/module.h>
#include <linux/pid.h>
#include <linux/sched/mm.h>
#include <linux/timer.h>
#include <linux/vmalloc.h>

static int pid;
module_param(pid, int, 0400);
static ulong start, end, hot_start, hot_end;
module_param(start, ulong, 0400);
module_param(end, ulong, 0400);
module_param(hot_start, ulong, 0600);
module_param(hot_end, ulong, 0600);

static ulong nr_pages;
static unsigned long *accessed;
static atomic_t tests, clears;
static struct mm_struct *mm;

static int get_counter(char *buffer, const struct kernel_param *kp)
{
	return sysfs_emit(buffer, "%d\n", atomic_read((atomic_t *)kp->arg));
}

static const struct kernel_param_ops counter_ops = { .get = get_counter };
module_param_cb(tests, &counter_ops, &tests, 0400);
module_param_cb(clears, &counter_ops, &clears, 0400);

static int get_young(char *buffer, const struct kernel_param *kp)
{
	return sysfs_emit(buffer, "%u\n", accessed ? bitmap_weight(accessed, nr_pages) : 0);
}

static const struct kernel_param_ops young_ops = { .get = get_young };
module_param_cb(young, &young_ops, NULL, 0400);

static void access(ulong from, ulong to)
{
	ulong i;

	from = clamp(from, start, end);
	to = clamp(to, start, end);
	for (i = (from - start) / PAGE_SIZE; i < (to - start) / PAGE_SIZE; i++) {
		if (!test_bit(i, accessed))
			set_bit(i, accessed);
	}
}

static int set_all(const char *text, const struct kernel_param *kp)
{
	if (!accessed)
		return -EINVAL;
	access(start, end);
	return 0;
}

static const struct kernel_param_ops all_ops = { .set = set_all };
module_param_cb(all, &all_ops, NULL, 0200);

static int test_young(struct mmu_notifier *notifier, struct mm_struct *of, unsigned long address)
{
	atomic_inc(&tests);
	if (WARN_ON_ONCE(of != mm) || address < start || address >= end)
		return 0;
	return test_bit((address - start) / PAGE_SIZE, accessed);
}

static int clear_young(struct mmu_notifier *notifier, struct mm_struct *of, unsigned long from,
		       unsigned long to)
{
	ulong i;
	int young = 0;

	atomic_inc(&clears);
	WARN_ON_ONCE(of != mm || from >= to || !PAGE_ALIGNED(from) || !PAGE_ALIGNED(to));
	from = clamp(from, start, end);
	to = clamp(to, start, end);
	for (i = (from - start) / PAGE_SIZE; i < (to - start) / PAGE_SIZE; i++)
		young |= test_and_clear_bit(i, accessed);
	return young;
}

static const struct mmu_notifier_ops notifier_ops = {
	.test_young = test_young,
	.clear_young = clear_young,
};
static struct mmu_notifier notifier = { .ops = &notifier_ops };

static void tick(struct timer_list *timer);
static DEFINE_TIMER(timer, tick);

static void tick(struct timer_list *unused)
{
	access(READ_ONCE(hot_start), READ_ONCE(hot_end));
	mod_timer(&timer, jiffies + max(1UL, HZ / 200));
}

static int __init secondary_mmu_init(void)
{
	struct task_struct *task;
	struct pid *found;
	int err;

	if (start >= end || !PAGE_ALIGNED(start) || !PAGE_ALIGNED(end))
		return -EINVAL;
	nr_pages = (end - start) / PAGE_SIZE;
	accessed = vzalloc(BITS_TO_LONGS(nr_pages) * sizeof(long));
	if (!accessed)
		return -ENOMEM;
	found = find_get_pid(pid);
	task = get_pid_task(found, PIDTYPE_PID);
	put_pid(found);
	if (task) {
		mm = get_task_mm(task);
		put_task_struct(task);
	}
	err = mm ? mmu_notifier_register(&notifier, mm) : -ESRCH;
	if (mm)
		mmput(mm); /* the notifier holds the mm itself, though not its users */
	if (err) {
		vfree(accessed);
		return err;
	}
	tick(NULL);
	return 0;
}

static void __exit secondary_mmu_exit(void)
{
	mmu_notifier_unregister(&notifier, mm);
	del_timer_sync(&timer);
	vfree(accessed);
}

module_init(secondary_mmu_init);
module_exit(secondary_mmu_exit);
MODULE_DESCRIPTION("Test: a secondary MMU with accessed bits");
MODULE_LICENSE("GPL");
