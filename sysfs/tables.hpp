// SPDX-License-Identifier: GPL-2.0
#pragma once

#include "sysfs/staged.hpp"
#include "sysfs/table.hpp"

namespace damon::sysfs {

// The directory that shows a Root: all else is below it.
extern const DirectoryOf<Root> root_dir;
// That of one kdamond.
extern const DirectoryOf<KdamondDir> kdamond_dir;

} // namespace damon::sysfs
