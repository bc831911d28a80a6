// SPDX-License-Identifier: GPL-2.0
// Each way in which a text can be wrong, and what is said about it.
#include <string_view>

#include "schemes/text_form.hpp"
#include "schemes/text_form_words.hpp"
#include "tests/unit/test.hpp"
#include "tests/unit/text_form_tools.hpp"

using namespace damon;
using namespace damon::test;
using namespace std::string_view_literals;

namespace {

TextError error;

struct Case {
	std::string_view text;
	const char *message; // after the line, if that is the first
	int number = EINVAL;
};

void expect_error(const Case &c, const Attributes &attributes = {})
{
	EXPECT_ERROR(c.number, parse_schemes(c.text, attributes, error)) << c.text.data();
	EXPECT_EQ(1u, error.line) << c.text.data();
	EXPECT_TRUE(std::string_view(error.message).starts_with("line 1, ")) << c.text.data();
	EXPECT_STREQ(c.message, &error.message[8]);
}

} // namespace

TEST(TextFormErrors, UnknownWords)
{
	constexpr Case cases[] = {
		{"pageout accesses 0% qota 10ms/1s",
		 "column 21: 'qota': unknown word, did you mean 'quota'?"},
		{"paegout", "column 1: 'paegout': unknown word, did you mean 'pageout'?"},
		{"PageOut", "column 1: 'PageOut': unknown word, did you mean 'pageout'?"},
		{"migrate-hot",
		 "column 1: 'migrate-hot': unknown word, did you mean 'migrate_hot'?"},
		{"stat nr_accesses 5%",
		 "column 6: 'nr_accesses': unknown word, did you mean 'accesses'?"},
		{"stat every 5s", "column 6: 'every': unknown word, did you mean 'apply every'?"},
		{"stat age 5..7 intervals interval",
		 "column 25: 'interval': unknown word, did you mean 'intervals'?"},
		{"stat goal user_input 5",
		 "column 11: 'user_input': unknown word, did you mean 'user'?"},
		{"stat goal nodes", "column 11: 'nodes': unknown word, did you mean 'node'?"},
		{"stat goal node0 usd 5%", "column 17: 'usd': unknown word, did you mean 'used'?"},
		{"stat watermarks free_mem_rate 5%",
		 "column 17: 'free_mem_rate': unknown word, did you mean 'free'?"},
		{"stat filter rejekt anon",
		 "column 13: 'rejekt': unknown word, did you mean 'reject'?"},
		{"stat filter allow hugepage",
		 "column 19: 'hugepage': unknown word, did you mean 'hugepage_size'?"},
		{"stat tuner temproal",
		 "column 12: 'temproal': unknown word, did you mean 'temporal'?"},
		{"stat weights acesses:1",
		 "column 14: 'acesses': unknown word, did you mean 'accesses'?"},
	};

	for (const Case &c : cases)
		expect_error(c);
}

