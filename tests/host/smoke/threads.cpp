// SPDX-License-Identifier: GPL-2.0
// The port's clock and threads for real, and a kdamond that several threads ask things at once.
// Run under ThreadSanitizer: it is silent if the worker alone touches what is the worker's.
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <mutex>
#include <thread>

#include <damon/port.h>

#include "schemes/kdamond.hpp"
#include "tests/unit/fakes.hpp"

using Moment = std::chrono::steady_clock::time_point;

struct damon_request {
	void *work = nullptr;
	bool open = true;
	int result = 0;
};

struct damon_thread {
	const damon_thread_ops *ops = nullptr;
	void *worker = nullptr;
	std::mutex mutex;
	std::condition_variable changed;
	// Under the mutex.
	std::deque<damon_request *> queue;
	std::deque<damon_request *> served;
	bool stop = false;
	bool ended = false;
	std::thread thread;
};

namespace {

thread_local damon_thread *self = nullptr;

Moment moment(uint64_t ns)
{
	return Moment(std::chrono::nanoseconds(ns));
}

void serve_all(damon_thread &thread)
{
	std::unique_lock lock(thread.mutex);

	while (!thread.queue.empty()) {
		damon_request *request = thread.queue.front();

		thread.queue.pop_front();
		thread.served.push_back(request);
		lock.unlock();
		thread.ops->serve(thread.worker, request, request->work);
		lock.lock();
	}
}

void work(damon_thread &thread)
{
	self = &thread;
	for (;;) {
		uint64_t next = thread.ops->step(thread.worker);

		if (next == 0)
			break;
		{
			std::unique_lock lock(thread.mutex);

			thread.changed.wait_until(lock, moment(next), [&] {
				return thread.stop || !thread.queue.empty();
			});
			if (thread.stop)
				break;
		}
		serve_all(thread);
	}
	thread.ops->finish(thread.worker);

	const std::lock_guard lock(thread.mutex);

	thread.ended = true;
	for (auto *queue : {&thread.queue, &thread.served}) {
		for (damon_request *request : *queue) {
			request->result = -ECANCELED;
			request->open = false;
		}
		queue->clear();
	}
	thread.changed.notify_all();
}

} // namespace

uint64_t damon_now_ns()
{
	return static_cast<uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
}

uint64_t damon_thread_cpu_ns()
{
	return 0;
}

// What the fakes know of; here no time is made up.
void damon::test::set_thread_cpu_ns(uint64_t) {}

// The only one there is.
int damon_thread_start(const char *, const damon_thread_ops *ops, void *worker, bool,
		       damon_thread **thread)
{
	auto *created = new damon_thread;

	created->ops = ops;
	created->worker = worker;
	created->thread = std::thread([created] { work(*created); });
	*thread = created;
	return 0;
}

void damon_thread_stop(damon_thread *thread)
{
	{
		const std::lock_guard lock(thread->mutex);

		thread->stop = true;
		thread->changed.notify_all();
	}
	thread->thread.join();
	delete thread;
}

int damon_thread_pid(const damon_thread *thread)
{
	auto *writable = const_cast<damon_thread *>(thread);
	const std::lock_guard lock(writable->mutex);

	return thread->ended ? -1 : 1;
}

bool damon_thread_is_current(const damon_thread *thread)
{
	return thread == self;
}

int damon_thread_call(damon_thread *thread, void *work)
{
	damon_request request;
	std::unique_lock lock(thread->mutex);

	if (thread->ended)
		return -ECANCELED;
	request.work = work;
	thread->queue.push_back(&request);
	thread->changed.notify_all();
	thread->changed.wait(lock, [&] { return !request.open; });
	return request.result;
}

void damon_request_done(damon_request *request, int result)
{
	const std::lock_guard lock(self->mutex);

	std::erase(self->served, request);
	request->result = result;
	request->open = false;
	self->changed.notify_all();
}

// ---- The test ----

using namespace damon;
using namespace damon::test;

namespace {

std::atomic<unsigned int> commits;
std::atomic<unsigned int> reads;
std::atomic<unsigned int> walks;
std::atomic<bool> over;

void require(bool condition, const char *what)
{
	if (condition)
		return;
	std::fprintf(stderr, "not ok: %s\n", what);
	std::_Exit(1);
}

ContextConfig config(uint64_t max_nr_regions)
{
	ContextConfig made;
	TargetConfig target;
	SchemeConfig scheme;

	made.operations = OperationsId::fvaddr;
	made.attributes.sample_us = 1000;
	made.attributes.aggr_us = 5000;
	made.attributes.max_nr_regions = max_nr_regions;
	target.pid = 1;
	require(target.regions.push({0, 1000 * page}).has_value(), "memory");
	require(made.targets.push(std::move(target)).has_value(), "memory");
	scheme.pattern = {
		.size = {0, UINT64_MAX}, .nr_accesses = {0, UINT32_MAX}, .age = {0, UINT32_MAX}};
	require(made.schemes.push(std::move(scheme)).has_value(), "memory");
	return made;
}

} // namespace

int main()
{
	register_fake({});
	FakeProcess process(1);

	process.map({0, 1000 * page});
	Result<Owned<Kdamond>> started = Kdamond::start("kdamond.0", config(100));

	require(started.has_value(), "start");
	Kdamond &kdamond = **started;
	{
		std::jthread committer([&] {
			for (uint64_t max = 50; !over; max ^= 32, commits++) {
				std::this_thread::sleep_for(std::chrono::milliseconds(20));
				require(kdamond.commit(config(max)).has_value(), "commit");
			}
		});
		std::jthread reader([&] {
			for (SchemeStats stats; !over; reads++)
				require(kdamond.read_stats({&stats, 1}).has_value(), "read_stats");
		});
		std::jthread walker([&] {
			// A commit may cancel a walk, and then there is another try.
			for (Vec<TriedRegions> tried; !over;)
				walks += kdamond.walk(tried).has_value();
		});
		std::this_thread::sleep_for(std::chrono::seconds(1));
		over = true;
	}
	require(kdamond.running(), "running");
	started->reset();
	require(process.calls.opens == process.calls.closes, "every space is closed");
	require(commits > 0 && reads > 0, "progress");
	std::printf("ok threads: %u commits, %u reads, %u walks\n", commits.load(), reads.load(),
		    walks.load());
}
