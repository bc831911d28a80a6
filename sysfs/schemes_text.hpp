// SPDX-License-Identifier: GPL-2.0
// contexts/<C>/schemes/text: all staged schemes as lines of text.
#pragma once

#include <string_view>

#include "core/result.hpp"
#include "core/vec.hpp"
#include "sysfs/staged.hpp"

namespace damon::sysfs {

[[nodiscard]] Result<Vec<char>> print_schemes_text(ContextDir &context);
// Replaces all schemes, or none; what is wrong is then the kdamond's last error.
[[nodiscard]] Result<> write_schemes_text(ContextDir &context, std::string_view text);

} // namespace damon::sysfs
