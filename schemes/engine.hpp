// SPDX-License-Identifier: GPL-2.0
// The schemes of a context, and the pipeline that each region takes through them:
//
//	match -> filter -> prioritise -> charge -> apply -> count
//
// Of these, filter, prioritise and charge let everything pass so far.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/clock.hpp"
#include "core/monitor.hpp"
#include "core/region_set.hpp"
#include "core/result.hpp"
#include "schemes/scheme.hpp"
#include "schemes/walk.hpp"

namespace damon {

class SchemeEngine {
      public:
	// REQUIRES: no schemes yet.
	[[nodiscard]] Result<> configure(std::span<const SchemeConfig> configs,
					 const Operations &operations);
	// Replaces the schemes by those of @staged.  Where both have one of an index, its
	// statistics stay, and with the same apply interval the moment of its next round.
	void commit(SchemeEngine &&staged, const Clock &clock);
	// Replaces the goals of the quotas, one list per scheme, as far as both go.
	void commit_goals(std::span<Vec<Goal>> goals);
	// All rounds begin an interval from now.
	void restart(const Clock &clock);

	std::span<const Scheme> schemes() const
	{
		return schemes_;
	}
	bool due(const Clock &clock) const;
	// Applies the schemes that are due.  @walk may be empty.
	void apply(std::span<Target> targets, RegionSet &set, const Clock &clock, const Walk &walk);

      private:
	uint64_t interval(const Scheme &scheme, const Clock &clock) const;
	// What a visit of a region needs to know beside it.
	struct Place {
		AddressSpace &space;
		std::size_t target;
		std::size_t nr_regions; // of the target
		const RegionSet &set;
		WindowPosition window;
		const Walk &walk;
	};
	void visit(std::size_t index, Region &region, const Place &place);
	void end_round(std::size_t index, const Clock &clock, const Walk &walk);

	Vec<Scheme> schemes_;
};

} // namespace damon
