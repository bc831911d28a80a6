// SPDX-License-Identifier: GPL-2.0
// A scheme's round: the pipeline that each region takes through it.
//
//	match -> filter -> prioritise -> charge -> apply -> count
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/clock.hpp"
#include "core/config.hpp"
#include "core/monitor.hpp"
#include "core/region_set.hpp"
#include "schemes/priority.hpp"
#include "schemes/scheme.hpp"
#include "schemes/walk.hpp"

namespace damon {

// What schemes see of monitoring.
struct Monitored {
	std::span<Target> targets;
	RegionSet &set;
	const Clock &clock;
	const Attributes &attributes;
	uint64_t min_region_size;
};

// Visits the regions in their order.  They are cut where the resume point, a filter or the quota
// goes through them, as far as the set has room; where it has none, a region is left alone rather
// than treated wrongly.  Mostly there is nothing that could cut them, and they stay where they are.
class Round {
      public:
	// @index: of the scheme.  @record: may be null.  @histogram: scratch, too large for a stack.
	Round(Scheme &scheme, std::size_t index, const Monitored &monitored, WalkRecord *record,
	      ScoreHistogram &histogram);
	void run();

      private:
	bool over() const
	{
		return scheme_.quota.full() || scheme_.exhausted();
	}
	bool can_cut() const
	{
		return rewrite_->room() > 0;
	}
	uint32_t least_score(ScoreHistogram &histogram) const;
	bool wanted(const Region &region, uint32_t nr_accesses) const;
	bool takes_whole_regions() const
	{
		return !limited_ && !scheme_.resume.is_set() && scheme_.core_filters.pass_all();
	}
	void run_whole();
	void run_cutting();
	bool visit(std::size_t target);
	uint64_t treat(std::size_t target, const Region &region, const ProbeHits *hits,
		       uint64_t end, bool ask_folio_filters);
	void trace(std::size_t target, const damon_traced_region &traced) const;
	Applied apply(AddressSpace &space, uint64_t start, uint64_t &end, bool asks);
	void put(uint64_t end, uint32_t age);

	Scheme &scheme_;
	const std::size_t index_;
	const Monitored &monitored_;
	WalkRecord *const record_;
	const WindowPosition window_;
	const uint64_t min_size_;
	const uint64_t size_limit_;
	const ScoreRules rules_;
	const uint32_t least_score_;
	const bool limited_; // there is a quota
	const bool traced_;
	uint64_t last_folio_ = 0;

	RegionRewriter *rewrite_ = nullptr; // while regions may be cut
	// About the region that is visited, as it was before this round cut it.
	uint64_t judged_to_ = 0;
	bool wanted_ = false;
	unsigned int nr_cuts_ = 0;
};

} // namespace damon
