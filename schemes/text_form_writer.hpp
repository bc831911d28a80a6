// SPDX-License-Identifier: GPL-2.0
// Writes text into a buffer, and counts what does not fit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace damon::text_form {

class Writer {
      public:
	explicit Writer(std::span<char> buffer) : buffer_(buffer) {}

	Writer &put(char c)
	{
		if (length_ < buffer_.size())
			buffer_[length_] = c;
		length_++;
		return *this;
	}
	Writer &put(std::string_view text)
	{
		for (char c : text)
			put(c);
		return *this;
	}
	Writer &put(uint64_t number, unsigned int base = 10)
	{
		char digits[20]; // 2^64 - 1 has as many
		std::size_t n = 0;

		do {
			digits[n++] = "0123456789abcdef"[number % base];
			number /= base;
		} while (number);
		while (n)
			put(digits[--n]);
		return *this;
	}
	Writer &put_signed(int64_t number)
	{
		if (number < 0)
			put('-');
		return put(number < 0 ? -static_cast<uint64_t>(number)
				      : static_cast<uint64_t>(number));
	}

	// Of all that was put, whether it fitted or not.
	std::size_t length() const
	{
		return length_;
	}

      private:
	std::span<char> buffer_;
	std::size_t length_ = 0;
};

} // namespace damon::text_form
