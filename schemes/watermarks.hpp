// SPDX-License-Identifier: GPL-2.0
// When a scheme is worth its cost: not while there is plenty of free memory, nor when there is so
// little that it is too late.
#pragma once

#include <cstdint>

#include <damon/port.h>

#include "core/config.hpp"
#include "schemes/arithmetic.hpp"

namespace damon {

class Watermarks {
      public:
	Watermarks() = default;
	explicit Watermarks(const WatermarksConfig &config) : config_(config) {}

	bool watched() const
	{
		return config_.metric != WatermarkMetric::none;
	}
	// Once inactive, a scheme stays so until the metric is down to the middle.
	void update(const damon_memory &memory)
	{
		if (!watched())
			return;
		const uint64_t permil = memory.total ? scaled(memory.free, 1000, memory.total) : 0;
		const bool outside = permil > config_.high || permil < config_.low;

		active_ = !outside && (active_ || permil < config_.mid);
	}
	bool active() const
	{
		return active_;
	}
	uint64_t interval_us() const
	{
		return config_.interval_us;
	}
	void inherit(const Watermarks &before)
	{
		active_ = before.active_ || !watched();
	}

      private:
	WatermarksConfig config_;
	bool active_ = true;
};

} // namespace damon
