// SPDX-License-Identifier: GPL-2.0
#pragma once

namespace damon::test {

// The FakeProcess of this pid is the physical memory.
constexpr int physical_memory = 0;

} // namespace damon::test
