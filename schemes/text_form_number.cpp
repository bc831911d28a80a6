// SPDX-License-Identifier: GPL-2.0
#include "schemes/text_form_number.hpp"

#include <numeric>

#include "schemes/text_form_chars.hpp"

namespace damon::text_form {

namespace {

// Below the 19 that a power of ten has in 64 bits.
constexpr unsigned int max_decimals = 18;

constexpr uint64_t power_of_ten(unsigned int exponent)
{
	uint64_t power = 1;

	while (exponent--)
		power *= 10;
	return power;
}

void append_digit(Number &number, unsigned int base, unsigned int digit)
{
	number.too_large |= __builtin_mul_overflow(number.mantissa, base, &number.mantissa);
	number.too_large |= __builtin_add_overflow(number.mantissa, digit, &number.mantissa);
}

// After the point.  Zeros count only once another digit follows.
std::size_t read_fraction(Number &number, std::string_view text)
{
	std::size_t i = 0;
	unsigned int zeros = 0;

	for (; i < text.size() && is_digit(text[i]); i++) {
		if (text[i] == '0') {
			zeros++;
			continue;
		}
		if (number.decimals + zeros + 1 > max_decimals) {
			number.too_fine = true;
			continue;
		}
		for (; zeros; zeros--, number.decimals++)
			append_digit(number, 10, 0);
		append_digit(number, 10, hex_digit(text[i]));
		number.decimals++;
	}
	return i;
}

} // namespace

Number read_number(std::string_view text, std::size_t &length)
{
	Number number;
	std::size_t i = 0;
	unsigned int base = 10;

	if (text[0] == '-') {
		number.negative = true;
		i++;
	}
	if (text.size() > i + 2 && text[i] == '0' && (text[i + 1] | 0x20) == 'x' &&
	    hex_digit(text[i + 2]) < 16) {
		base = 16;
		i += 2;
	}
	for (; i < text.size() && hex_digit(text[i]) < base; i++)
		append_digit(number, base, hex_digit(text[i]));
	// Two points are a range.
	if (base == 10 && i + 1 < text.size() && text[i] == '.' && is_digit(text[i + 1]))
		i += 1 + read_fraction(number, {text.data() + i + 1, text.size() - i - 1});

	const std::size_t digits = i;

	while (i < text.size() && (is_word(text[i]) || text[i] == '%'))
		i++;
	number.unit = {text.data() + digits, i - digits};
	length = i;
	return number;
}

bool fits(const Number &number, const Measure &measure)
{
	if (number.unit.empty())
		return measure.plain;
	const Unit *unit = find_unit(number.unit);

	return unit && unit->dimension == measure.dimension;
}

Result<uint64_t> convert(const Number &number, const Measure &measure)
{
	const Unit *unit = find_unit(number.unit);
	uint64_t factor = unit ? unit->factor : 1;

	if (number.too_large)
		return fail(ERANGE, "the number is too large");
	if (number.negative && number.mantissa)
		return fail(ERANGE, "the number is negative");
	if (number.too_fine)
		return fail(EINVAL, "not a whole number");

	// mantissa * factor / (10^decimals * step), reduced first, so that only the result must fit.
	uint64_t mantissa = number.mantissa;
	uint64_t value;

	for (uint64_t divisor : {power_of_ten(number.decimals), measure.step}) {
		uint64_t common = std::gcd(mantissa, divisor);

		mantissa /= common;
		divisor /= common;
		common = std::gcd(factor, divisor);
		factor /= common;
		divisor /= common;
		if (divisor != 1)
			return fail(EINVAL, "not a whole number");
	}
	if (__builtin_mul_overflow(mantissa, factor, &value))
		return fail(ERANGE, "the number is too large");
	return value;
}

void print_amount(Writer &out, uint64_t value, const Measure &measure)
{
	if (measure.dimension == Dimension::percentage) {
		const uint64_t whole = 100 / measure.step;

		out.put(value / whole);
		if (uint64_t rest = value % whole) {
			out.put('.');
			for (uint64_t place = whole / 10; rest; rest %= place, place /= 10)
				out.put(rest / place);
		}
		out.put('%');
		return;
	}
	for (const Unit &unit : units) {
		const uint64_t per_unit = unit.factor / measure.step;

		if (unit.dimension != measure.dimension || unit.factor < measure.step)
			continue;
		if (value ? value % per_unit == 0 : unit.name == "s" || per_unit == 1) {
			out.put(value / per_unit);
			if (unit.name != "B")
				out.put(unit.name);
			return;
		}
	}
	out.put(value);
}

} // namespace damon::text_form
