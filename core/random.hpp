// SPDX-License-Identifier: GPL-2.0
// A small pseudo-random generator, one per context: fast enough for every sample, not for secrets.
#pragma once

#include <cstdint>

namespace damon {

// SplitMix64 (Steele, Lea, Flood 2014): one addition and two multiplications a number.
class Random {
      public:
	explicit constexpr Random(uint64_t seed) : state_(seed) {}

	constexpr uint64_t next()
	{
		uint64_t x = state_ += 0x9e3779b97f4a7c15;

		x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
		x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
		return x ^ (x >> 31);
	}

	// Uniform in [0, bound); 0 if @bound is 0.  The bias is below bound / 2^64.
	constexpr uint64_t below(uint64_t bound)
	{
		return static_cast<uint64_t>(static_cast<unsigned __int128>(next()) * bound >> 64);
	}

      private:
	uint64_t state_;
};

} // namespace damon
