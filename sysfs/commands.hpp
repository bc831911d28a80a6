// SPDX-License-Identifier: GPL-2.0
// The files that do more than load or store a field.
#pragma once

#include <string_view>

#include "core/config.hpp"
#include "core/result.hpp"
#include "core/vec.hpp"
#include "sysfs/staged.hpp"
#include "sysfs/text.hpp"

namespace damon::sysfs {

// In the order of their values.
inline constexpr std::string_view operations_words[] = {"vaddr", "fvaddr", "paddr"};
static_assert(std::size(operations_words) == nr_operations_ids);

// kdamonds/<K>/state: EBUSY while another command is served.
[[nodiscard]] Result<> print_state(const KdamondDir &kdamond, Printer &out);
[[nodiscard]] Result<> command(KdamondDir &kdamond, std::string_view text);
// What writing `on` does.  Under the interface lock.
[[nodiscard]] Result<> turn_on(KdamondDir &kdamond);
// As if it had never been on.
void forget(KdamondDir &kdamond);

// kdamonds/<K>/pid
[[nodiscard]] Result<> print_pid(const KdamondDir &kdamond, Printer &out);
// kdamonds/<K>/nr_late_ticks: of the kdamond that runs, or ran last.
[[nodiscard]] Result<> print_nr_late_ticks(const KdamondDir &kdamond, Printer &out);
// kdamonds/<K>/last_error
[[nodiscard]] Result<> print_last_error(const KdamondDir &kdamond, Printer &out);
// kdamonds/<K>/snapshot: empty unless the kdamond runs.
[[nodiscard]] Result<Vec<char>> print_snapshot(KdamondDir &kdamond);

// contexts/<C>/avail_operations
[[nodiscard]] Result<> print_available_operations(const ContextDir &context, Printer &out);

} // namespace damon::sysfs
