// SPDX-License-Identifier: GPL-2.0
// Reasons that the compiler puts together, out of what types and tables say.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace damon::sysfs {

// What does not fit in @size, with its NUL, does not compile.
template <std::size_t size> class Sentence {
      public:
	consteval Sentence put(char c) const
	{
		Sentence longer = *this;

		longer.text_[longer.length_++] = c;
		longer.text_[longer.length_] = '\0'; // beyond the end this is an error
		return longer;
	}
	consteval Sentence put(std::string_view text) const
	{
		Sentence longer = *this;

		for (char c : text)
			longer = longer.put(c);
		return longer;
	}
	consteval Sentence put_unsigned(uint64_t number) const
	{
		const Sentence before = number < 10 ? *this : put_unsigned(number / 10);

		return before.put(static_cast<char>('0' + number % 10));
	}
	consteval Sentence put_signed(int64_t number) const
	{
		if (number >= 0)
			return put_unsigned(static_cast<uint64_t>(number));
		return put('-').put_unsigned(-static_cast<uint64_t>(number));
	}

	constexpr const char *c_str() const
	{
		return text_;
	}

	// Public, since the tables that have one are plain structures.
	char text_[size] = {};
	std::size_t length_ = 0;
};

} // namespace damon::sysfs
