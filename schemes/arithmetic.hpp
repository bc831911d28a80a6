// SPDX-License-Identifier: GPL-2.0
// Arithmetic on sizes and times that may be as large as a user likes to write.
#pragma once

#include <cstdint>

namespace damon {

constexpr uint64_t add_saturated(uint64_t a, uint64_t b)
{
	uint64_t sum;

	return __builtin_add_overflow(a, b, &sum) ? UINT64_MAX : sum;
}

constexpr uint64_t multiply_saturated(uint64_t a, uint64_t b)
{
	uint64_t product;

	return __builtin_mul_overflow(a, b, &product) ? UINT64_MAX : product;
}

// @value * @numerator / @denominator, rounded down; the largest number if it is beyond that, or if
// @denominator is 0.
constexpr uint64_t scaled(uint64_t value, uint64_t numerator, uint64_t denominator)
{
	const unsigned __int128 product = static_cast<unsigned __int128>(value) * numerator;
	auto high = static_cast<uint64_t>(product >> 64);
	auto low = static_cast<uint64_t>(product);

	if (high >= denominator)
		return UINT64_MAX;
	if (high == 0)
		return low / denominator;
	// By hand, bit by bit: what the compiler would call is not in the kernel.
	for (int bit = 0; bit < 64; bit++) {
		const bool carry = high >> 63;

		high = high << 1 | low >> 63;
		low <<= 1;
		if (carry || high >= denominator) {
			high -= denominator;
			low |= 1;
		}
	}
	return low;
}

// In 1/10000; nothing of nothing is 0.
constexpr uint64_t share_bp(uint64_t part, uint64_t whole)
{
	return whole == 0 ? 0 : scaled(part, 10000, whole);
}

// @multiple: a power of two.
constexpr uint64_t round_down(uint64_t value, uint64_t multiple)
{
	return value & ~(multiple - 1);
}

} // namespace damon
