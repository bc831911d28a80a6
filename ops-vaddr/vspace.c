// SPDX-License-Identifier: GPL-2.0
/* A process's memory: finding it, its mappings, and advice on it. */
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/mmap_lock.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include <damon/symbols.h>

#include "core/thread.h"
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
	if (!DAMON_HAVE(do_madvise))
		return -EOPNOTSUPP;
	switch (advice) {
	case DAMON_ADVICE_WILLNEED:
	case DAMON_ADVICE_COLD:
	case DAMON_ADVICE_PAGEOUT:
		return 0;
	case DAMON_ADVICE_HUGEPAGE:
	case DAMON_ADVICE_NOHUGEPAGE:
	case DAMON_ADVICE_COLLAPSE:
		return IS_ENABLED(CONFIG_TRANSPARENT_HUGEPAGE) ? 0 : -EOPNOTSUPP;
	default:
		return -EOPNOTSUPP;
	}
}

struct advice_part {
	unsigned long start, end;
	unsigned long flags; /* of its mapping */
};

/* The part of [@start, @end) that is in the first mapping there; false if there is none. */
static bool next_mapping(struct mm_struct *mm, unsigned long start, unsigned long end,
			 struct advice_part *part)
{
	struct vm_area_struct *vma;
	bool found;

	mmap_read_lock(mm);
	vma = find_vma(mm, start);
	found = vma && vma->vm_start < end;
	if (found) {
		part->start = max(start, vma->vm_start);
		part->end = min(end, vma->vm_end);
		part->flags = vma->vm_flags;
	}
	mmap_read_unlock(mm);
	return found;
}

/* To advise anew what is advised already would take the mmap lock for writing, for nothing. */
static bool advised_already(unsigned long flags, enum damon_advice advice)
{
	if (advice == DAMON_ADVICE_HUGEPAGE)
		return (flags & (VM_HUGEPAGE | VM_NOHUGEPAGE)) == VM_HUGEPAGE;
	if (advice == DAMON_ADVICE_NOHUGEPAGE)
		return (flags & (VM_HUGEPAGE | VM_NOHUGEPAGE)) == VM_NOHUGEPAGE;
	return false;
}

static bool advise(struct mm_struct *mm, unsigned long start, unsigned long end, int behavior)
{
	bool taken = !static_call(damon_do_madvise)(mm, start, end - start, behavior);

	cond_resched();
	return taken;
}

/*
 * Piece by piece, each at most @piece, a power of two, and none across its multiples: one call keeps
 * the mmap lock for all that it is asked for.
 */
static u64 advise_pieces(struct mm_struct *mm, unsigned long start, unsigned long end, int behavior,
			 unsigned long piece)
{
	unsigned long next;
	u64 advised = 0;

	for (; start < end && !damon_thread_ending(); start = next) {
		next = min(end, (start | (piece - 1)) + 1);
		if (advise(mm, start, next, behavior))
			advised += next - start;
	}
	return advised;
}

static u64 advise_mapping(struct mm_struct *mm, const struct advice_part *part,
			  enum damon_advice advice)
{
	static const struct {
		int behavior;
		unsigned long piece;
	} ways[DAMON_NR_ADVICES] = {
		[DAMON_ADVICE_WILLNEED] = { MADV_WILLNEED, SZ_64M },
		[DAMON_ADVICE_COLD] = { MADV_COLD, SZ_64M },
		[DAMON_ADVICE_PAGEOUT] = { MADV_PAGEOUT, SZ_64M },
		/* No pages are touched, but mappings split. */
		[DAMON_ADVICE_HUGEPAGE] = { MADV_HUGEPAGE, BIT(63) },
		[DAMON_ADVICE_NOHUGEPAGE] = { MADV_NOHUGEPAGE, BIT(63) },
		/* Of several, madvise() would not tell how many it made. */
		[DAMON_ADVICE_COLLAPSE] = { MADV_COLLAPSE, PMD_SIZE },
	};
	unsigned long start = part->start, end = part->end;

	if (advised_already(part->flags, advice))
		return end - start;
	if (advice == DAMON_ADVICE_COLLAPSE) {
		start = ALIGN(start, PMD_SIZE);
		end = ALIGN_DOWN(end, PMD_SIZE);
	}
	return advise_pieces(mm, start, end, ways[advice].behavior, ways[advice].piece);
}

/*
 * Mapping by mapping: asked for a whole range, madvise() reports an error for a hole although it
 * worked on the rest, and stops at a mapping that it does not like (locked, of a device).
 */
uint64_t damon_vspace_advise(struct damon_vspace *vspace, uint64_t start, uint64_t end,
			     enum damon_advice advice)
{
	struct advice_part part;
	struct mm_struct *mm;
	u64 advised = 0;

	if (damon_advice_supported(advice))
		return 0;
	mm = damon_vspace_get_mm(vspace);
	if (!mm)
		return 0;
	for (; start < end && !damon_thread_ending() && next_mapping(mm, start, end, &part);
	     start = part.end)
		advised += advise_mapping(mm, &part, advice);
	mmput_async(mm);
	return advised;
}
