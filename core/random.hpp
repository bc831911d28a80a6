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

		const auto product =
			static_cast<unsigned __int128>(state_) * (state_ ^ 0xe7037ed1a0b428db);

		return static_cast<uint64_t>(product >> 64) ^ static_cast<uint64_t>(product);
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
