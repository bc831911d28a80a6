// SPDX-License-Identifier: GPL-2.0
// The port on the host: memory that can be refused, a log that can be read.
// Time and threads are in tests/unit/fake_threads.cpp, address spaces in tests/unit/fake_vspace.cpp.
#include <atomic>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string>
#include <utility>

#include <damon/port.h>

#include "tests/host/host.hpp"

namespace {

std::atomic<uint64_t> nr_live;
std::atomic<uint64_t> nr_asked;
std::atomic<unsigned int> nr_guards;

// The numbers of the first and the last allocation to refuse.
std::atomic<uint64_t> refuse_first = UINT64_MAX;
std::atomic<uint64_t> refuse_last = UINT64_MAX;
std::atomic<bool> refused;

std::atomic<uint64_t> nr_seeds;

std::mutex log_mutex;
std::string log_text;

void log_line(const char *format, va_list args)
{
	char line[512];

	std::vsnprintf(line, sizeof(line), format, args);
	const std::lock_guard lock(log_mutex);
	log_text += line;
	log_text += '\n';
}

} // namespace

namespace damon::test {

uint64_t live_allocations()
{
	return nr_live;
}

uint64_t allocations()
{
	return nr_asked;
}

FailAllocation::FailAllocation(uint64_t count, Refuse refuse)
{
	refused = false;
	refuse_first = nr_asked + count;
	refuse_last = refuse == Refuse::all ? UINT64_MAX : nr_asked + count;
}

FailAllocation::~FailAllocation()
{
	refuse_first = refuse_last = UINT64_MAX;
}

bool FailAllocation::hit() const
{
	return refused;
}

NoAllocationGuard::NoAllocationGuard()
{
	nr_guards++;
}

NoAllocationGuard::~NoAllocationGuard()
{
	nr_guards--;
}

void reset_random()
{
	nr_seeds = 0;
}

std::string take_log()
{
	const std::lock_guard lock(log_mutex);

	return std::exchange(log_text, {});
}

} // namespace damon::test

void *damon_alloc(size_t size)
{
	if (nr_guards > 0) {
		std::fprintf(stderr, "allocation of %zu bytes where none is allowed\n", size);
		std::abort();
	}
	uint64_t number = nr_asked++;
	if (refuse_first <= number && number <= refuse_last) {
		refused = true;
		return nullptr;
	}
	void *memory = size ? std::calloc(1, size) : nullptr;
	if (memory)
		nr_live++;
	return memory;
}

void damon_free(void *memory)
{
	if (memory)
		nr_live--;
	std::free(memory);
}

// Every run of the tests is the same run.
uint64_t damon_random_seed()
{
	return 0x5eed0000 + nr_seeds++;
}

void damon_log_info(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_line(format, args);
	va_end(args);
}

void damon_log_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_line(format, args);
	va_end(args);
}

void damon_report_bug(const char *condition, const char *file, int line)
{
	std::fprintf(stderr, "%s:%d: broken invariant: %s\n", file, line, condition);
	std::abort();
}
