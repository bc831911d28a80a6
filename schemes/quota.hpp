// SPDX-License-Identifier: GPL-2.0
// Charge: how much a scheme may do in a window of time, and what it did so far.
#pragma once

#include <cstdint>
#include <span>
#include <utility>

#include "core/config.hpp"
#include "core/tuner.hpp"
#include "core/vec.hpp"
#include "schemes/goal.hpp"
#include "schemes/time_quota.hpp"

namespace damon {

class Quota {
      public:
	// Opens what the goals refer to, in the caller's cgroup namespace.
	[[nodiscard]] static Result<Quota> open(const QuotaConfig &config, OperationsId operations);
	// Goes on where @before, the quota that this one replaces, was.
	void inherit(const Quota &before);
	// @goals takes the former ones.
	void replace_goals(Vec<Goal> &goals);

	// Without one, all that follows lets everything pass.
	bool exists() const
	{
		return time_.exists() || bytes_ || !goals_.empty();
	}
	// What it amounts to in this window; 0 until it was computed.
	uint64_t effective_size() const
	{
		return exists() ? effective_ : 0;
	}

	struct Beginning {
		bool exceeded = false; // a window ended that had no quota left
		bool resized = false;  // the effective size is new
	};
	// A round begins, and with it a window, if that is due.  @eligible: see goals_score().
	template <class Eligible>
	Beginning begin_round(uint64_t now_ns, uint64_t min_size, Eligible eligible)
	{
		Beginning beginning;

		min_size_ = min_size;
		if (!exists() || !window_due(now_ns, beginning.exceeded))
			return beginning;
		const uint64_t before = std::exchange(
			effective_,
			size_of_window(goals_.empty() ? 0 : goals_score(goals_, eligible)));
		beginning.resized = !std::exchange(sized_, true) || effective_ != before;
		return beginning;
	}

	// Whether nothing more may be done in this window.  Less than a minimum region is nothing.
	bool full() const
	{
		return exists() && (charged_ >= effective_ || effective_ - charged_ < min_size_ ||
				    time_.spent());
	}
	// How much of a region of @size may be done: all, or a multiple of the minimum size.
	// REQUIRES: not full.
	uint64_t allowance(uint64_t size) const;

	bool timed() const
	{
		return time_.exists();
	}
	// How much of @range to do before charging it.
	Range slice(Range range, bool whole_blocks) const
	{
		return time_.slice(range, min_size_, whole_blocks);
	}
	// @size was handed to the operations set, which was successful with @applied of it, and took
	// @ns of CPU time.
	void charge(uint64_t size, uint64_t applied, uint64_t ns);

      private:
	bool window_due(uint64_t now_ns, bool &exceeded);
	uint64_t size_of_window(uint64_t score);
	uint64_t size_for_goals(uint64_t score);

	// As configured.
	TimeQuota time_;
	uint64_t bytes_ = 0;
	uint64_t interval_ns_ = 0;
	GoalTuner tuner_ = GoalTuner::consist;
	uint32_t fail_num_ = 0;
	uint32_t fail_denom_ = 0;
	Vec<Goal> goals_;

	uint64_t min_size_ = 1;
	uint64_t tuned_bp_ = 0; // the size that the goals ask for, in 1/10000
	uint64_t effective_ = 0;
	uint64_t charged_ = 0; // in this window
	uint64_t window_start_ = 0;
	bool begun_ = false; // there was a window
	bool sized_ = false; // the effective size was computed
};

} // namespace damon
