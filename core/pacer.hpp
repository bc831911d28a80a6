// SPDX-License-Identifier: GPL-2.0
// Keeps ticks to a grid of deadlines, so that the time a tick's work takes does not stretch the
// sampling interval.
#pragma once

#include <algorithm>
#include <cstdint>

namespace damon {

class Pacer {
      public:
	// The next tick is due an interval from @now.
	constexpr void start(uint64_t now, uint64_t interval_us)
	{
		set_interval(interval_us);
		deadline_ = now + interval_ns_;
	}

	// From the next advance() on.
	constexpr void set_interval(uint64_t interval_us)
	{
		interval_ns_ = std::clamp(interval_us, shortest_us, longest_us) * 1000;
	}

	constexpr bool due(uint64_t now) const
	{
		return now >= deadline_;
	}

	// The tick of this deadline is done.  One that was missed by a whole interval is counted as
	// late and the grid starts anew: a stall costs samples, it never causes a burst.
	void advance(uint64_t now)
	{
		deadline_ += interval_ns_;
		if (now >= deadline_) {
			__atomic_store_n(&nr_late_, nr_late_ + 1, __ATOMIC_RELAXED);
			deadline_ = now + interval_ns_;
		}
	}

	constexpr uint64_t deadline() const
	{
		return deadline_;
	}
	// Also for other threads.
	uint64_t nr_late() const
	{
		return __atomic_load_n(&nr_late_, __ATOMIC_RELAXED);
	}

      private:
	// Zero would be a busy loop; the upper end, 146 years, keeps sums within 64 bit.
	static constexpr uint64_t shortest_us = 1;
	static constexpr uint64_t longest_us = INT64_MAX / 1000 / 2;

	uint64_t interval_ns_ = 0;
	uint64_t deadline_ = 0;
	uint64_t nr_late_ = 0;
};

} // namespace damon
