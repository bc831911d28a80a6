// SPDX-License-Identifier: GPL-2.0
/* Worker threads, see damon/port.h. */
#include <linux/completion.h>
#include <linux/err.h>
#include <linux/freezer.h>
#include <linux/hrtimer.h>
#include <linux/kthread.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include <damon/compat.h>
#include <damon/port.h>

#include "thread.h"

/* How late a wake-up may be, so that it can share a timer interrupt: as for user programs. */
#define SLACK_NS (50 * NSEC_PER_USEC)

enum request_state {
	REQUEST_QUEUED,
	REQUEST_SERVED,	   /* on the open list, the worker may still hold it */
	REQUEST_ABANDONED, /* the same, but the caller got a signal */
	REQUEST_DONE,
};

/* On its caller's stack, which waits until it is done or taken back. */
struct damon_request {
	struct damon_thread *thread;
	void *work;
	struct completion answered;

	/* Under thread->lock. */
	struct list_head node; /* in queue or open */
	enum request_state state;
	int result;
};

/* All threads, so that the module can end them whoever waits for them. */
static LIST_HEAD(threads);
static DEFINE_MUTEX(threads_lock);
static bool closing; /* under threads_lock */

struct damon_thread {
	struct list_head node; /* in threads */
	const struct damon_thread_ops *ops;
	void *worker;
	struct task_struct *task; /* referenced, so that it can be joined after it ended */
	struct hrtimer timer; /* wakes the task; only the task starts and cancels it */
	struct completion started;
	bool exclusive;

	spinlock_t lock;
	struct list_head queue; /* of requests not served yet */
	struct list_head open;	/* of requests served but not answered */
	bool abandoned;		/* some on @open are */
	bool ending;		/* asked to end */
	bool ended;
};

static bool should_end(const struct damon_thread *thread)
{
	return READ_ONCE(thread->ending) || kthread_should_stop();
}

bool damon_thread_ending(void)
{
	return should_end(kthread_data(current)) || freezing(current);
}

static void answer_locked(struct damon_request *request, int result)
{
	list_del(&request->node);
	request->state = REQUEST_DONE;
	request->result = result;
	/* The request may be gone after this, or after the lock is released. */
	complete(&request->answered);
}

void damon_request_done(struct damon_request *request, int result)
{
	struct damon_thread *thread = request->thread;

	spin_lock(&thread->lock);
	answer_locked(request, result);
	spin_unlock(&thread->lock);
}

static struct damon_request *find_abandoned_locked(struct damon_thread *thread)
{
	struct damon_request *request;

	list_for_each_entry(request, &thread->open, node) {
		if (request->state == REQUEST_ABANDONED)
			return request;
	}
	return NULL;
}

static void cancel_abandoned(struct damon_thread *thread)
{
	struct damon_request *request;

	spin_lock(&thread->lock);
	while ((request = find_abandoned_locked(thread))) {
		spin_unlock(&thread->lock);
		thread->ops->cancel(thread->worker, request);
		spin_lock(&thread->lock);
		answer_locked(request, -EINTR);
	}
	thread->abandoned = false;
	spin_unlock(&thread->lock);
}

/* One request only, so that many of them cannot keep the worker from its steps. */
static void serve_one(struct damon_thread *thread)
{
	struct damon_request *request;

	if (list_empty_careful(&thread->queue))
		return;
	spin_lock(&thread->lock);
	request = list_first_entry_or_null(&thread->queue, struct damon_request, node);
	if (request) {
		list_move_tail(&request->node, &thread->open);
		request->state = REQUEST_SERVED;
	}
	spin_unlock(&thread->lock);

	if (request)
		thread->ops->serve(thread->worker, request, request->work);
}

static enum hrtimer_restart wake_task(struct hrtimer *timer)
{
	wake_up_process(container_of(timer, struct damon_thread, timer)->task);
	return HRTIMER_NORESTART;
}

/*
 * Sleeps until then, or until there is something else to do.  Returns false once the thread shall
 * end.  The timer is the thread's own, which is cheaper than schedule_hrtimeout(): it need not be
 * made and taken back each time.  If something else ends the sleep, the timer is started anew before
 * it has run off, or wakes the thread for nothing, which then finds nothing due.
 */
static bool sleep_until(struct damon_thread *thread, u64 time_ns)
{
	ktime_t expires = ns_to_ktime(min_t(u64, time_ns, KTIME_MAX));

	/*
	 * Idle: not counted as load, no hung-task report.  The state is set before the tests, and
	 * whoever brings work wakes us after queueing it, so no wake-up is lost.  The freezer's
	 * wake-up also ends the sleep.
	 */
	set_current_state(TASK_IDLE);
	if (unlikely(should_end(thread))) {
		__set_current_state(TASK_RUNNING);
		return false;
	}
	if (list_empty_careful(&thread->queue) && !READ_ONCE(thread->abandoned) &&
	    !freezing(current)) {
		hrtimer_start_range_ns(&thread->timer, expires, SLACK_NS, HRTIMER_MODE_ABS);
		schedule();
	} else {
		__set_current_state(TASK_RUNNING);
		cond_resched(); /* there may be work all the time, and then it never sleeps */
	}
	try_to_freeze();
	return true;
}

