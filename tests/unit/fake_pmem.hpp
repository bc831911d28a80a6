// SPDX-License-Identifier: GPL-2.0
#pragma once

#include "core/config.hpp"

namespace damon::test {

// The FakeProcess of this pid is the physical memory.
constexpr int physical_memory = 0;

// Where System RAM is: not at page bounds, as real ones need not be.
constexpr Range system_ram = {0x1000, 0x7ffe'0400};

} // namespace damon::test
