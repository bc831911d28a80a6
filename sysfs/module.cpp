// SPDX-License-Identifier: GPL-2.0
// What the module is put together from.
#include <damon/port.h>
#include <damon/symbols.h>

#include "core/memory.hpp"
#include "core/result.hpp"
#include "ops-paddr/paddr.hpp"
#include "ops-vaddr/vaddr.hpp"
#include "sysfs/boot.hpp"
#include "sysfs/last_error.hpp"
#include "sysfs/tree.hpp"

namespace damon {

namespace {

// Not an Owned: globals have no destructors here.
constinit sysfs::Tree *tree = nullptr;

Result<> start(sysfs::LastError &why)
{
	damon_boot_parameters parameters;

	damon_boot_parameters_read(&parameters);
	const Owned<sysfs::Boot> boot = TRY(sysfs::parse_boot(parameters, why));

	TRY(from_errno(damon_symbols_bind(), "the kernel lacks functions that are needed"));
	register_vaddr_operations();
	register_paddr_operations();
	tree = TRY(sysfs::Tree::create(boot.get())).release();
	return {};
}

} // namespace

} // namespace damon

int damon_module_start()
{
	damon::sysfs::LastError why;
	const damon::Result<> result = damon::start(why);

	if (!result) {
		if (why.text().empty())
			why.set(result);
		damon_log_error("not loaded: %.*s (error %d)", static_cast<int>(why.text().size()),
				why.text().data(), result.error().number);
	}
	return damon::to_errno(result);
}

void damon_module_stop()
{
	// A file's writer may be waiting for a kdamond, for long, and holds the interface lock.
	damon_threads_end();
	delete damon::tree;
}
