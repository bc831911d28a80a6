// SPDX-License-Identifier: GPL-2.0
// Codecs: how a value of a field is written and read as text.
#pragma once

#include <cstdint>
#include <limits>
#include <string_view>

#include "core/result.hpp"
#include "sysfs/text.hpp"

namespace damon::sysfs {

template <class T> struct Unsigned {
	static Result<T> parse(std::string_view text)
	{
		return static_cast<T>(TRY(parse_unsigned(text, std::numeric_limits<T>::max())));
	}
	static void print(Printer &out, T value)
	{
		out.put_unsigned(value);
	}
};
using Ulong = Unsigned<uint64_t>;
using Uint = Unsigned<uint32_t>;
using Byte = Unsigned<uint8_t>;

// The same, but 0 is nonsense.
template <class Codec> struct NonZero : Codec {
	static auto parse(std::string_view text) -> decltype(Codec::parse(text))
	{
		auto value = Codec::parse(text);

		if (value && *value == 0)
			return fail(EINVAL);
		return value;
	}
};

struct Int {
	static Result<int> parse(std::string_view text)
	{
		using Limits = std::numeric_limits<int>;

		return static_cast<int>(TRY(parse_signed(text, Limits::min(), Limits::max())));
	}
	static void print(Printer &out, int value)
	{
		out.put_signed(value);
	}
};

struct Bool {
	static Result<bool> parse(std::string_view text)
	{
		return parse_bool(text);
	}
	static void print(Printer &out, bool value)
	{
		out.put(value ? 'Y' : 'N');
	}
};

// The same, but mainline makes no difference between nonsense and too large.
template <class Codec> struct EinvalOnly : Codec {
	static auto parse(std::string_view text) -> decltype(Codec::parse(text))
	{
		auto value = Codec::parse(text);

		if (!value)
			return fail(EINVAL);
		return value;
	}
};

// @words has the word for each value of the enumeration, in its order.
template <class Enum, const auto &words> struct Keyword {
	static Result<Enum> parse(std::string_view text)
	{
		return static_cast<Enum>(TRY(parse_word(text, words)));
	}
	static void print(Printer &out, Enum value)
	{
		out.put(words[static_cast<std::size_t>(value)]);
	}
};

// Of these, only the values for which @allowed says so can be written.
template <class Codec, auto allowed> struct Only : Codec {
	static auto parse(std::string_view text) -> decltype(Codec::parse(text))
	{
		auto value = Codec::parse(text);

		if (value && !allowed(*value))
			return fail(EINVAL);
		return value;
	}
};

} // namespace damon::sysfs
