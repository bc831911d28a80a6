// SPDX-License-Identifier: GPL-2.0
// Counts of samples and of aggregation intervals, and what people say in their place: percentages
// and times.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

#include "core/config.hpp"
#include "schemes/text_form_number.hpp"

namespace damon::text_form {

enum class Round : bool { down, up };

// A count is value * @multiplier / @divisor.
struct Scale {
	const Measure &measure; // of values
	std::string_view word;	// after plain counts
	std::string_view range; // what people should write
	uint64_t multiplier;
	uint64_t divisor;
	uint64_t most;		  // of a value
	std::string_view above;	  // what is wrong with more than that
	std::string_view useless; // why there is no such scale, if the multiplier or divisor is 0

	constexpr bool usable() const
	{
		return multiplier && divisor;
	}
	// REQUIRES: usable().  Nothing if it is above 32 bits.
	constexpr std::optional<uint32_t> count(uint64_t value, Round round) const
	{
		uint64_t product;

		if (__builtin_mul_overflow(value, multiplier, &product))
			return std::nullopt;
		const uint64_t count =
			product / divisor + (round == Round::up && product % divisor != 0);

		if (count > std::numeric_limits<uint32_t>::max())
			return std::nullopt;
		return static_cast<uint32_t>(count);
	}
	// The value that is exactly @count, if there is one.
	constexpr std::optional<uint64_t> value(uint32_t count) const
	{
		uint64_t product;

		if (!usable() || __builtin_mul_overflow(uint64_t{count}, divisor, &product) ||
		    product % multiplier != 0 || product / multiplier > most)
			return std::nullopt;
		return product / multiplier;
	}
};

constexpr Scale accesses_scale(const Attributes &attributes)
{
	return {
		.measure = basis_points,
		.word = "samples",
		.range = "a range of percentages such as 50%..",
		.multiplier = attributes.samples_per_aggregation(),
		.divisor = 10000,
		.most = 10000,
		.above = "more than 100%",
		.useless =
			"an aggregation interval has no samples, so there are no percents of them",
	};
}

constexpr Scale age_scale(const Attributes &attributes)
{
	return {
		.measure = microseconds,
		.word = "intervals",
		.range = "a range of times such as 2min..",
		.multiplier = 1,
		.divisor = attributes.aggr_us,
		.most = std::numeric_limits<uint64_t>::max(),
		.above = "",
		.useless = "the aggregation interval is 0, so an age is no time",
	};
}

} // namespace damon::text_form