static void end_requests(struct damon_thread *thread)
{
	struct damon_request *request, *next;

	spin_lock(&thread->lock);
	WRITE_ONCE(thread->ended, true);
	list_splice_tail_init(&thread->queue, &thread->open);
	list_for_each_entry_safe(request, next, &thread->open, node)
		answer_locked(request, -ECANCELED);
	spin_unlock(&thread->lock);
}

static int run(void *data)
{
	struct damon_thread *thread = data;
	u64 next;

	complete(&thread->started);
	/* Sampling would do no harm in a suspending system, but actions do I/O. */
	set_freezable();

	do {
		if (READ_ONCE(thread->abandoned))
			cancel_abandoned(thread);
		serve_one(thread);
		next = thread->ops->step(thread->worker);
	} while (next && sleep_until(thread, next));
	hrtimer_cancel(&thread->timer);
	thread->ops->finish(thread->worker);
	end_requests(thread);
	return 0;
}

/* Whether those that run let another start. */
static bool may_start_locked(bool exclusive)
{
	const struct damon_thread *other;

	list_for_each_entry(other, &threads, node) {
		if ((exclusive || other->exclusive) && !READ_ONCE(other->ended))
			return false;
	}
	return true;
}

static int start_locked(const char *name, struct damon_thread *thread)
{
	struct task_struct *task;

	lockdep_assert_held(&threads_lock);
	if (closing)
		return -ENODEV;
	if (!may_start_locked(thread->exclusive))
		return -EBUSY;
	task = kthread_create(run, thread, "%s", name);
	if (IS_ERR(task))
		return PTR_ERR(task);
	thread->task = get_task_struct(task);
	list_add(&thread->node, &threads);
	wake_up_process(task);
	return 0;
}

int damon_thread_start(const char *name, const struct damon_thread_ops *ops, void *worker,
		       bool exclusive, struct damon_thread **threadp)
{
	struct damon_thread *thread = kzalloc(sizeof(*thread), GFP_KERNEL);
	int err;

	if (!thread)
		return -ENOMEM;
	thread->ops = ops;
	thread->worker = worker;
	thread->exclusive = exclusive;
	hrtimer_init(&thread->timer, CLOCK_MONOTONIC, HRTIMER_MODE_ABS);
	thread->timer.function = wake_task;
	init_completion(&thread->started);
	spin_lock_init(&thread->lock);
	INIT_LIST_HEAD(&thread->queue);
	INIT_LIST_HEAD(&thread->open);

	mutex_lock(&threads_lock);
	err = start_locked(name, thread);
	mutex_unlock(&threads_lock);
	if (err) {
		kfree(thread);
		return err;
	}
	/* A kthread stopped before it ran never runs, and finish() would not be called. */
	wait_for_completion(&thread->started);
	*threadp = thread;
	return 0;
}

void damon_thread_stop(struct damon_thread *thread)
{
	kthread_stop(thread->task);
	/* Until here it counts for who is exclusive. */
	mutex_lock(&threads_lock);
	list_del(&thread->node);
	mutex_unlock(&threads_lock);
	put_task_struct(thread->task);
	kfree(thread);
}

void damon_threads_end(void)
{
	struct damon_thread *thread;

	mutex_lock(&threads_lock);
	closing = true;
	list_for_each_entry(thread, &threads, node) {
		WRITE_ONCE(thread->ending, true);
		wake_up_process(thread->task);
	}
	mutex_unlock(&threads_lock);
}

int damon_thread_pid(const struct damon_thread *thread)
{
	return READ_ONCE(thread->ended) ? -1 : task_pid_nr(thread->task);
}

bool damon_thread_is_current(const struct damon_thread *thread)
{
	return thread->task == current;
}

int damon_thread_call(struct damon_thread *thread, void *work)
{
	struct damon_request request = {
		.thread = thread,
		.work = work,
		.state = REQUEST_QUEUED,
	};

	if (damon_thread_is_current(thread))
		return -EDEADLK;
	init_completion(&request.answered);
	spin_lock(&thread->lock);
	if (thread->ended) {
		spin_unlock(&thread->lock);
		return -ECANCELED;
	}
	list_add_tail(&request.node, &thread->queue);
	spin_unlock(&thread->lock);
	wake_up_process(thread->task);

	if (!wait_for_completion_interruptible(&request.answered))
		return request.result;

	spin_lock(&thread->lock);
	switch (request.state) {
	case REQUEST_QUEUED:
		answer_locked(&request, -EINTR);
		break;
	case REQUEST_SERVED:
		request.state = REQUEST_ABANDONED;
		thread->abandoned = true;
		break;
	case REQUEST_ABANDONED:
	case REQUEST_DONE:
		break;
	}
	spin_unlock(&thread->lock);
	wake_up_process(thread->task);
	/* Soon: the worker lets go of it, or answers after all. */
	wait_for_completion(&request.answered);
	return request.result;
}
