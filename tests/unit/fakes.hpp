// SPDX-License-Identifier: GPL-2.0
// A small world for the product to run in, the same on the host and in the kernel: processes whose
// accesses are scripted, a clock that moves when told to, threads that run when called.
#pragma once

#include <cstdint>
#include <span>

#include "core/address_space.hpp"
#include "core/config.hpp"
#include "core/vec.hpp"

namespace damon::test {

constexpr uint64_t page = 4096;

// ---- Time and threads ----

// The clock of damon_now_ns() moves only here, and in run_for() and damon_thread_call().
void set_time_us(uint64_t now);
void advance_us(uint64_t by);
uint64_t time_us();
// What damon_thread_cpu_ns() tells.
void set_thread_cpu_ns(uint64_t ns);

// Lets that much time pass; every thread takes its steps when they are due.
void run_for_us(uint64_t duration);
// Like run_for_us(), but the threads get to run only at the end of it, as on a stalled machine.
void stall_for_us(uint64_t duration);
// Lets threads take that many steps altogether, each when it is due.
void run_steps(unsigned int nr);
// How many steps threads took, ever.
uint64_t nr_steps();
// How many steps a thread may take to answer a call, before its caller gives up as if by a signal.
void set_patience(unsigned int nr);
// What the thread of that id runs, as damon_thread_start() got it; null: there is none.
void *worker_of(int pid);
// Threads that were started and not yet stopped.
unsigned int nr_threads();

// ---- Processes ----

// Accessed bits as they would ideally be: for any address, whether it was accessed since a moment.
class AccessLog {
      public:
	// The range is accessed once, now.
	void touch(Range range);
	// The range is accessed all the time from now on, or no longer.
	void set_hot(Range range);
	void set_cold(Range range);

	uint64_t now() const
	{
		return now_;
	}
	bool accessed_since(uint64_t address, uint64_t moment) const;

      private:
	struct Touch {
		Range range;
		uint64_t moment = 0;
	};
	Vec<Touch> touches_;
	Vec<Range> hot_;
	uint64_t now_ = 1;
};

// A process as FakeSpace and the fake damon_vspace see it, found by its pid while it is in scope.
// Tests script it by its public members.
class FakeProcess {
      public:
	explicit FakeProcess(int pid_);
	FakeProcess(const FakeProcess &) = delete;
	~FakeProcess();

	static FakeProcess *find(int pid);

	const int pid;

	AccessLog log;
	// Sorted and disjoint.  What is not in here is never accessed, and its samples are unknown.
	Vec<Range> mappings;
	bool alive = true;	// valid(), damon_vspace_alive()
	bool has_memory = true; // begin_pass(), damon_vspace_begin()
	int find_error = 0;	// what find_ranges() fails with
	// As physical memory: what of it is anonymous, and what is charged to a memory cgroup.
	Vec<Range> anon;
	struct Charge {
		Range range;
		const void *memcg = nullptr;
	};
	Vec<Charge> charged;
	uint64_t apply_divisor =
		1; // apply() and damon_vspace_advise() achieve this part of a range

	static inline int advice_error = 0; // what damon_advice_supported() answers
	uint64_t apply_ns_per_page = 0;	    // CPU time that apply() takes
	uint64_t passed_divisor = 0; // apply() lets this part of a range pass filters; 0: none
	uint64_t node_border = UINT64_MAX; // node 0 has what is below it, node 1 the rest

	void map(Range range);
	bool mapped(uint64_t address) const;

	// What was asked of the process.
	struct Calls {
		uint64_t opens = 0;
		uint64_t closes = 0;
		uint64_t finds = 0;
		uint64_t passes = 0;
		uint64_t batches = 0;
		uint64_t checked = 0; // watches that had an address
		uint64_t started = 0; // watches that were started
		uint64_t applies = 0;
		uint64_t probed = 0; // addresses
		// Against the contract: nested passes, unsorted or oversized batches...
		uint64_t violations = 0;
	};
	Calls calls;
	// The actions, until it is full: workers must not allocate.
	struct Application {
		Action action = Action::stat;
		Range range;
		std::size_t nr_filters = 0;
		int target_nid = -1;
		std::size_t nr_destinations = 0;
		uint64_t last_folio = 0; // as it was left by the one before in this walk
	};
	Vec<Application> applied;

	// Used by the fakes.
	damon_verdict sample(std::span<damon_watch> watches, const uint64_t *next);
	void probe(std::span<const uint64_t> addresses, std::span<const damon_probe> probes,
		   uint64_t *hits);
	bool begin();
	void end();
	void record(const Order &order, Range range);
	void record(Action action, Range range)
	{
		record(Order{.action = action}, range);
	}

      private:
	bool has(const damon_filter &filter, uint64_t address) const;
	bool hit_by(const damon_probe &probe, uint64_t address) const;

	FakeProcess *next_;
	bool in_pass_ = false;
};

// ---- Operations ----

struct FakeOperations {
	OperationsId id = OperationsId::fvaddr;
	bool finds_ranges = false; // the mappings of the process
	bool targets_end = true;
	uint64_t min_region_size = page;
	bool single_target = false;
	bool has_addr_unit = false;
	bool has_probes = false;
	bool only_stat = false; // no other action is supported
};

// From now on, and until another set takes the id, @fake.id stands for FakeProcess.
void register_fake(const FakeOperations &fake);

} // namespace damon::test
