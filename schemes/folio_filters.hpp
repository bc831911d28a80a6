// SPDX-License-Identifier: GPL-2.0
// Filter, the second layer: what the operations set asks of each folio, made ready for it.
#pragma once

#include <span>

#include <damon/port.h>

#include "core/config.hpp"
#include "core/memcg.hpp"
#include "core/result.hpp"
#include "core/vec.hpp"

namespace damon {

class FolioFilters {
      public:
	// Takes them out of a scheme's filters, opens what they refer to in the caller's cgroup
	// namespace, and refuses nonsense, of core filters too.
	[[nodiscard]] static Result<FolioFilters> open(std::span<const FilterConfig> configs);

	std::span<const damon_filter> span() const
	{
		return filters_;
	}

      private:
	Vec<damon_filter> filters_;
	Vec<Memcg> memcgs_; // that filters refer to
};

} // namespace damon
