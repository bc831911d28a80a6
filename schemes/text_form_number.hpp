// SPDX-License-Identifier: GPL-2.0
// Numbers as people write them: 4K, 1.5G, 30%, 100ms, 0x1000.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/result.hpp"
#include "schemes/text_form_words.hpp"
#include "schemes/text_form_writer.hpp"

namespace damon::text_form {

// As it is written.
struct Number {
	uint64_t mantissa = 0; // all digits, without trailing zeros of the fraction
	uint8_t decimals = 0;  // how many of them follow the point
	bool negative = false;
	bool too_large = false; // for 64 bits
	bool too_fine = false;	// more decimals than we work with
	std::string_view unit;	// all that follows the digits
};

// @text begins with a digit, or with a minus sign and a digit.  @length: how much of it is the number.
Number read_number(std::string_view text, std::size_t &length);

// What is counted somewhere.
struct Measure {
	Dimension dimension;
	bool plain;		   // a number without a unit will do
	uint64_t step;		   // one of what is counted, in the dimension's smallest unit
	std::string_view name;	   // of what is counted, maybe none
	std::string_view expected; // what people should write
	std::string_view units;	   // that may be used
};

inline constexpr std::string_view size_units = "B, K, M, G, T, P, E";
inline constexpr std::string_view time_units = "us, ms, s, min, h, d";

inline constexpr Measure bytes{Dimension::size, true, 1, "bytes", "a size such as 4K", size_units};
inline constexpr Measure microseconds{Dimension::time,	   false,     1, "microseconds",
				      "a time such as 5s", time_units};
inline constexpr Measure milliseconds{Dimension::time,	   false,     1000, "milliseconds",
				      "a time such as 5s", time_units};
inline constexpr Measure basis_points{
	Dimension::percentage,	    false, 1, "hundredths of a percent",
	"a percentage such as 50%", "%"};
inline constexpr Measure permil{Dimension::percentage,	    false, 10, "tenths of a percent",
				"a percentage such as 50%", "%"};
inline constexpr Measure plain_number{Dimension::none, true, 1, "", "a number", "none"};

// How much of @measure that is: it must be a whole number of it, or EINVAL.  ERANGE: less than
// nothing, or more than 64 bits hold.  Errors have a reason.  REQUIRES: fits(number, measure).
[[nodiscard]] Result<uint64_t> convert(const Number &number, const Measure &measure);

// Whether the unit is one of @measure's.
bool fits(const Number &number, const Measure &measure);

// In the largest unit of which it is a whole number, so that convert() gives @value back.
void print_amount(Writer &out, uint64_t value, const Measure &measure);

} // namespace damon::text_form
