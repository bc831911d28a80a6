// SPDX-License-Identifier: GPL-2.0
/* A process's memory: finding it, its mappings, and advice on it. */
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/mmap_lock.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include <damon/symbols.h>

#include "vspace.h"

int damon_vspace_open(int pid, struct damon_vspace **vspacep)
{
	struct damon_vspace *vspace = kzalloc(sizeof(*vspace), GFP_KERNEL);

	if (!vspace)
		return -ENOMEM;
	vspace->pid = find_get_pid(pid);
	if (!vspace->pid) {
		kfree(vspace);
		return -ESRCH;
	}
	*vspacep = vspace;
	return 0;
}

void damon_vspace_close(struct damon_vspace *vspace)
{
	put_pid(vspace->pid);
	kfree(vspace);
}

bool damon_vspace_alive(const struct damon_vspace *vspace)
{
	bool alive;

	rcu_read_lock();
	alive = pid_task(vspace->pid, PIDTYPE_PID);
	rcu_read_unlock();
	return alive;
}

struct mm_struct *damon_vspace_get_mm(const struct damon_vspace *vspace)
{
	struct task_struct *task, *thread;
	struct mm_struct *mm = NULL;

	rcu_read_lock();
	task = pid_task(vspace->pid, PIDTYPE_PID);
	if (task) {
		/* The main thread may have ended before the others: ask each. */
		for_each_thread(task, thread) {
			mm = get_task_mm(thread);
			if (mm)
				break;
		}
	}
	rcu_read_unlock();
	return mm;
}

/* How many mappings to visit before letting others in. */
#define VISIT_BATCH 256

int damon_vspace_mappings(struct damon_vspace *vspace,
			  void (*visit)(void *arg, uint64_t start, uint64_t end), void *arg)
{
	struct mm_struct *mm = damon_vspace_get_mm(vspace);
	struct vm_area_struct *vma;
	unsigned long end = 0;
	unsigned int nr = 0;

	if (!mm)
		return -ESRCH;

	mmap_read_lock(mm);
	{
		VMA_ITERATOR(vmi, mm, 0);

		for_each_vma(vmi, vma) {
			/* Where it began is behind us, if it grew while the lock was open. */
			visit(arg, max(vma->vm_start, end), vma->vm_end);
			end = vma->vm_end;

			if (++nr % VISIT_BATCH)
				continue;
			if (mmap_lock_is_contended(mm)) {
				mmap_read_unlock(mm);
				cond_resched();
				mmap_read_lock(mm);
				vma_iter_init(&vmi, mm, end);
			} else {
				cond_resched();
			}
		}
	}
	mmap_read_unlock(mm);
	mmput_async(mm);
	return 0;
}

int damon_advice_supported(enum damon_advice advice)
{
	switch (advice) {
	case DAMON_ADVICE_PAGEOUT:
		return DAMON_HAVE(do_madvise) ? 0 : -EOPNOTSUPP;
	default:
		return -EOPNOTSUPP;
	}
}

/* The part of [@start, @end) that is in the first mapping there; false if there is none. */
static bool next_mapping(struct mm_struct *mm, unsigned long *start, unsigned long *end)
{
	struct vm_area_struct *vma;
	bool found;

	mmap_read_lock(mm);
	vma = find_vma(mm, *start);
	found = vma && vma->vm_start < *end;
	if (found) {
		*start = max(*start, vma->vm_start);
		*end = min(*end, vma->vm_end);
	}
	mmap_read_unlock(mm);
	return found;
}

/*
 * Mapping by mapping: asked for a whole range, madvise() reports an error for a hole although it
 * worked on the rest, and stops at a mapping that it does not like (locked, of a device).
 */
uint64_t damon_vspace_advise(struct damon_vspace *vspace, uint64_t start, uint64_t end,
			     enum damon_advice advice)
{
	static const int behaviors[DAMON_NR_ADVICES] = {
		[DAMON_ADVICE_PAGEOUT] = MADV_PAGEOUT,
	};
	unsigned long from = start, to = end;
	struct mm_struct *mm;
	uint64_t advised = 0;

	if (damon_advice_supported(advice))
		return 0;
	mm = damon_vspace_get_mm(vspace);
	if (!mm)
		return 0;
	for (; from < end && next_mapping(mm, &from, &to); from = to, to = end) {
		if (!static_call(damon_do_madvise)(mm, from, to - from, behaviors[advice]))
			advised += to - from;
		cond_resched();
	}
	mmput_async(mm);
	return advised;
}
