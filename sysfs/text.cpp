// SPDX-License-Identifier: GPL-2.0
#include "sysfs/text.hpp"

namespace damon::sysfs {

namespace {

constexpr char lower(char c)
{
	return 'A' <= c && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// The value of a digit, 16 if it is none.
constexpr unsigned int digit(char c)
{
	c = lower(c);
	if ('0' <= c && c <= '9')
		return static_cast<unsigned int>(c - '0');
	if ('a' <= c && c <= 'f')
		return static_cast<unsigned int>(c - 'a') + 10;
	return 16;
}

bool skip(std::string_view &text, char c)
{
	if (text.empty() || text.front() != c)
		return false;
	text.remove_prefix(1);
	return true;
}

unsigned int skip_prefix(std::string_view &text)
{
	if (text.size() < 2 || text[0] != '0')
		return 10;
	if (text.size() < 3 || lower(text[1]) != 'x' || digit(text[2]) >= 16)
		return 8;
	text.remove_prefix(2);
	return 16;
}

// Digits and the newline, without a sign.  Too large a number is told even if garbage follows.
Result<uint64_t> parse_magnitude(std::string_view text)
{
	const unsigned int base = skip_prefix(text);
	uint64_t number = 0;
	bool overflow = false;
	bool any = false;

	while (!text.empty() && digit(text.front()) < base) {
		overflow |= __builtin_mul_overflow(number, base, &number);
		overflow |= __builtin_add_overflow(number, digit(text.front()), &number);
		text.remove_prefix(1);
		any = true;
	}
	if (overflow)
		return fail(ERANGE);
	skip(text, '\n');
	if (!any || !text.empty())
		return fail(EINVAL, "is not a whole number");
	return number;
}

bool is_negative(std::string_view text)
{
	if (!skip(text, '-'))
		return false;
	const auto magnitude = parse_magnitude(text);

	return magnitude ? *magnitude > 0 : magnitude.error().number == ERANGE;
}

} // namespace

Result<uint64_t> parse_unsigned(std::string_view text, uint64_t max)
{
	if (is_negative(text))
		return fail(EINVAL, "is less than 0");
	skip(text, '+');
	const uint64_t number = TRY(parse_magnitude(text));

	if (number > max)
		return fail(ERANGE);
	return number;
}

Result<int64_t> parse_signed(std::string_view text, int64_t min, int64_t max)
{
	const bool negative = skip(text, '-');

	if (!negative)
		skip(text, '+');
	const uint64_t magnitude = TRY(parse_magnitude(text));
	const uint64_t limit = uint64_t{1} << 63;

	if (magnitude > limit || (magnitude == limit && !negative))
		return fail(ERANGE);
	const auto number = static_cast<int64_t>(negative ? -magnitude : magnitude);

	if (number < min || number > max)
		return fail(ERANGE);
	return number;
}

Result<bool> parse_bool(std::string_view text)
{
	const char first = text.empty() ? '\0' : lower(text[0]);
	const char second = text.size() < 2 ? '\0' : lower(text[1]);

	if (first == 'y' || first == 't' || first == '1' || (first == 'o' && second == 'n'))
		return true;
	if (first == 'n' || first == 'f' || first == '0' || (first == 'o' && second == 'f'))
		return false;
	return fail(EINVAL, "is neither Y nor N");
}

std::string_view without_newline(std::string_view text)
{
	if (!text.empty() && text.back() == '\n')
		text.remove_suffix(1);
	return text;
}

bool is_word(std::string_view text, std::string_view word)
{
	return without_newline(text) == word;
}

Result<std::size_t> parse_word(std::string_view text, std::span<const std::string_view> words)
{
	for (std::size_t i = 0; i < words.size(); i++) {
		if (is_word(text, words[i]))
			return i;
	}
	return fail(EINVAL);
}

Printer &Printer::put(char c)
{
	// One byte less than there is: sysfs takes a full page for an overflow.
	if (length_ + 1 < size_)
		buffer_[length_++] = c;
	return *this;
}

Printer &Printer::put(std::string_view text)
{
	for (char c : text)
		put(c);
	return *this;
}

Printer &Printer::put_unsigned(uint64_t number)
{
	char digits[20]; // of 2^64
	std::size_t nr = 0;

	do {
		digits[nr++] = static_cast<char>('0' + number % 10);
		number /= 10;
	} while (number);
	while (nr)
		put(digits[--nr]);
	return *this;
}

Printer &Printer::put_signed(int64_t number)
{
	const auto magnitude = static_cast<uint64_t>(number);

	if (number >= 0)
		return put_unsigned(magnitude);
	return put('-').put_unsigned(-magnitude);
}

} // namespace damon::sysfs
