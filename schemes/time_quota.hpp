// SPDX-License-Identifier: GPL-2.0
// A limit on the time that a scheme's actions take.
#pragma once

#include <algorithm>
#include <cstdint>

#include "core/config.hpp"
#include "schemes/arithmetic.hpp"
#include "schemes/throughput.hpp"

namespace damon {

// So much time in each window.  How much can be done in it is estimated from how long it took so
// far.  The estimate may be wrong, so work comes in slices with a look at the clock after each; and
// the windows that follow make up for what was overspent, or, within limits, left because the
// estimate was too low.  So the average holds whatever the speed.
class TimeQuota {
      public:
	TimeQuota() = default;
	// No limit if @ms is 0.
	explicit TimeQuota(uint64_t ms)
		: budget_ns_(multiply_saturated(ms, 1000000)), window_ns_(budget_ns_)
	{
	}
	bool exists() const
	{
		return budget_ns_ > 0;
	}

	// A window ends and another begins, @nr_windows (at least 1) of @length_ns after it did.
	// @cut_short: there would have been more to do.
	void next_window(uint64_t length_ns, uint64_t nr_windows, bool cut_short);
	// Whether there is no time left in this window.
	bool spent() const
	{
		return exists() && spent_ns_ >= window_ns_;
	}

	// The size that can be charged in this window, as it seemed when it began.
	uint64_t size_per_window(uint64_t min_size) const
	{
		return charged_.known() ? charged_.in(window_ns_)
					: scaled(window_ns_, unmeasured_speed * min_size, 1000000);
	}
	// How much of @range to do before looking at the clock again.  @whole_blocks: what it is done
	// to is huge pages, which must not be cut.
	Range slice(Range range, uint64_t min_size, bool whole_blocks) const;
	// @size was done in @ns, for which @charge was charged.
	void charge(uint64_t size, uint64_t charge, uint64_t ns)
	{
		handled_.add(size, ns);
		charged_.add(charge, ns);
		spent_ns_ = add_saturated(spent_ns_, ns);
	}

	// Goes on where @before, with another limit maybe, was.
	void inherit(const TimeQuota &before);

      private:
	// Minimum regions per ms, until there is something better.
	static constexpr uint64_t unmeasured_speed = 1024;

	uint64_t budget_ns_ = 0; // per window, on average
	uint64_t window_ns_ = 0; // in this window
	uint64_t spent_ns_ = 0;	 // of it
	uint64_t debt_ns_ = 0;	 // what this window did not make up for
	Throughput charged_;
	Throughput handled_;
};

} // namespace damon