TEST(TextFormErrors, WhatIsExpected)
{
	constexpr Case cases[] = {
		{"foo",
		 "column 1: 'foo': expected an action: willneed, cold, pageout, hugepage, "
		 "nohugepage, collapse, lru_prio, lru_deprio, migrate_hot, migrate_cold, stat"},
		{"5%",
		 "column 1: '5%': expected an action: willneed, cold, pageout, hugepage, "
		 "nohugepage, collapse, lru_prio, lru_deprio, migrate_hot, migrate_cold, stat"},
		{"stat pageout",
		 "column 6: 'pageout': expected a part of a scheme: accesses, age, size, to, "
		 "apply, "
		 "snapshots, goal, tuner, quota, weights, fail_charge, watermarks, filter"},
		{"stat to", "column 8: the line ends here: expected where to: node, nodes"},
		{"stat to nodes", "column 14: the line ends here: expected a number"},
		{"stat to node /", "column 14: '/': expected a number"},
		{"stat to node 1K", "column 14: '1K': expected a number"},
		{"stat to node0x",
		 "column 13: '0x': unknown unit, expected a number; units are none"},
		{"stat to nodes 0:", "column 17: the line ends here: expected a number"},
		{"stat apply 5s", "column 12: '5s': expected every"},
		{"stat apply every 5%", "column 18: '5%': expected a time such as 5s"},
		{"stat apply every 5", "column 18: '5': expected a time such as 5s"},
		{"stat goal", "column 10: the line ends here: expected what a goal is about: node, "
			      "psi, active, inactive, user"},
		{"stat goal node0",
		 "column 16: the line ends here: expected what of the node: used, "
		 "free, eligible"},
		{"stat goal node0 used 5", "column 22: '5': expected a percentage such as 50%"},
		{"stat goal psi 5ms unused", "column 25: the line ends here: expected a field of a "
					     "goal: current, node, memcg"},
		{"stat tuner",
		 "column 11: the line ends here: expected a tuner: consist, temporal"},
		{"stat quota", "column 11: the line ends here: expected a quota such as 10ms/1s or "
			       "128M/1s"},
		{"stat quota 5%/1s",
		 "column 12: '5%': expected a quota such as 10ms/1s or 128M/1s"},
		{"stat quota 5ms/1K", "column 16: '1K': expected a time such as 5s"},
		{"stat weights", "column 13: the line ends here: expected what has a weight: "
				 "accesses, age, size"},
		{"stat weights age 1", "column 18: '1': expected a weight such as age:2"},
		{"stat fail_charge 1", "column 19: the line ends here: expected a fraction such as "
				       "1/10"},
		{"stat watermarks", "column 16: the line ends here: expected a metric: none, free"},
		{"stat watermarks free 5% 4%",
		 "column 27: the line ends here: expected a percentage such as 50%"},
		{"stat filter", "column 12: the line ends here: expected what a filter does: "
				"reject, allow"},
		{"stat filter allow",
		 "column 18: the line ends here: expected a filter: anon, "
		 "active, memcg, young, hugepage_size, unmapped, addr, target"},
		{"stat filter allow memcg a",
		 "column 25: 'a': expected a path such as /a/b or \"/a b\""},
		{"stat; stat size;", "column 16: ';': expected a range of sizes such as 4K..2M"},
		{"stat \xc3\xa4@",
		 "column 6: '?': expected a part of a scheme: accesses, age, size, "
		 "to, apply, snapshots, goal, tuner, quota, weights, fail_charge, "
		 "watermarks, filter"},
	};

	for (const Case &c : cases)
		expect_error(c);
}

TEST(TextFormErrors, Numbers)
{
	constexpr Case cases[] = {
		{"stat size 4k..",
		 "column 11: '4k': unknown unit, expected a size such as 4K; units "
		 "are B, K, M, G, T, P, E"},
		{"stat age 5m..",
		 "column 10: '5m': unknown unit, expected a time such as 5s; units "
		 "are us, ms, s, min, h, d"},
		{"stat quota 5x/1s",
		 "column 12: '5x': unknown unit; they are us, ms, s, min, h, d, "
		 "B, K, M, G, T, P, E"},
		{"stat size 18446744073709551616",
		 "column 11: '18446744073709551616': the number is too large", ERANGE},
		{"stat size 0x10000000000000000",
		 "column 11: '0x10000000000000000': the number is too large", ERANGE},
		{"stat size 16E", "column 11: '16E': the number is too large", ERANGE},
		{"stat size 99999999999999999999999999999999999999999999999",
		 "column 11: '9999999999999999999999999999999999999999...': the number is too "
		 "large",
		 ERANGE},
		{"stat apply every 213503983d", "column 18: '213503983d': the number is too large",
		 ERANGE},
		{"stat size -1", "column 11: '-1': the number is negative", ERANGE},
		{"stat size 0.1K", "column 11: '0.1K': not a whole number of bytes"},
		{"stat size 1.0000000000000000001E",
		 "column 11: '1.0000000000000000001E': not a whole number of bytes"},
		{"stat apply every 0.5us",
		 "column 18: '0.5us': not a whole number of microseconds"},
		{"stat quota 500us/1s", "column 12: '500us': not a whole number of milliseconds"},
		{"stat quota 5ms/us", "column 16: 'us': not a whole number of milliseconds"},
		{"stat accesses 0.001%..",
		 "column 15: '0.001%': not a whole number of hundredths of a percent"},
		{"stat watermarks free 0.25% 0% 0%",
		 "column 22: '0.25%': not a whole number of tenths of a percent"},
		{"stat snapshots 1.5", "column 16: '1.5': not a whole number"},
		{"stat fail_charge 4294967296/1", "column 18: '4294967296': more than 4294967295",
		 ERANGE},
		{"stat to nodes -1", "column 15: '-1': the number is negative", ERANGE},
		{"stat to node 2147483648",
		 "column 14: '2147483648': outside of -2147483648..2147483647", ERANGE},
		{"stat to node -2147483649",
		 "column 14: '-2147483649': outside of -2147483648..2147483647", ERANGE},
		{"stat to node9999999999",
		 "column 13: '9999999999': outside of -2147483648..2147483647", ERANGE},
		{"stat filter allow target 1.5", "column 26: '1.5': not a whole number"},
	};

	for (const Case &c : cases)
		expect_error(c);
}

