// SPDX-License-Identifier: GPL-2.0
// The memory cgroups of the port, over FakeMemcg.
#include "tests/unit/fake_memcg.hpp"

#include <cerrno>

#include <damon/port.h>

using damon::test::FakeMemcg;

namespace damon::test {

namespace {

constinit FakeMemcg *memcgs = nullptr;

} // namespace

FakeMemcg::FakeMemcg(std::string_view path_) : path(path_), next_(memcgs)
{
	memcgs = this;
}

FakeMemcg::~FakeMemcg()
{
	FakeMemcg **link = &memcgs;

	while (*link != this)
		link = &(*link)->next_;
	*link = next_;
}

FakeMemcg *FakeMemcg::find(std::string_view path)
{
	for (FakeMemcg *memcg = memcgs; memcg; memcg = memcg->next_) {
		if (memcg->path == path)
			return memcg;
	}
	return nullptr;
}

} // namespace damon::test

int damon_memcg_open(const char *path, damon_memcg **memcg)
{
	FakeMemcg *found = FakeMemcg::find(path);

	if (!found)
		return -ENOENT;
	found->users++;
	*memcg = reinterpret_cast<damon_memcg *>(found);
	return 0;
}

void damon_memcg_close(damon_memcg *memcg)
{
	if (memcg)
		reinterpret_cast<FakeMemcg *>(memcg)->users--;
}
