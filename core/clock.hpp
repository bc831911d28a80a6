// SPDX-License-Identifier: GPL-2.0
// The time of a context.  It counts samples, not seconds: if ticks come late, intervals stretch and
// no sample is missing from them.
#pragma once

#include <cstdint>

#include "core/config.hpp"
#include "core/moving_sum.hpp"

namespace damon {

class Clock {
      public:
	// Intervals begin now.
	constexpr void restart(const Attributes &attributes)
	{
		samples_per_aggregation_ = attributes.samples_per_aggregation();
		sample_us_ = attributes.sample_us ? attributes.sample_us : 1;
		next_aggregation_ = after(samples_per_aggregation_);
		restart_updates(attributes.update_us);
	}
	// As restart(), but updates stay where they were: where intervals change all the time, nothing
	// that is longer than they last would ever be due.
	constexpr void retune(const Attributes &attributes)
	{
		const uint64_t was_us = sample_us_;
		const uint64_t update = next_update_;

		restart(attributes);
		next_update_ = retimed(update, was_us);
	}
	constexpr void restart_updates(uint64_t update_us)
	{
		update_us_ = update_us;
		next_update();
	}

	constexpr void tick()
	{
		now_++;
	}
	constexpr uint64_t now() const
	{
		return now_;
	}
	// How many samples an interval has.
	constexpr uint64_t samples(uint64_t interval_us) const
	{
		return interval_us / sample_us_;
	}
	constexpr uint64_t sample_us() const
	{
		return sample_us_;
	}
	constexpr uint64_t samples_per_aggregation() const
	{
		return samples_per_aggregation_;
	}
	// The moment @samples from now.
	constexpr uint64_t after(uint64_t samples) const
	{
		uint64_t moment;

		return __builtin_add_overflow(now_, samples, &moment) ? UINT64_MAX : moment;
	}
	// A moment of when a sample took @was_us, at the same time as samples take now; never later.
	constexpr uint64_t retimed(uint64_t moment, uint64_t was_us) const
	{
		uint64_t left_us;

		if (moment <= now_)
			return moment;
		if (__builtin_mul_overflow(moment - now_, was_us, &left_us))
			return moment;
		return after(left_us / sample_us_);
	}

	constexpr bool aggregation_due() const
	{
		return now_ >= next_aggregation_;
	}
	constexpr void next_aggregation()
	{
		next_aggregation_ = after(samples_per_aggregation_);
	}
	constexpr bool update_due() const
	{
		return now_ >= next_update_;
	}
	constexpr void next_update()
	{
		next_update_ = after(samples(update_us_));
	}

	// Tuning is due every so many aggregation intervals.
	constexpr bool tuning_due(uint64_t aggrs) const
	{
		uint64_t samples;

		return !__builtin_mul_overflow(samples_per_aggregation_, aggrs, &samples) &&
		       now_ - last_tuning_ >= samples;
	}
	constexpr void tuning_done()
	{
		last_tuning_ = now_;
	}

	constexpr WindowPosition window() const
	{
		return {aggregation_due() ? 0 : next_aggregation_ - now_, samples_per_aggregation_};
	}
	constexpr bool at_window_start() const
	{
		return next_aggregation_ - now_ == samples_per_aggregation_;
	}

      private:
	uint64_t now_ = 0;
	uint64_t next_aggregation_ = 0;
	uint64_t next_update_ = 0;
	uint64_t last_tuning_ = 0;
	uint64_t samples_per_aggregation_ = 1;
	uint64_t sample_us_ = 1;
	uint64_t update_us_ = 0;
};

} // namespace damon
