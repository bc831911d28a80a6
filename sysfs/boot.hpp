// SPDX-License-Identifier: GPL-2.0
// What module parameters ask to be started at load: Documentation/user-guide.md, "Start at boot".
#pragma once

#include <cstdint>

#include <damon/port.h>

#include "core/config.hpp"
#include "core/memory.hpp"
#include "core/result.hpp"
#include "sysfs/last_error.hpp"
#include "sysfs/staged.hpp"

namespace damon::sysfs {

struct Boot : Heap {
	ContextConfig context;
	uint32_t refresh_ms = 0;
};

// What @parameters ask for; null if none is given.  On failure, @why has a sentence that begins with
// the name of the parameter that is wrong, and has the column: EINVAL, ENOMEM.
[[nodiscard]] Result<Owned<Boot>> parse_boot(const damon_boot_parameters &parameters,
					     LastError &why);

// Stages it, from which it takes, as the only kdamond of the tree, and turns that on.  Under the
// interface lock.
[[nodiscard]] Result<> start_boot(Root &root, Boot &boot);

} // namespace damon::sysfs
