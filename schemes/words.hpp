// SPDX-License-Identifier: GPL-2.0
// What values of the configuration are called wherever they are text: in files and in the one-line
// form of schemes.  Each list is in the order of its enumeration.
#pragma once

#include <iterator>
#include <string_view>

#include "core/config.hpp"

namespace damon {

inline constexpr std::string_view action_words[] = {
	"willneed", "cold",	  "pageout",	 "hugepage",	 "nohugepage", "collapse",
	"lru_prio", "lru_deprio", "migrate_hot", "migrate_cold", "stat",
};
static_assert(std::size(action_words) == nr_actions);

inline constexpr std::string_view filter_type_words[] = {
	"anon", "active", "memcg", "young", "hugepage_size", "unmapped", "addr", "target",
};
static_assert(std::size(filter_type_words) == nr_filter_types);

inline constexpr std::string_view goal_tuner_words[] = {"consist", "temporal"};

} // namespace damon
