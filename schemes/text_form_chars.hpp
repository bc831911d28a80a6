// SPDX-License-Identifier: GPL-2.0
// Kinds of characters.
#pragma once

namespace damon::text_form {

constexpr bool is_digit(char c)
{
	return '0' <= c && c <= '9';
}

constexpr bool is_letter(char c)
{
	return ('a' <= c && c <= 'z') || ('A' <= c && c <= 'Z');
}

constexpr bool is_word(char c)
{
	return is_letter(c) || is_digit(c) || c == '_';
}

constexpr bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

// A semicolon does what a new line does: not everywhere can one be written.
constexpr bool ends_scheme(char c)
{
	return c == '\n' || c == ';';
}

constexpr bool is_control(char c)
{
	return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

// The value of a hexadecimal digit, 16 if it is none.
constexpr unsigned int hex_digit(char c)
{
	if (is_digit(c))
		return static_cast<unsigned int>(c - '0');
	if (('a' <= c && c <= 'f') || ('A' <= c && c <= 'F'))
		return static_cast<unsigned int>((c | 0x20) - 'a') + 10;
	return 16;
}

} // namespace damon::text_form
