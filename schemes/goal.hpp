// SPDX-License-Identifier: GPL-2.0
// Goals of a quota.
#pragma once

#include <span>

#include "core/config.hpp"
#include "core/memcg.hpp"
#include "core/vec.hpp"

namespace damon {

// A goal at work.
struct Goal {
	GoalConfig config;
	Memcg memcg; // of the metrics of one
};

// Opens what the goals refer to, in the caller's cgroup namespace.  Goals without a target value are
// left out.
[[nodiscard]] Result<Vec<Goal>> open_goals(std::span<const GoalConfig> configs);

} // namespace damon
