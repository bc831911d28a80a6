// SPDX-License-Identifier: GPL-2.0
// Codecs: how a value of a field is written and read as text.  What they refuse, they refuse with a
// reason whose subject is that text: see is_about_text().
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string_view>

#include "core/result.hpp"
#include "sysfs/sentence.hpp"
#include "sysfs/text.hpp"

namespace damon::sysfs {

template <class T> struct Unsigned {
	static constexpr T max = std::numeric_limits<T>::max();
	static constexpr auto above_max = Sentence<48>().put("is more than ").put_unsigned(max);

	static Result<T> parse(std::string_view text)
	{
		const auto number = parse_unsigned(text, max);

		if (number)
			return static_cast<T>(*number);
		if (number.error().number == ERANGE)
			return fail(ERANGE, above_max.c_str());
		return std::unexpected(number.error());
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
			return fail(EINVAL, "is not more than 0");
		return value;
	}
};

struct Int {
	using Limits = std::numeric_limits<int>;
	static constexpr auto below_min =
		Sentence<48>().put("is less than ").put_signed(Limits::min());
	static constexpr auto above_max =
		Sentence<48>().put("is more than ").put_signed(Limits::max());

	static Result<int> parse(std::string_view text)
	{
		const auto number = parse_signed(text, Limits::min(), Limits::max());

		if (number)
			return static_cast<int>(*number);
		if (number.error().number == ERANGE)
			return fail(ERANGE,
				    text.starts_with('-') ? below_min.c_str() : above_max.c_str());
		return std::unexpected(number.error());
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
			return fail(EINVAL, value.error().reason);
		return value;
	}
};

// "is none of red, green": those of @words whose values are @allowed.
template <class Enum> consteval auto none_of(std::span<const std::string_view> words, auto allowed)
{
	Sentence<192> sentence = Sentence<192>().put("is none of");
	bool first = true;

	for (std::size_t i = 0; i < words.size(); i++) {
		if (!allowed(static_cast<Enum>(i)))
			continue;
		sentence = sentence.put(first ? " " : ", ").put(words[i]);
		first = false;
	}
	return sentence;
}

// @words has the word for each value of the enumeration, in its order.
template <class Enum, const auto &words_> struct Keyword {
	using Value = Enum;
	static constexpr std::span<const std::string_view> words = words_;
	static constexpr auto unknown = none_of<Enum>(words, [](Enum) { return true; });

	static Result<Enum> parse(std::string_view text)
	{
		const auto index = parse_word(text, words);

		if (!index)
			return fail(index.error().number, unknown.c_str());
		return static_cast<Enum>(*index);
	}
	static void print(Printer &out, Enum value)
	{
		out.put(words[static_cast<std::size_t>(value)]);
	}
};

// Of these, only the values for which @allowed says so can be written.
template <class Codec, auto allowed> struct Only : Codec {
	static constexpr auto unknown = none_of<typename Codec::Value>(Codec::words, allowed);

	static auto parse(std::string_view text) -> decltype(Codec::parse(text))
	{
		const auto value = Codec::parse(text);

		if (!value)
			return fail(value.error().number, unknown.c_str());
		if (!allowed(*value))
			return fail(EINVAL, unknown.c_str());
		return *value;
	}
};

} // namespace damon::sysfs
