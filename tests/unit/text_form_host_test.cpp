// SPDX-License-Identifier: GPL-2.0
// The text form and what only the host has: refused allocations, and the page that documents it.
#include <fstream>
#include <string>
#include <vector>

#include "schemes/text_form.hpp"
#include "tests/host/host.hpp"
#include "tests/unit/test.hpp"
#include "tests/unit/text_form_tools.hpp"

using namespace damon;
using namespace damon::test;

#ifndef DAMON_DOCUMENTATION
#define DAMON_DOCUMENTATION "Documentation"
#endif

namespace {

constexpr const char *everything = "migrate_hot to nodes 0:1,1:2,2:3,3:4,4:5 goal node0 memcg "
				   "\"/a/long/path/of/a/cgroup\" used "
				   "3% goal psi 1ms goal psi 2ms goal psi 3ms goal psi 4ms filter "
				   "reject memcg /b\nstat\nstat\n"
				   "stat\nstat\nstat\n";

// The lines of a section of the page.
std::vector<std::string> section(const std::string &title)
{
	std::ifstream page(DAMON_DOCUMENTATION "/schemes.md");
	std::vector<std::string> lines;
	bool within = false;

	for (std::string line; std::getline(page, line);) {
		if (line.starts_with("## "))
			within = line == "## " + title;
		else if (within)
			lines.push_back(line);
	}
	EXPECT_FALSE(lines.empty()) << title;
	return lines;
}

} // namespace

TEST(TextFormHost, EachRefusedAllocationIsToldAndNothingLeaks)
{
	const uint64_t before = live_allocations();
	TextError error;
	int failures = 0;

	with_each_allocation_refused([&] { return parse_schemes(everything, Attributes{}, error); },
				     [&](const Error &failed) {
					     failures++;
					     EXPECT_EQ(ENOMEM, failed.number);
					     EXPECT_EQ(0u, error.line);
					     EXPECT_STREQ("out of memory", error.message);
					     EXPECT_EQ(before, live_allocations());
				     });
	EXPECT_GT(failures, 8);
	EXPECT_EQ(before, live_allocations());

	Result<Vec<SchemeConfig>> schemes = parse_schemes(everything, Attributes{}, error);

	ASSERT_OK(schemes);
	failures = 0;
	with_each_allocation_refused([&] { return print_schemes(*schemes, Attributes{}); },
				     [&](const Error &failed) {
					     failures++;
					     EXPECT_EQ(ENOMEM, failed.number);
				     });
	EXPECT_EQ(failures, 2);
}

TEST(TextFormHost, PrintingIntoABufferAllocatesNothing)
{
	TextError error;
	Result<Vec<SchemeConfig>> schemes = parse_schemes(everything, Attributes{}, error);
	char buffer[1024];

	ASSERT_OK(schemes);
	const NoAllocationGuard guard;
	EXPECT_LT(print_schemes(*schemes, Attributes{}, buffer), sizeof(buffer));
}

TEST(TextFormHost, NoErrorIsCutShort)
{
	// The longest sentence with the longest quotation, far down.
	const std::string text = std::string(99999, '\n') + "stat " + std::string(100, '@');
	const std::string word = std::string(99999, '\n') + "stat " + std::string(100, 'x');
	TextError error;

	for (const std::string &wrong : {text, word}) {
		EXPECT_ERROR(EINVAL, parse_schemes(wrong, Attributes{}, error));
		EXPECT_TRUE(std::string_view(error.message).ends_with(", watermarks, filter"))
			<< error.message;
	}
}

TEST(TextFormHost, TheDocumentedExamplesAreReadAndReadBack)
{
	int examples = 0;
	int lines = 0;

	for (const std::string &line : section("Ten examples")) {
		if (line.starts_with(std::to_string(examples + 1) + ". "))
			examples++;
		if (!line.starts_with("        "))
			continue;
		lines++;

		TextError error;
		Result<Vec<SchemeConfig>> schemes = parse_schemes(line, Attributes{}, error);

		ASSERT_OK(schemes) << line << "\n" << error.message;
		ASSERT_EQ(1u, schemes->size()) << line;
		Result<String> text = print_schemes(*schemes, Attributes{});

		ASSERT_OK(text);
		Result<Vec<SchemeConfig>> again = parse_schemes(text->view(), Attributes{}, error);

		ASSERT_OK(again) << text->c_str() << error.message;
		EXPECT_TRUE(same(*schemes, *again)) << text->c_str();
	}
	EXPECT_EQ(10, examples);
	EXPECT_GE(lines, 10);
}

TEST(TextFormHost, TheDocumentedErrorsAreWhatIsSaid)
{
	std::string text;
	int errors = 0;

	for (const std::string &line : section("Errors")) {
		if (!line.starts_with("    "))
			continue;
		if (text.empty()) {
			text = line.substr(4);
			continue;
		}
		TextError error;

		EXPECT_ERROR(EINVAL, parse_schemes(text, Attributes{}, error)) << text;
		EXPECT_EQ(line.substr(4), error.message);
		text.clear();
		errors++;
	}
	EXPECT_EQ(4, errors);
}

// What the tables call a part is one: each piece of code in the first column of "Parts" that begins
// with the word of a part.
TEST(TextFormHost, TheDocumentedPartsAreParts)
{
	int parts = 0;

	for (const std::string &line : section("Parts")) {
		if (!line.starts_with("| `") || line.starts_with("| `willneed"))
			continue;

		const std::string part = line.substr(3, line.find('`', 3) - 3);

		if (part == "goal ..." || part == "filter allow" || part == "... no")
			continue;

		const std::string text =
			"stat " +
			(part.starts_with("...") ? "filter allow" + part.substr(3) : part);
		TextError error;

		EXPECT_OK(parse_schemes(text, Attributes{}, error)) << text << error.message;
		parts++;
	}
	EXPECT_GT(parts, 20);
}
