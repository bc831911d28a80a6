// SPDX-License-Identifier: GPL-2.0
#include <string_view>

#include "sysfs/codec.hpp"
#include "sysfs/text.hpp"
#include "tests/unit/test.hpp"

namespace damon::sysfs {

namespace {

using namespace std::string_view_literals;

// What a codec prints, in a buffer that is used again by the next call.
template <class Codec> const char *printed(auto value)
{
	static char buffer[64];
	Printer out(buffer, sizeof(buffer));

	Codec::print(out, value);
	buffer[out.length()] = '\0';
	return buffer;
}

constexpr std::string_view words[] = {"red", "green", "redder"};
enum class Colour : uint8_t { red, green, redder };
using ColourWord = Keyword<Colour, words>;

} // namespace

TEST(SysfsText, UnsignedNumbersAreDecimalHexadecimalOrOctal)
{
	struct {
		std::string_view text;
		uint64_t number;
	} const cases[] = {
		{"0", 0},
		{"5000", 5000},
		{"5000\n", 5000},
		{"+7", 7},
		{"0x1f", 31},
		{"0X1F\n", 31},
		{"+0xff", 255},
		{"010", 8},
		{"00", 0},
		{"0000000000000000000000000000000000000000007", 7},
		{"18446744073709551615", UINT64_MAX},
		{"0xffffffffffffffff", UINT64_MAX},
		{"01777777777777777777777", UINT64_MAX},
	};

	for (const auto &c : cases) {
		auto parsed = parse_unsigned(c.text);

		ASSERT_OK(parsed);
		EXPECT_EQ(c.number, *parsed);
	}
}

TEST(SysfsText, UnsignedNumbersRefuseAnythingElse)
{
	constexpr std::string_view invalid[] = {
		"",	 "\n", "x",    "-1",  "-0", "++1",  "+-1",  "+",     " 1",    "1 ", "1a",
		"1\n\n", "0x", "0x\n", "0xg", "08", "09\n", "1\n1", "1\r\n", "1,000", "1k", "0b1",
	};
	constexpr std::string_view too_large[] = {
		"18446744073709551616",
		"18446744073709551616\n",
		"0x10000000000000000",
		"02000000000000000000000",
		"99999999999999999999999999999999999999",
		// Too large comes first, as in the kernel.
		"99999999999999999999999999999999999999z",
	};

	for (std::string_view text : invalid)
		EXPECT_ERROR(EINVAL, parse_unsigned(text)) << text.data();
	for (std::string_view text : too_large)
		EXPECT_ERROR(ERANGE, parse_unsigned(text)) << text.data();
}

TEST(SysfsText, UnsignedNumbersHaveTheBoundOfTheirType)
{
	EXPECT_EQ(UINT32_MAX, *Uint::parse("4294967295"));
	EXPECT_ERROR(ERANGE, Uint::parse("4294967296"));
	EXPECT_ERROR(EINVAL, Uint::parse("4294967296x"));
	EXPECT_EQ(uint64_t{4294967296}, *Ulong::parse("4294967296"));
}

TEST(SysfsText, SignedNumbers)
{
	EXPECT_EQ(0, *Int::parse("0"));
	EXPECT_EQ(0, *Int::parse("-0"));
	EXPECT_EQ(12, *Int::parse("+12\n"));
	EXPECT_EQ(-12, *Int::parse("-12\n"));
	EXPECT_EQ(-31, *Int::parse("-0x1f"));
	EXPECT_EQ(-8, *Int::parse("-010"));
	EXPECT_EQ(2147483647, *Int::parse("2147483647"));
	EXPECT_EQ(-2147483647 - 1, *Int::parse("-2147483648"));

	EXPECT_ERROR(ERANGE, Int::parse("2147483648"));
	EXPECT_ERROR(ERANGE, Int::parse("-2147483649"));
	EXPECT_ERROR(ERANGE, Int::parse("9223372036854775808"));
	EXPECT_ERROR(ERANGE, Int::parse("-9223372036854775808"));
	EXPECT_ERROR(ERANGE, Int::parse("-9223372036854775809"));
	EXPECT_ERROR(ERANGE, Int::parse("-18446744073709551615"));
	EXPECT_ERROR(ERANGE, Int::parse("18446744073709551616"));

	for (std::string_view text : {""sv, "-"sv, "+"sv, "-+1"sv, "+-1"sv, "--1"sv, "- 1"sv,
				      "1-"sv, "one"sv, "-0x"sv, "-08"sv})
		EXPECT_ERROR(EINVAL, Int::parse(text)) << text.data();

	EXPECT_EQ(INT64_MIN, *parse_signed("-9223372036854775808", INT64_MIN, INT64_MAX));
	EXPECT_EQ(INT64_MAX, *parse_signed("9223372036854775807", INT64_MIN, INT64_MAX));
}

TEST(SysfsText, EinvalOnlyFoldsErrors)
{
	EXPECT_EQ(-5, *EinvalOnly<Int>::parse("-5\n"));
	EXPECT_ERROR(EINVAL, EinvalOnly<Int>::parse("2147483648"));
	EXPECT_ERROR(EINVAL, EinvalOnly<Int>::parse("z"));
}

TEST(SysfsText, BooleansByTheirFirstLetters)
{
	for (std::string_view text : {"y"sv, "Y\n"sv, "yes"sv, "t"sv, "True"sv, "1"sv, "10"sv,
				      "on"sv, "ON\n"sv, "onwards"sv}) {
		auto parsed = parse_bool(text);

		ASSERT_OK(parsed);
		EXPECT_TRUE(*parsed);
	}
	for (std::string_view text :
	     {"n"sv, "N\n"sv, "no"sv, "f"sv, "False"sv, "0"sv, "01"sv, "off"sv, "Of"sv}) {
		auto parsed = parse_bool(text);

		ASSERT_OK(parsed);
		EXPECT_FALSE(*parsed);
	}
	for (std::string_view text : {""sv, "\n"sv, "o"sv, "o\n"sv, "ok"sv, "2"sv, "-1"sv, " y"sv})
		EXPECT_ERROR(EINVAL, parse_bool(text)) << text.data();
}

TEST(SysfsText, KeywordsMatchWholly)
{
	EXPECT_EQ(Colour::red, *ColourWord::parse("red"));
	EXPECT_EQ(Colour::red, *ColourWord::parse("red\n"));
	EXPECT_EQ(Colour::redder, *ColourWord::parse("redder"));
	EXPECT_EQ(Colour::green, *ColourWord::parse("green\n"));

	for (std::string_view text :
	     {""sv, "\n"sv, "re"sv, "Red"sv, "redd"sv, "red\n\n"sv, "red "sv, " red"sv, "\nred"sv})
		EXPECT_ERROR(EINVAL, ColourWord::parse(text)) << text.data();
}

TEST(SysfsText, TextEndsAtNul)
{
	constexpr char text[] = {'1', '2', '\0', '3'};

	EXPECT_EQ(12u, *parse_unsigned(until_nul(text, sizeof(text))));
	EXPECT_EQ(1u, *parse_unsigned(until_nul(text, 1)));
	EXPECT_ERROR(EINVAL, parse_unsigned(until_nul(&text[2], 2)));
}

TEST(SysfsText, Prints)
{
	EXPECT_STREQ("0", printed<Ulong>(uint64_t{0}));
	EXPECT_STREQ("10", printed<Ulong>(uint64_t{10}));
	EXPECT_STREQ("18446744073709551615", printed<Ulong>(UINT64_MAX));
	EXPECT_STREQ("4294967295", printed<Uint>(UINT32_MAX));
	EXPECT_STREQ("0", printed<Int>(0));
	EXPECT_STREQ("-1", printed<Int>(-1));
	EXPECT_STREQ("-2147483648", printed<Int>(-2147483647 - 1));
	EXPECT_STREQ("Y", printed<Bool>(true));
	EXPECT_STREQ("N", printed<Bool>(false));
	EXPECT_STREQ("redder", printed<ColourWord>(Colour::redder));

	char buffer[32];
	Printer out(buffer, sizeof(buffer));

	out.put_signed(INT64_MIN);
	EXPECT_TRUE(std::string_view(buffer, out.length()) == "-9223372036854775808");
}

TEST(SysfsText, WhatIsPrintedIsAccepted)
{
	constexpr uint64_t numbers[] = {0,	   1, 7, 8, 9, 10, 4096, UINT32_MAX, UINT64_MAX - 1,
					UINT64_MAX};

	for (uint64_t number : numbers) {
		const char *text = printed<Ulong>(number);

		EXPECT_EQ(number, *Ulong::parse(text));
	}
	for (int number : {0, 1, -1, 2147483647, -2147483647 - 1}) {
		const char *text = printed<Int>(number);

		EXPECT_EQ(number, *Int::parse(text));
	}
}

TEST(SysfsText, PrinterNeverFillsItsBuffer)
{
	char buffer[4] = {'a', 'b', 'c', 'd'};
	Printer out(buffer, sizeof(buffer));

	out.put("12").put_unsigned(345);
	EXPECT_EQ(3u, out.length());
	EXPECT_EQ('3', buffer[2]);
	EXPECT_EQ('d', buffer[3]);

	Printer none(buffer, 0);

	none.put("x");
	EXPECT_EQ(0u, none.length());
	EXPECT_EQ('1', buffer[0]);
}

} // namespace damon::sysfs
