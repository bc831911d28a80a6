// SPDX-License-Identifier: GPL-2.0
// What only the host offers to tests.
#pragma once

#include <cstdint>
#include <string>

namespace damon::test {

// Allocations of the product that were not freed yet.
uint64_t live_allocations();
// Allocations ever asked for, refused ones included.
uint64_t allocations();

enum class Refuse : bool { one, all };

// While in scope, refuses damon_alloc() after @count more allocations: the next one, or all.
class FailAllocation {
      public:
	explicit FailAllocation(uint64_t count, Refuse refuse = Refuse::one);
	FailAllocation(const FailAllocation &) = delete;
	~FailAllocation();
	// Whether one was refused.
	bool hit() const;
};

// Calls @act with each of its allocations refused in turn, until it needs no more of them.
// @act returns a Result; @after_failure checks what it left behind.
void with_each_allocation_refused(auto &&act, auto &&after_failure)
{
	for (uint64_t count = 0;; count++) {
		FailAllocation failing(count);
		auto result = act();

		if (!failing.hit())
			return;
		if (!result)
			after_failure(result.error());
	}
}

// Proves that nothing is allocated while it is in scope: aborts with a message otherwise.
class NoAllocationGuard {
      public:
	NoAllocationGuard();
	NoAllocationGuard(const NoAllocationGuard &) = delete;
	~NoAllocationGuard();
};

// From now on random seeds are as at the start of the program.
void reset_random();

// What the product logged since the last call, a line each.
std::string take_log();

} // namespace damon::test