TEST(TextFormErrors, Ranges)
{
	constexpr Case cases[] = {
		{"stat size 2M..4K", "column 11: '2M..4K': the range ends before it begins"},
		{"stat size 4K..2M empty", "column 18: 'empty': the range before it is not"},
		{"stat accesses x",
		 "column 15: 'x': expected a range of percentages such as 50%.."},
		{"stat accesses 7..3 samples",
		 "column 15: '7..3': the range ends before it begins"},
		{"stat accesses 3%",
		 "column 15: '3%': no whole number of samples is in this range"},
		{"stat accesses 51%..52%",
		 "column 15: '51%..52%': no whole number of samples is in this range"},
		{"stat accesses 3..7", "column 15: '3..7': expected a percentage such as 50%, or "
				       "'samples' after it"},
		{"stat accesses ..7", "column 15: '..7': expected a percentage such as 50%, or "
				      "'samples' after it"},
		{"stat accesses 3..70%", "column 18: '70%': expected a number"},
		{"stat accesses 50%..100.5%", "column 20: '100.5%': more than 100%", ERANGE},
		{"stat age x", "column 10: 'x': expected a range of times such as 2min.."},
		{"stat age 5", "column 10: '5': expected a time such as 5s, or 'intervals' after "
			       "it"},
		{"stat age 10ms..90ms",
		 "column 10: '10ms..90ms': no whole number of intervals is in this range"},
		{"stat age 5000d..", "column 10: '5000d': more than 4294967295 intervals", ERANGE},
		{"stat filter allow addr 0x1000",
		 "column 24: '0x1000': expected a range of addresses such as 0x1000..0x2000"},
		{"stat filter allow addr 4K..4K",
		 "column 24: '4K..4K': nothing is in this range, its end is not part of it"},
		{"stat filter allow hugepage_size no",
		 "column 33: 'no': expected a range of sizes such as 4K..2M"},
	};

	for (const Case &c : cases)
		expect_error(c);
}

TEST(TextFormErrors, AttributesThatGiveNoScale)
{
	expect_error({"stat accesses 50%..", "column 15: '50%': an aggregation interval has no "
					     "samples, so there are no percents of them"},
		     intervals(10, 5));
	expect_error({"stat age 1s..",
		      "column 10: '1s': the aggregation interval is 0, so an age is "
		      "no time"},
		     intervals(0, 0));
	expect_error(
		{"stat accesses 50%..", "column 15: '50%': more than 4294967295 samples", ERANGE},
		intervals(1, UINT64_MAX));
	expect_error(
		{"stat accesses 50%..", "column 15: '50%': more than 4294967295 samples", ERANGE},
		intervals(1, 10000000000));
}

TEST(TextFormErrors, Contradictions)
{
	constexpr Case cases[] = {
		{"stat size 1 size 2", "column 13: 'size': is here a second time"},
		{"stat to node 1 to node1", "column 16: 'to': is here a second time"},
		{"stat to nodes 1 to nodes 1", "column 17: 'to': is here a second time"},
		{"stat weights age:1,age:1", "column 20: 'age': is here a second time"},
		{"stat quota 1ms/1s quota 1M/1s", "column 19: 'quota': is here a second time"},
		{"stat quota 1ms/1s 2ms/1s", "column 19: '2ms': there is a quota of time already"},
		{"stat quota 1M/1s 2/1s", "column 18: '2': there is a quota of size already"},
		{"stat quota 1ms/1s 1M/2s",
		 "column 22: '2s': a scheme has one reset interval, and it has another"},
		{"stat quota 0ms/1s", "column 12: '0ms': 0 would be no limit: leave it out"},
		{"stat quota 0M/1s", "column 12: '0M': 0 would be no limit: leave it out"},
		{"stat goal node0 memcg /a eligible 1%",
		 "column 26: 'eligible': is not known of a memcg, but used and free are"},
		{"stat goal psi 1ms unused current 3 unused memcg a",
		 "column 49: 'a': expected a path such as /a/b or \"/a b\""},
		{"stat goal node0 used 1% unused node1", "column 32: 'node1': this goal uses it"},
		{"stat goal user 1 unused current 1", "column 25: 'current': this goal uses it"},
		{"stat filter allow memcg /a unused memcg /b",
		 "column 35: 'memcg': this filter uses it"},
		{"stat filter allow anon unused young",
		 "column 31: 'young': there is nothing to keep of it"},
	};

	for (const Case &c : cases)
		expect_error(c);
}

