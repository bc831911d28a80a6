// SPDX-License-Identifier: GPL-2.0
// Writes that were refused, and why: told by the kdamond that the file is of.
#pragma once

#include <string_view>

#include <damon/port.h>

#include "core/result.hpp"

namespace damon::sysfs {

// What the write of @text to a file came to, as an errno.  If it was refused, the last_error of its
// kdamond says so; a file with no kdamond above it has none.  Called from the file's store: needs no
// lock, and takes none but that of last_error, since the interface may be busy.
[[nodiscard]] int told(const damon_place &dir, const damon_file &file, std::string_view text,
		       const Result<> &result);

} // namespace damon::sysfs
