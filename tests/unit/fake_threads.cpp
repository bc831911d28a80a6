// SPDX-License-Identifier: GPL-2.0
// The clock and the threads of the port, deterministic: a thread runs when the test lets time pass,
// or while it has to answer a call.
#include <algorithm>
#include <new>

#include "core/check.hpp"
#include "tests/unit/fakes.hpp"

struct damon_request {
	bool open = true;
	int result = 0;
};

struct damon_thread {
	const damon_thread_ops *ops = nullptr;
	void *worker = nullptr;
	int pid = 0;
	bool exclusive = false;
	bool ended = false;
	bool current = false; // in its own code
	uint64_t next_step = 0;
	damon_request *request = nullptr;
	damon_thread *next = nullptr;
};

namespace {

constinit uint64_t now_ns = 1'000'000'000;
constinit uint64_t cpu_ns = 0;
constinit damon_thread *threads = nullptr;
constinit int last_pid = 1000;
constinit uint64_t steps = 0;
constinit unsigned int patience = 100'000;

// Nobody waits that long: it is 36 years.
constexpr uint64_t horizon = uint64_t{1} << 60;

void end(damon_thread &thread)
{
	if (thread.ended)
		return;
	thread.ended = true;
	thread.current = true;
	thread.ops->finish(thread.worker);
	thread.current = false;
	if (thread.request && thread.request->open)
		damon_request_done(thread.request, -ECANCELED);
}

void step(damon_thread &thread)
{
	steps++;
	now_ns = std::max(now_ns, thread.next_step);
	thread.current = true;
	thread.next_step = thread.ops->step(thread.worker);
	thread.current = false;
	if (thread.next_step == 0)
		end(thread);
}

damon_thread *next_due(uint64_t until)
{
	damon_thread *first = nullptr;

	for (damon_thread *thread = threads; thread; thread = thread->next) {
		if (!thread->ended && thread->next_step <= until &&
		    (!first || thread->next_step < first->next_step))
			first = thread;
	}
	return first;
}

} // namespace

namespace damon::test {

void set_time_us(uint64_t now)
{
	now_ns = now * 1000;
}

void advance_us(uint64_t by)
{
	now_ns += by * 1000;
}

uint64_t time_us()
{
	return now_ns / 1000;
}

void set_thread_cpu_ns(uint64_t ns)
{
	cpu_ns = ns;
}

void run_for_us(uint64_t duration)
{
	uint64_t until = now_ns + duration * 1000;

	while (damon_thread *thread = next_due(until))
		step(*thread);
	now_ns = std::max(now_ns, until);
}

void stall_for_us(uint64_t duration)
{
	advance_us(duration);
	run_for_us(0);
}

void run_steps(unsigned int nr)
{
	while (nr--) {
		damon_thread *thread = next_due(horizon);

		if (!thread)
			return;
		step(*thread);
	}
}

uint64_t nr_steps()
{
	return steps;
}

void set_patience(unsigned int nr)
{
	patience = nr;
}

void *worker_of(int pid)
{
	for (damon_thread *thread = threads; thread; thread = thread->next) {
		if (thread->pid == pid)
			return thread->worker;
	}
	return nullptr;
}

unsigned int nr_threads()
{
	unsigned int nr = 0;

	for (damon_thread *thread = threads; thread; thread = thread->next)
		nr++;
	return nr;
}

} // namespace damon::test

uint64_t damon_now_ns()
{
	return now_ns;
}

uint64_t damon_thread_cpu_ns()
{
	return cpu_ns;
}

int damon_thread_start(const char *, const damon_thread_ops *ops, void *worker, bool exclusive,
		       damon_thread **thread)
{
	for (const damon_thread *other = threads; other; other = other->next) {
		if ((exclusive || other->exclusive) && !other->ended)
			return -EBUSY;
	}
	void *memory = damon_alloc(sizeof(damon_thread));

	if (!memory)
		return -ENOMEM;
	auto *created = new (memory) damon_thread;
	created->ops = ops;
	created->worker = worker;
	created->exclusive = exclusive;
	created->pid = ++last_pid;
	created->next_step = now_ns;
	created->next = threads;
	threads = created;
	*thread = created;
	return 0;
}

void damon_thread_stop(damon_thread *thread)
{
	damon_thread **link = &threads;

	end(*thread);
	while (*link != thread)
		link = &(*link)->next;
	*link = thread->next;
	damon_free(thread);
}

int damon_thread_pid(const damon_thread *thread)
{
	return thread->ended ? -1 : thread->pid;
}

bool damon_thread_is_current(const damon_thread *thread)
{
	return thread->current;
}

int damon_thread_call(damon_thread *thread, void *work)
{
	damon_request request;

	if (thread->current)
		return -EDEADLK;
	if (thread->ended)
		return -ECANCELED;
	thread->request = &request;
	thread->current = true;
	thread->ops->serve(thread->worker, &request, work);
	thread->current = false;
	for (unsigned int i = 0; request.open && i < patience && thread->next_step < horizon; i++)
		step(*thread);
	if (request.open) {
		thread->ops->cancel(thread->worker, &request);
		request.result = -EINTR;
	}
	thread->request = nullptr;
	return request.result;
}

void damon_request_done(damon_request *request, int result)
{
	CHECK(request->open);
	request->open = false;
	request->result = result;
}
