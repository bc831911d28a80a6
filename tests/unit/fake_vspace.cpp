// SPDX-License-Identifier: GPL-2.0
// The virtual address spaces of the port, over FakeProcess.
#include <new>

#include "core/check.hpp"
#include "tests/unit/fakes.hpp"

using damon::test::FakeProcess;

struct damon_vspace {
	FakeProcess *process;
};

int damon_vspace_open(int pid, damon_vspace **vspace)
{
	FakeProcess *process = FakeProcess::find(pid);

	if (!process)
		return -ESRCH;
	void *memory = damon_alloc(sizeof(damon_vspace));
	if (!memory)
		return -ENOMEM;
	*vspace = new (memory) damon_vspace{process};
	process->calls.opens++;
	return 0;
}

void damon_vspace_close(damon_vspace *vspace)
{
	vspace->process->calls.closes++;
	damon_free(vspace);
}

bool damon_vspace_alive(const damon_vspace *vspace)
{
	return vspace->process->alive;
}

bool damon_vspace_begin(damon_vspace *vspace)
{
	return vspace->process->begin();
}

damon_verdict damon_vspace_sample(damon_vspace *vspace, damon_watch *watches, const uint64_t *next,
				  unsigned int count)
{
	return vspace->process->sample({watches, count}, next);
}

void damon_vspace_end(damon_vspace *vspace)
{
	vspace->process->end();
}

int damon_vspace_mappings(damon_vspace *vspace, void (*visit)(void *, uint64_t, uint64_t),
			  void *arg)
{
	FakeProcess &process = *vspace->process;

	process.calls.finds++;
	if (!process.has_memory)
		return -ESRCH;
	for (const damon::Range &mapping : process.mappings)
		visit(arg, mapping.start, mapping.end);
	return 0;
}

int damon_advice_supported(damon_advice)
{
	return FakeProcess::advice_error;
}

uint64_t damon_vspace_advise(damon_vspace *vspace, uint64_t start, uint64_t end,
			     damon_advice advice)
{
	static constexpr damon::Action actions[DAMON_NR_ADVICES] = {
		damon::Action::willneed, damon::Action::cold,	    damon::Action::pageout,
		damon::Action::hugepage, damon::Action::nohugepage, damon::Action::collapse,
	};
	FakeProcess &process = *vspace->process;

	process.record(actions[advice], {start, end});
	return process.has_memory ? (end - start) / process.apply_divisor : 0;
}
