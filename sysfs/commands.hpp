// SPDX-License-Identifier: GPL-2.0
// The files that do more than load or store a field.
#pragma once

#include <string_view>

#include "core/config.hpp"
#include "core/result.hpp"
#include "sysfs/staged.hpp"
#include "sysfs/text.hpp"

namespace damon::sysfs {

// In the order of their values.
inline constexpr std::string_view operations_words[] = {"vaddr", "fvaddr", "paddr"};
static_assert(std::size(operations_words) == nr_operations_ids);

// kdamonds/<K>/state: EBUSY while another command is served.
[[nodiscard]] Result<> print_state(const KdamondDir &kdamond, Printer &out);
[[nodiscard]] Result<> command(KdamondDir &kdamond, std::string_view text);
// As if it had never been on.
void forget(KdamondDir &kdamond);

// kdamonds/<K>/pid
[[nodiscard]] Result<> print_pid(const KdamondDir &kdamond, Printer &out);

// contexts/<C>/avail_operations
[[nodiscard]] Result<> print_available_operations(const ContextDir &context, Printer &out);

} // namespace damon::sysfs
