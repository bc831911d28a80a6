// SPDX-License-Identifier: GPL-2.0
// A small pseudo-random generator, one per context: fast enough for every sample, not for secrets.
#pragma once

#include <cstdint>

namespace damon {

// wyrand (Wang Yi 2020): a Weyl sequence, mixed by one wide multiplication.
class Random {
      public:
	explicit constexpr Random(uint64_t seed) : state_(seed) {}

	constexpr uint64_t next()
	{
		state_ += 0xa0761d6478bd642f;

		const uint64_t mixed = state_ ^ 0xe7037ed1a0b428db;

		// Halves apart: the kernel's flags would have the whole product go through memory.
		return high_half(state_, mixed) ^ state_ * mixed;
	}

	// Uniform in [0, bound); 0 if @bound is 0.  The bias is below bound / 2^64.
	constexpr uint64_t below(uint64_t bound)
	{
		return high_half(next(), bound);
	}

      private:
	static constexpr uint64_t high_half(uint64_t a, uint64_t b)
	{
		return static_cast<uint64_t>(static_cast<unsigned __int128>(a) * b >> 64);
	}

	uint64_t state_;
};

} // namespace damon
