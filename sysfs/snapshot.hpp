// SPDX-License-Identifier: GPL-2.0
// A whole snapshot as one text: a line about it, then a line per region.
#pragma once

#include "core/result.hpp"
#include "core/vec.hpp"
#include "schemes/snapshot.hpp"

namespace damon::sysfs {

[[nodiscard]] Result<Vec<char>> snapshot_text(const Snapshot &snapshot);

} // namespace damon::sysfs
