// SPDX-License-Identifier: GPL-2.0
// Where a scheme goes on after its quota was full: what it had its turn at waits for the others'.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/region_set.hpp"
#include "schemes/arithmetic.hpp"

namespace damon {

class ResumePoint {
      public:
	void set(std::size_t target, uint64_t address)
	{
		target_ = target;
		address_ = address;
	}
	void clear()
	{
		target_ = nowhere;
	}
	bool is_set() const
	{
		return target_ != nowhere;
	}
	std::size_t target() const
	{
		return target_;
	}

	// Up to where a region of target @target had its turn: its start, if not at all; its end, if
	// wholly.  Regions come in order, and the point is used up by the first beyond it.
	uint64_t passed(std::size_t target, const Region &region, uint64_t min_size)
	{
		if (!is_set())
			return region.start;
		if (target < target_ || (target == target_ && region.end <= address_))
			return region.end;
		const bool before = target > target_ || region.start >= address_;
		const uint64_t offset = before ? 0 : round_down(address_ - region.start, min_size);

		clear();
		return region.start + offset;
	}

	// All regions of @target were visited.
	void end_target(std::size_t target)
	{
		if (target_ == target)
			set(target + 1, 0);
	}
	// Targets are renumbered: @moved_to(target) is nowhere if it goes.
	template <class Function> void move_to(Function moved_to)
	{
		if (is_set())
			target_ = moved_to(target_);
	}

	static constexpr std::size_t nowhere = static_cast<std::size_t>(-1);

      private:
	std::size_t target_ = nowhere;
	uint64_t address_ = 0;
};

} // namespace damon
