// SPDX-License-Identifier: GPL-2.0
// What the module is put together from.
#include <damon/port.h>
#include <damon/symbols.h>

#include "core/memory.hpp"
#include "core/result.hpp"
#include "ops-paddr/paddr.hpp"
#include "ops-vaddr/vaddr.hpp"
#include "sysfs/tree.hpp"

namespace damon {

namespace {

// Not an Owned: globals have no destructors here.
constinit sysfs::Tree *tree = nullptr;

Result<> start()
{
	TRY(from_errno(damon_symbols_bind(), "the kernel lacks functions that are needed"));
	register_vaddr_operations();
	register_paddr_operations();
	tree = TRY(sysfs::Tree::create()).release();
	return {};
}

} // namespace

} // namespace damon

int damon_module_start()
{
	const damon::Result<> result = damon::start();

	if (!result)
		damon_log_error("not loaded: %s (error %d)", result.error().reason,
				result.error().number);
	return damon::to_errno(result);
}

void damon_module_stop()
{
	// A file's writer may be waiting for a kdamond, for long, and holds the interface lock.
	damon_threads_end();
	delete damon::tree;
}
