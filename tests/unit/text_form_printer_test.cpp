// SPDX-License-Identifier: GPL-2.0
#include <string_view>

#include "schemes/text_form.hpp"
#include "tests/unit/test.hpp"
#include "tests/unit/text_form_tools.hpp"

using namespace damon;
using namespace damon::test;

namespace {

TextError error;

// What is printed of what was read, in a buffer that is used again by the next call.
const char *again(std::string_view text, const Attributes &attributes = {})
{
	static char printed[512];
	Result<Vec<SchemeConfig>> schemes = parse_schemes(text, attributes, error);

	if (!schemes)
		return error.message;
	const std::size_t length = print_schemes(*schemes, attributes, printed);

	if (length >= sizeof(printed))
		return "too long";
	printed[length] = '\0';
	return printed;
}

} // namespace

TEST(TextFormPrinter, OneOrderOfPartsAndOneSpace)
{
	EXPECT_STREQ(
		"migrate_hot accesses 10%.. age 1s.. size 4K..2M to node 0 to nodes 0:3,1:1 "
		"apply every 1s snapshots 10 goal node0 used 97% tuner temporal quota 10ms/1s "
		"1G/1s "
		"weights accesses:3,age:1 fail_charge 1/10 watermarks free 50% 40% 20% every 1min "
		"filter reject target 1 filter reject young no\n",
		again("migrate_hot  filter reject young no filter reject target 1 watermarks free "
		      "50% 40% 20% every 60s fail_charge 1/10 weights age:1,accesses:3 quota 1G/1s "
		      "10ms tuner temporal goal node 0 used 97% snapshots 10 apply every 1000ms to "
		      "nodes 0:3,1 to node0 size 4096..2048K age 10.. intervals accesses 2.. "
		      "samples"));
}

TEST(TextFormPrinter, LeavesOutWhatIsDefault)
{
	EXPECT_STREQ(
		"stat\n",
		again("stat size .. accesses 0%.. age .. to node -1 apply every 0s snapshots 0 "
		      "tuner consist weights none fail_charge 0/0 watermarks none"));
	EXPECT_STREQ(
		"stat quota 10ms/1s watermarks free 3% 2% 1% filter allow anon\n",
		again("stat quota 10ms weights age:1,accesses:1 watermarks free 3% 2% 1% every "
		      "5s filter allow anon yes"));
	EXPECT_STREQ("stat goal psi 1ms\n", again("stat goal psi 1ms quota reset 1s"));
}

TEST(TextFormPrinter, TheLargestUnitThatIsExact)
{
	EXPECT_STREQ("stat size 4097..1E\n", again("stat size 4097..1024P"));
	EXPECT_STREQ("stat size ..1536M\n", again("stat size ..1.5G"));
	EXPECT_STREQ("stat size 0\n", again("stat size 0K"));
	EXPECT_STREQ("stat age 1min..1h apply every 1001ms\n",
		     again("stat age 60s..60min apply every 1.001s"));
	EXPECT_STREQ("stat age ..1d apply every 1us\n", again("stat age ..24h apply every 1us"));
	EXPECT_STREQ("stat age 0s\n", again("stat age 0s"));
	EXPECT_STREQ("stat quota 10ms/0s\n", again("stat quota 10ms/0s"));
	EXPECT_STREQ("stat goal node0 used 0.05% goal active 12.5% goal inactive 100%\n",
		     again("stat goal node0 used 0.05% goal active 12.50% goal inactive 100%"));
}

TEST(TextFormPrinter, CountsWhereThereIsNoExactPercentage)
{
	// 333 samples, 1 ms
	const Attributes attributes = intervals(3, 1000);

	EXPECT_STREQ("stat accesses 0%\n", again("stat accesses 0%", attributes));
	EXPECT_STREQ("stat accesses 34.. samples age 1ms..\n",
		     again("stat accesses 10%.. age 1us..", attributes));
	EXPECT_STREQ("stat accesses ..100%\n", again("stat accesses ..100%", attributes));
	// One of the two is not exact: then neither is a percentage.
	EXPECT_STREQ("stat accesses 34..333 samples\n",
		     again("stat accesses 10%..100%", attributes));
	// More than there are.
	EXPECT_STREQ("stat accesses 5%..15%\n", again("stat accesses 1..3 samples"));
	EXPECT_STREQ("stat accesses 1..21 samples\n", again("stat accesses 1..21 samples"));
}

TEST(TextFormPrinter, CountsWhereThereIsNoScale)
{
	EXPECT_STREQ("stat accesses 0 samples age 7.. intervals\n",
		     again("stat accesses 0 samples age 7.. intervals", intervals(0, 0)));
	EXPECT_STREQ("stat age 7.. intervals\n",
		     again("stat age 7.. intervals", intervals(1, UINT64_MAX / 2)));
}

TEST(TextFormPrinter, PathsInQuotes)
{
	EXPECT_STREQ(
		"stat goal node0 memcg \"/a\" used 1% filter reject memcg \"\\\"\\\\\\n\\x01\\x7f "
		"\xc3\xa4\"\n",
		again("stat goal node0 memcg /a used 1% filter reject memcg "
		      "\"\\\"\\\\\\x0a\\x01\\x7F \xc3\xa4\""));
}

TEST(TextFormPrinter, OddThingsAreSaid)
{
	constexpr const char *texts[] = {
		"stat quota reset 3s\n",
		"stat weights accesses:1\n",
		"stat quota 10ms/1s weights none\n",
		"stat watermarks none 3% 2% 1% every 0s\n",
		"stat goal psi 1ms unused current 3 unused node4 unused memcg \"/a\"\n",
		"stat filter reject addr ..0x0 empty\n",
		"stat filter allow anon no unused memcg \"/a\" unused hugepage_size 4K..\n",
		"stat filter allow anon unused addr 0x1000.. unused target -1\n",
	};

	for (const char *text : texts)
		EXPECT_STREQ(text, again(text));
	EXPECT_STREQ("stat accesses 35%..15% empty age 2s..1s empty size 2M..4K empty\n",
		     again("stat accesses 7..3 samples empty age 2s..1s empty size 2M..4K empty"));
}

TEST(TextFormPrinter, ValuesThatHaveNoWord)
{
	SchemeConfig scheme;

	scheme.pattern = {{0, UINT64_MAX}, {0, UINT32_MAX}, {0, UINT32_MAX}};
	scheme.action = static_cast<Action>(200); // NOLINT(*.EnumCastOutOfRange)
	Result<String> text = print_schemes({&scheme, 1}, Attributes{});

	ASSERT_OK(text);
	EXPECT_STREQ("?\n", text->c_str());
}

TEST(TextFormPrinter, TellsTheLengthThatABufferNeeds)
{
	Result<Vec<SchemeConfig>> schemes =
		parse_schemes("pageout age 2min..\nstat", Attributes{}, error);
	constexpr std::string_view all = "pageout age 2min..\nstat\n";
	char buffer[32];

	ASSERT_OK(schemes);
	for (std::size_t size = 0; size <= sizeof(buffer); size++) {
		std::fill_n(buffer, sizeof(buffer), '!');
		EXPECT_EQ(all.size(), print_schemes(*schemes, Attributes{}, {buffer, size}));
		const std::size_t written = std::min(size, all.size());

		EXPECT_TRUE(all.starts_with(std::string_view(buffer, written)));
		EXPECT_TRUE(written == sizeof(buffer) || buffer[written] == '!');
	}
}