TEST(TextFormErrors, Paths)
{
	constexpr Case cases[] = {
		{"stat filter allow memcg",
		 "column 24: the line ends here: expected a path such as "
		 "/a/b or \"/a b\""},
		{"stat filter allow memcg \"/a",
		 "column 25: '\"': the quotes are not closed on this line"},
		{"stat filter allow memcg \"/a\nstat \"",
		 "column 25: '\"': the quotes are not closed on this line"},
		{"stat filter allow memcg \"/a\\",
		 "column 28: '\\': unknown escape: there are \\\\ \\\" \\n \\t \\xHH"},
		{"stat filter allow memcg \"/a\\q\"",
		 "column 28: '\\q': unknown escape: there are \\\\ \\\" \\n \\t \\xHH"},
		{"stat filter allow memcg \"/a\\x4\"",
		 "column 28: '\\x': unknown escape: there are \\\\ \\\" \\n \\t \\xHH"},
		{"stat filter allow memcg \"/a\\x00\"",
		 "column 28: '\\x': unknown escape: there are \\\\ \\\" \\n \\t \\xHH"},
		{"stat filter allow memcg \"/a\tb\"",
		 "column 28: '?': written \\n, \\t or \\xHH in quotes"},
		{"stat filter allow memcg /a\x01",
		 "column 27: '?': a path with such a character needs quotes"},
	};

	for (const Case &c : cases)
		expect_error(c);
}

TEST(TextFormErrors, LinesAndColumnsCountFromOne)
{
	struct {
		std::string_view text;
		uint32_t line, column;
	} const cases[] = {
		{"x", 1, 1},
		{"\tx", 1, 2},
		{"stat\nx", 2, 1},
		{"stat # comment\n\n  stat size 4K.. x", 3, 18},
		{"stat\r\nstat x", 2, 6},
		{"stat;stat; stat x", 1, 17},
		{"stat size\nstat", 1, 10},
		{"stat size", 1, 10},
		// Characters, not bytes.
		{"stat filter allow memcg /\xc3\xa4\xe2\x82\xac x", 1, 29},
		{"stat \0"sv, 1, 6},
	};

	for (const auto &c : cases) {
		EXPECT_ERROR(EINVAL, parse_schemes(c.text, Attributes{}, error)) << c.text.data();
		EXPECT_EQ(c.line, error.line) << c.text.data();
		EXPECT_EQ(c.column, error.column) << c.text.data();
	}
	EXPECT_ERROR(EINVAL, parse_schemes("stat\nstat\nx", Attributes{}, error));
	EXPECT_TRUE(std::string_view(error.message).starts_with("line 3, column 1: 'x': "));
}

TEST(TextFormErrors, SuccessForgetsTheLastOne)
{
	EXPECT_ERROR(EINVAL, parse_schemes("x", Attributes{}, error));
	EXPECT_OK(parse_schemes("stat", Attributes{}, error));
	EXPECT_EQ(0u, error.line);
	EXPECT_STREQ("", error.message);
}

TEST(TextFormErrors, EditDistance)
{
	using text_form::edit_distance;

	EXPECT_EQ(0u, edit_distance("", ""));
	EXPECT_EQ(0u, edit_distance("Age", "aGE"));
	EXPECT_EQ(3u, edit_distance("", "age"));
	EXPECT_EQ(3u, edit_distance("age", ""));
	EXPECT_EQ(1u, edit_distance("qota", "quota"));
	EXPECT_EQ(1u, edit_distance("quotaa", "quota"));
	EXPECT_EQ(1u, edit_distance("qvota", "quota"));
	EXPECT_EQ(1u, edit_distance("uqota", "quota"));
	EXPECT_EQ(2u, edit_distance("uqoat", "quota"));
	EXPECT_EQ(3u, edit_distance("kitten", "sitting"));
	EXPECT_EQ(24u, edit_distance("", "abcdefghijklmnopqrstuvwx"));
	// Longer than any word of ours: not worth the time.
	EXPECT_EQ(25u, edit_distance("a", "abcdefghijklmnopqrstuvwxy"));
}
