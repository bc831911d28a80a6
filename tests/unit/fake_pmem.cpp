// SPDX-License-Identifier: GPL-2.0
// The physical memory of the port, over FakeProcess.  Without one all memory is unknown.
#include "tests/unit/fake_pmem.hpp"

#include <cerrno>
#include <new>

#include "tests/unit/fakes.hpp"

using damon::test::FakeProcess;

struct damon_pmem {
	FakeProcess *memory;
};

namespace {

// Whose pass goes on.  The port has no end of one: it ends where the next begins, be it for another
// damon_pmem, or with a close.
constinit FakeProcess *in_pass = nullptr;

void end_pass_of(FakeProcess *memory)
{
	if (memory && in_pass == memory) {
		memory->end();
		in_pass = nullptr;
	}
}

} // namespace

int damon_pmem_open(damon_pmem **pmem)
{
	void *room = damon_alloc(sizeof(damon_pmem));

	if (!room)
		return -ENOMEM;
	*pmem = new (room) damon_pmem{FakeProcess::find(damon::test::physical_memory)};
	if ((*pmem)->memory)
		(*pmem)->memory->calls.opens++;
	return 0;
}

void damon_pmem_close(damon_pmem *pmem)
{
	end_pass_of(pmem->memory);
	if (pmem->memory)
		pmem->memory->calls.closes++;
	damon_free(pmem);
}

int damon_system_ram(uint64_t *start, uint64_t *end)
{
	*start = damon::test::system_ram.start;
	*end = damon::test::system_ram.end;
	return 0;
}

void damon_pmem_begin(damon_pmem *pmem)
{
	end_pass_of(pmem->memory);
	if (pmem->memory && pmem->memory->begin())
		in_pass = pmem->memory;
}

damon_verdict damon_pmem_sample(damon_pmem *pmem, damon_watch *watches, const uint64_t *next,
				unsigned int count)
{
	damon_verdict verdict = {};

	if (pmem->memory)
		return pmem->memory->sample({watches, count}, next);
	for (unsigned int i = 0; i < count; i++) {
		verdict.unknown |= uint64_t{1} << i;
		watches[i] = {.address = next ? next[i] : DAMON_NO_ADDRESS, .cookie = 0};
	}
	return verdict;
}

void damon_pmem_probe(damon_pmem *pmem, const uint64_t *addresses, unsigned int count,
		      const damon_probe *probes, unsigned int nr_probes, uint64_t *hits)
{
	end_pass_of(pmem->memory);
	if (pmem->memory) {
		pmem->memory->probe({addresses, count}, {probes, nr_probes}, hits);
		return;
	}
	for (unsigned int p = 0; p < nr_probes; p++)
		hits[p] = 0;
}
