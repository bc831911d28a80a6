// SPDX-License-Identifier: GPL-2.0
// An address space that a client brought along, as an operations set.
#pragma once

#include <damon/damon.h>

#include "core/address_space.hpp"

namespace damon {

// The functions, and for whom they are: a copy of what the client gave.
struct ClientSpace {
	damon_space functions = {};
	void *arg = nullptr;
};

// EINVAL: functions are missing, or the granularity is not a power of two.
[[nodiscard]] Result<> validate(const ClientSpace &space);

// What monitors @space.  Its targets name it as TargetConfig::custom.
Operations operations_for(const ClientSpace &space);

} // namespace damon
