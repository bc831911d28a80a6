// SPDX-License-Identifier: GPL-2.0
// What holds for any schemes.
#include "schemes/text_form.hpp"
#include "tests/unit/test.hpp"
#include "tests/unit/text_form_tools.hpp"

using namespace damon;
using namespace damon::test;

namespace {

TextError error; // too large for the stack of a test in the kernel

#ifdef DAMON_KUNIT // where each costs a hundred times more
constexpr uint64_t nr_seeds = 100;
#else
constexpr uint64_t nr_seeds = 2000;
#endif

} // namespace

TEST(TextFormProperty, WhatIsPrintedIsReadBackTheSame)
{
	for (uint64_t seed = 0; seed < nr_seeds; seed++) {
		Random random(seed);
		const Attributes &attributes =
			kinds_of_attributes[seed % std::size(kinds_of_attributes)];
		Result<SchemeConfig> scheme = random_scheme(random);

		ASSERT_OK(scheme);
		Result<String> text = print_schemes({&*scheme, 1}, attributes);

		ASSERT_OK(text);
		Result<Vec<SchemeConfig>> parsed = parse_schemes(text->view(), attributes, error);

		ASSERT_OK(parsed) << "seed " << seed << "\n" << text->c_str() << error.message;
		ASSERT_EQ(1u, parsed->size());
		ASSERT_TRUE(same(*scheme, (*parsed)[0])) << "seed " << seed << "\n"
							 << text->c_str();

		Result<String> again = print_schemes(*parsed, attributes);

		ASSERT_OK(again);
		ASSERT_STREQ(text->c_str(), again->c_str());
	}
}

TEST(TextFormProperty, ManySchemesKeepTheirOrder)
{
	Random random(1);
	Vec<SchemeConfig> schemes;

	for (int i = 0; i < 20; i++) {
		Result<SchemeConfig> scheme = random_scheme(random);

		ASSERT_OK(scheme);
		ASSERT_OK(schemes.push(std::move(*scheme)));
	}
	Result<String> text = print_schemes(schemes, Attributes{});

	ASSERT_OK(text);
	Result<Vec<SchemeConfig>> parsed = parse_schemes(text->view(), Attributes{}, error);

	ASSERT_OK(parsed) << error.message;
	EXPECT_TRUE(same(schemes, *parsed));
}

// Cut anywhere, or with a character replaced: read or refused, and what is read is printed.
TEST(TextFormProperty, DamagedTextIsReadOrRefused)
{
	for (uint64_t seed = 0; seed < nr_seeds; seed++) {
		Random random(seed);
		Result<SchemeConfig> scheme = random_scheme(random);

		ASSERT_OK(scheme);
		Result<String> printed = print_schemes({&*scheme, 1}, Attributes{});

		ASSERT_OK(printed);
		Vec<char> text;

		for (char c : printed->view())
			ASSERT_OK(text.push(c));
		text[random.below(text.size())] = static_cast<char>(random.next());
		ASSERT_OK(text.resize(1 + random.below(text.size())));
		Result<Vec<SchemeConfig>> parsed =
			parse_schemes({text.begin(), text.size()}, Attributes{}, error);

		if (!parsed) {
			EXPECT_NE(0u, error.line);
			EXPECT_NE(0u, error.column);
			continue;
		}
		Result<String> once = print_schemes(*parsed, Attributes{});

		ASSERT_OK(once);
		Result<Vec<SchemeConfig>> again = parse_schemes(once->view(), Attributes{}, error);

		ASSERT_OK(again) << once->c_str() << error.message;
		EXPECT_TRUE(same(*parsed, *again)) << once->c_str();
	}
}
