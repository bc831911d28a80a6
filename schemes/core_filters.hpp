// SPDX-License-Identifier: GPL-2.0
// Filter, the first layer: by where a region is, before the operations set looks at its folios.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/config.hpp"
#include "core/result.hpp"
#include "core/vec.hpp"

namespace damon {

enum class CoreVerdict : uint8_t {
	reject,
	pass, // to the operations layer's filters
	take, // without asking them
};

// Of the first part of a range, up to @end: further on it may be another.
struct CoreDecision {
	CoreVerdict verdict = CoreVerdict::pass;
	uint64_t end = 0;
};

class CoreFilters {
      public:
	// Takes the core filters out of a scheme's.
	[[nodiscard]] static Result<CoreFilters> make(std::span<const FilterConfig> configs);

	// @range: of the target of index @target, not empty.  @min_size, a power of two, is what the
	// bounds of regions, hence those of decisions, are multiples of.
	CoreDecision decide(Range range, std::size_t target, uint64_t min_size) const;

	// Whether there are none that could decide otherwise.
	bool pass_all() const
	{
		return filters_.empty() && otherwise_ == CoreVerdict::pass;
	}

	// How much of @range is not rejected.
	uint64_t admitted(Range range, std::size_t target, uint64_t min_size) const;

	// The most decisions that differ within one range, less one.
	std::size_t most_cuts() const
	{
		return 2 * filters_.size();
	}

      private:
	struct Filter {
		FilterType type = FilterType::addr;
		bool matching = false;
		bool allow = false;
		Range addresses;
		int target = 0;
	};

	Vec<Filter> filters_;
	CoreVerdict otherwise_ = CoreVerdict::pass; // where none matches
};

} // namespace damon
