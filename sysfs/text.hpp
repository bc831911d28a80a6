// SPDX-License-Identifier: GPL-2.0
// The text of sysfs files: what is accepted, and what is printed.  Pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>

#include "core/result.hpp"

namespace damon::sysfs {

// The text in an array, as C sees it.
constexpr std::string_view until_nul(const char *array, std::size_t size)
{
	const std::size_t nul = std::string_view(array, size).find('\0');

	return {array, nul == std::string_view::npos ? size : nul};
}

// Numbers are decimal, 0x hexadecimal or 0 octal, with one optional newline at the end, as the
// kernel's kstrto*() read them.  EINVAL, with a reason, for anything else; ERANGE, without one, for
// what is out of bounds.
[[nodiscard]] Result<uint64_t> parse_unsigned(std::string_view text,
					      uint64_t max = std::numeric_limits<uint64_t>::max());
[[nodiscard]] Result<int64_t> parse_signed(std::string_view text, int64_t min, int64_t max);

// y Y t T 1 on are true, n N f F 0 of are false: the first letters decide.
[[nodiscard]] Result<bool> parse_bool(std::string_view text);

// Less one newline at its end, if there is one.
std::string_view without_newline(std::string_view text);
// Whether @text is @word, maybe with a newline.
bool is_word(std::string_view text, std::string_view word);
// The index of the word that @text is, EINVAL if none.
[[nodiscard]] Result<std::size_t> parse_word(std::string_view text,
					     std::span<const std::string_view> words);

// Prints into a buffer.  What does not fit is left out: no file that it serves comes near a page.
class Printer {
      public:
	Printer(char *buffer, std::size_t size) : buffer_(buffer), size_(size) {}

	Printer &put(char c);
	Printer &put(std::string_view text);
	Printer &put_unsigned(uint64_t number);
	Printer &put_signed(int64_t number);

	std::size_t length() const
	{
		return length_;
	}

      private:
	char *buffer_;
	std::size_t size_;
	std::size_t length_ = 0;
};

} // namespace damon::sysfs
