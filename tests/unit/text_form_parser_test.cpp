// SPDX-License-Identifier: GPL-2.0
#include <string_view>

#include "schemes/text_form.hpp"
#include "tests/unit/test.hpp"
#include "tests/unit/text_form_tools.hpp"

using namespace damon;
using namespace damon::test;

namespace {

constexpr uint64_t any = UINT64_MAX;
constexpr uint32_t any32 = UINT32_MAX;

TextError error;

// The only scheme in @text, by the default attributes: 20 samples in 100 ms.
SchemeConfig parsed(std::string_view text, const Attributes &attributes = {})
{
	Result<Vec<SchemeConfig>> schemes = parse_schemes(text, attributes, error);

	EXPECT_OK(schemes) << text.data() << error.message;
	if (!schemes || schemes->size() != 1) {
		ADD_FAILURE() << text.data();
		return {};
	}
	return std::move((*schemes)[0]);
}

std::size_t number_of_schemes(std::string_view text)
{
	Result<Vec<SchemeConfig>> schemes = parse_schemes(text, Attributes{}, error);

	EXPECT_OK(schemes) << text.data() << error.message;
	return schemes ? schemes->size() : 0;
}

} // namespace

TEST(TextFormParser, OnlyAnActionMeansAllMemoryWithoutLimits)
{
	const SchemeConfig scheme = parsed("stat");
	SchemeConfig expected;

	expected.action = Action::stat;
	expected.pattern = {{0, any}, {0, any32}, {0, any32}};
	EXPECT_TRUE(same(expected, scheme));
	EXPECT_EQ(-1, scheme.target_nid);
	EXPECT_EQ(0u, scheme.quota.reset_interval_ms);
	EXPECT_EQ(0u, scheme.quota.age_permil);
}

TEST(TextFormParser, AllActions)
{
	constexpr std::string_view words[] = {
		"willneed", "cold",	  "pageout",	 "hugepage",	 "nohugepage", "collapse",
		"lru_prio", "lru_deprio", "migrate_hot", "migrate_cold", "stat",
	};

	for (std::size_t i = 0; i < std::size(words); i++)
		EXPECT_EQ(static_cast<Action>(i), parsed(words[i]).action);
	EXPECT_EQ(nr_actions, std::size(words));
}

TEST(TextFormParser, ProactiveReclamation)
{
	const SchemeConfig scheme =
		parsed("    pageout     accesses 0%      age 2min..  size 4K..   "
		       "quota 10ms/1s 128M/1s  watermarks free 50% 40% 20%");
	SchemeConfig expected;

	expected.action = Action::pageout;
	expected.pattern = {{4096, any}, {0, 0}, {1200, any32}};
	expected.quota.ms = 10;
	expected.quota.bytes = 128 << 20;
	expected.quota.reset_interval_ms = 1000;
	expected.quota.nr_accesses_permil = 1;
	expected.quota.age_permil = 1;
	expected.watermarks = {WatermarkMetric::free_mem_rate, 5000000, 500, 400, 200};
	EXPECT_TRUE(same(expected, scheme));
}

TEST(TextFormParser, HugePages)
{
	const SchemeConfig scheme =
		parsed("    hugepage    accesses 50%..   age 2s..    size 2M..");
	SchemeConfig expected;

	expected.action = Action::hugepage;
	expected.pattern = {{2 << 20, any}, {10, any32}, {20, any32}};
	EXPECT_TRUE(same(expected, scheme));
}

TEST(TextFormParser, Promotion)
{
	const SchemeConfig scheme =
		parsed("    migrate_hot accesses 10%..   to node 0   goal node0 used 97%   "
		       "quota 1G/1s  filter reject young no");
	SchemeConfig expected;
	GoalConfig goal;
	FilterConfig filter;

	expected.action = Action::migrate_hot;
	expected.pattern = {{0, any}, {2, any32}, {0, any32}};
	expected.target_nid = 0;
	expected.quota.bytes = 1 << 30;
	expected.quota.reset_interval_ms = 1000;
	expected.quota.nr_accesses_permil = 1;
	expected.quota.age_permil = 1;
	goal.metric = GoalMetric::node_mem_used_bp;
	goal.target_value = 9700;
	ASSERT_OK(expected.quota.goals.push(std::move(goal)));
	filter.type = FilterType::young;
	ASSERT_OK(expected.filters.push(std::move(filter)));
	EXPECT_TRUE(same(expected, scheme));
	EXPECT_FALSE(scheme.filters[0].matching);
	EXPECT_FALSE(scheme.filters[0].allow);
}

TEST(TextFormParser, SchemesEndWithTheLineOrASemicolon)
{
	EXPECT_EQ(0u, number_of_schemes(""));
	EXPECT_EQ(0u, number_of_schemes(" \t\r\n\n;;# nothing"));
	EXPECT_EQ(1u, number_of_schemes("stat"));
	EXPECT_EQ(1u, number_of_schemes("\n# a comment; stat\n  stat # another\n#"));
	EXPECT_EQ(2u, number_of_schemes("stat\r\npageout\r\n"));
	EXPECT_EQ(3u, number_of_schemes("stat;pageout size 4K..;;cold\n"));
}

TEST(TextFormParser, Ranges)
{
	struct {
		std::string_view text;
		uint64_t min, max;
	} const cases[] = {
		{"stat size 4K..2M", 4096, 2 << 20},
		{"stat size 4K..", 4096, any},
		{"stat size ..2M", 0, 2 << 20},
		{"stat size 2M", 2 << 20, 2 << 20},
		{"stat size ..", 0, any},
		{"stat size 0", 0, 0},
		{"stat size 4K .. 2M", 4096, 2 << 20},
		{"stat size 2M..4K empty", 2 << 20, 4096},
		{"stat size 1..18446744073709551615", 1, any},
	};

	for (const auto &c : cases) {
		const SchemeConfig scheme = parsed(c.text);

		EXPECT_EQ(c.min, scheme.pattern.size.min) << c.text.data();
		EXPECT_EQ(c.max, scheme.pattern.size.max) << c.text.data();
	}
}

TEST(TextFormParser, Sizes)
{
	struct {
		std::string_view text;
		uint64_t size;
	} const cases[] = {
		{"stat size 4096", 4096},	{"stat size 4096B", 4096},
		{"stat size 0x1000", 4096},	{"stat size 0X1f", 31},
		{"stat size 010", 10},		{"stat size 3K", 3ull << 10},
		{"stat size 3M", 3ull << 20},	{"stat size 3G", 3ull << 30},
		{"stat size 3T", 3ull << 40},	{"stat size 3P", 3ull << 50},
		{"stat size 3E", 3ull << 60},	{"stat size 3KiB", 3ull << 10},
		{"stat size 3MiB", 3ull << 20}, {"stat size 3GiB", 3ull << 30},
		{"stat size 3TiB", 3ull << 40}, {"stat size 3PiB", 3ull << 50},
		{"stat size 3EiB", 3ull << 60}, {"stat size 1.5G", 3ull << 29},
		{"stat size 0.5K", 512},	{"stat size 2.50K", 2560},
		{"stat size 7.000B", 7},	{"stat size 0.000003814697265625G", 4096},
	};

	for (const auto &c : cases)
		EXPECT_EQ(c.size, parsed(c.text).pattern.size.min) << c.text.data();
	// A whole byte, but with more decimals than are worth the trouble.
	EXPECT_ERROR(EINVAL, parse_schemes("stat size 0.000000000931322574615478515625G",
					   Attributes{}, error));
}

TEST(TextFormParser, Times)
{
	struct {
		std::string_view text;
		uint64_t us;
	} const cases[] = {
		{"stat apply every 7us", 7},
		{"stat apply every 7ms", 7000},
		{"stat apply every 7s", 7000000},
		{"stat apply every 7min", 420000000},
		{"stat apply every 7h", 25200000000},
		{"stat apply every 7d", 604800000000},
		{"stat apply every 1.5s", 1500000},
		{"stat apply every 0s", 0},
		{"stat apply every 18446744073709551615us", any},
	};

	for (const auto &c : cases)
		EXPECT_EQ(c.us, parsed(c.text).apply_interval_us) << c.text.data();
}

// Of 20 samples.
TEST(TextFormParser, AccessesRoundIntoTheRange)
{
	struct {
		std::string_view text;
		uint32_t min, max;
	} const cases[] = {
		{"stat accesses 0%", 0, 0},
		{"stat accesses 0%..", 0, any32},
		{"stat accesses 50%..", 10, any32},
		{"stat accesses 1%..", 1, any32},
		{"stat accesses 0.01%..", 1, any32},
		{"stat accesses 51%..", 11, any32},
		{"stat accesses ..51%", 0, 10},
		{"stat accesses ..4.99%", 0, 0},
		{"stat accesses 100%", 20, 20},
		{"stat accesses 31%..74%", 7, 14},
		{"stat accesses 35%", 7, 7},
		{"stat accesses 3..7 samples", 3, 7},
		{"stat accesses 7 samples", 7, 7},
		{"stat accesses 3.. samples", 3, any32},
		{"stat accesses 30..40 samples", 30, 40},
		{"stat accesses 4294967295 samples", any32, any32},
		{"stat accesses 7..3 samples empty", 7, 3},
		{"stat accesses 51%..52% empty", 11, 10},
		{"stat accesses ..", 0, any32},
	};

	for (const auto &c : cases) {
		const SchemeConfig scheme = parsed(c.text);

		EXPECT_EQ(c.min, scheme.pattern.nr_accesses.min) << c.text.data();
		EXPECT_EQ(c.max, scheme.pattern.nr_accesses.max) << c.text.data();
	}
}

// Intervals of 100 ms.
TEST(TextFormParser, AgesRoundIntoTheRange)
{
	struct {
		std::string_view text;
		uint32_t min, max;
	} const cases[] = {
		{"stat age 0s", 0, 0},
		{"stat age 2min..", 1200, any32},
		{"stat age 1us..", 1, any32},
		{"stat age 101ms..", 2, any32},
		{"stat age ..199ms", 0, 1},
		{"stat age 1s..1min", 10, 600},
		{"stat age 5..10 intervals", 5, 10},
		{"stat age ..7 intervals", 0, 7},
		{"stat age 100ms", 1, 1},
	};

	for (const auto &c : cases) {
		const SchemeConfig scheme = parsed(c.text);

		EXPECT_EQ(c.min, scheme.pattern.age.min) << c.text.data();
		EXPECT_EQ(c.max, scheme.pattern.age.max) << c.text.data();
	}
}

TEST(TextFormParser, CountsFollowTheAttributes)
{
	const SchemeConfig scheme =
		parsed("stat accesses 10%..90% age 1s..", intervals(1000, 1000000));

	EXPECT_EQ(100u, scheme.pattern.nr_accesses.min);
	EXPECT_EQ(900u, scheme.pattern.nr_accesses.max);
	EXPECT_EQ(1u, scheme.pattern.age.min);
}

TEST(TextFormParser, Destinations)
{
	const SchemeConfig scheme = parsed("migrate_hot to nodes 0:3,1:1 , 2 to node 5");

	EXPECT_EQ(5, scheme.target_nid);
	ASSERT_EQ(3u, scheme.destinations.size());
	EXPECT_TRUE(same(DestinationConfig{0, 3}, scheme.destinations[0]));
	EXPECT_TRUE(same(DestinationConfig{1, 1}, scheme.destinations[1]));
	EXPECT_TRUE(same(DestinationConfig{2, 1}, scheme.destinations[2]));

	EXPECT_EQ(3, parsed("migrate_cold to node3").target_nid);
	EXPECT_EQ(-7, parsed("migrate_cold to node -7").target_nid);
	EXPECT_EQ(-2147483647 - 1, parsed("migrate_cold to node -2147483648").target_nid);
}

TEST(TextFormParser, Snapshots)
{
	EXPECT_EQ(12u, parsed("stat snapshots 12").max_nr_snapshots);
	EXPECT_EQ(any, parsed("stat snapshots 18446744073709551615").max_nr_snapshots);
}

TEST(TextFormParser, Quotas)
{
	struct {
		std::string_view text;
		uint64_t ms, bytes, reset_ms;
	} const cases[] = {
		{"stat quota 10ms/1s", 10, 0, 1000},
		{"stat quota 10ms/s", 10, 0, 1000},
		{"stat quota 10ms", 10, 0, 1000},
		{"stat quota 1s/min", 1000, 0, 60000},
		{"stat quota 128M / 1.5s", 0, 128 << 20, 1500},
		{"stat quota 4096/1s", 0, 4096, 1000},
		{"stat quota 128M/2s 10ms", 10, 128 << 20, 2000},
		{"stat quota 128M 10ms/2s", 10, 128 << 20, 2000},
		{"stat quota 128M/2s 10ms/2000ms", 10, 128 << 20, 2000},
		{"stat quota 10ms/0s", 10, 0, 0},
		{"stat quota 10ms reset 3s", 10, 0, 3000},
		{"stat quota reset 3s", 0, 0, 3000},
		{"stat quota reset 3s goal psi 1ms", 0, 0, 3000},
		{"stat goal psi 1ms", 0, 0, 1000},
		{"stat", 0, 0, 0},
	};

	for (const auto &c : cases) {
		const SchemeConfig scheme = parsed(c.text);

		EXPECT_EQ(c.ms, scheme.quota.ms) << c.text.data();
		EXPECT_EQ(c.bytes, scheme.quota.bytes) << c.text.data();
		EXPECT_EQ(c.reset_ms, scheme.quota.reset_interval_ms) << c.text.data();
	}
}

TEST(TextFormParser, Weights)
{
	struct {
		std::string_view text;
		uint32_t accesses, age, size;
	} const cases[] = {
		{"stat", 0, 0, 0},
		{"stat quota reset 1s", 0, 0, 0},
		{"stat quota 10ms/1s", 1, 1, 0},
		{"stat goal psi 1ms", 1, 1, 0},
		{"stat quota 10ms/1s weights none", 0, 0, 0},
		{"stat quota 10ms/1s weights age:7", 0, 7, 0},
		{"stat weights accesses:3, age:7,size:4294967295", 3, 7, any32},
		{"stat weights age:1 age 2s..", 0, 1, 0},
	};

	for (const auto &c : cases) {
		const SchemeConfig scheme = parsed(c.text);

		EXPECT_EQ(c.accesses, scheme.quota.nr_accesses_permil) << c.text.data();
		EXPECT_EQ(c.age, scheme.quota.age_permil) << c.text.data();
		EXPECT_EQ(c.size, scheme.quota.sz_permil) << c.text.data();
	}
}

TEST(TextFormParser, FailChargeAndTuner)
{
	const SchemeConfig scheme = parsed("stat fail_charge 1/10 tuner temporal");

	EXPECT_EQ(1u, scheme.quota.fail_charge_num);
	EXPECT_EQ(10u, scheme.quota.fail_charge_denom);
	EXPECT_EQ(GoalTuner::temporal, scheme.quota.tuner);
	EXPECT_EQ(GoalTuner::consist, parsed("stat tuner consist").quota.tuner);
}

TEST(TextFormParser, Goals)
{
	struct {
		std::string_view text;
		GoalMetric metric;
		uint64_t target, current;
		int nid;
		std::string_view path;
	} const cases[] = {
		{"stat goal user 10000", GoalMetric::user_input, 10000, 0, 0, ""},
		{"stat goal user 10000 current 9000", GoalMetric::user_input, 10000, 9000, 0, ""},
		{"stat goal psi 1.5ms", GoalMetric::some_mem_psi_us, 1500, 0, 0, ""},
		{"stat goal node0 used 97%", GoalMetric::node_mem_used_bp, 9700, 0, 0, ""},
		{"stat goal node 2 free 0.05%", GoalMetric::node_mem_free_bp, 5, 0, 2, ""},
		{"stat goal node1 memcg /a/b used 30%", GoalMetric::node_memcg_used_bp, 3000, 0, 1,
		 "/a/b"},
		{"stat goal node-1 memcg \"/a b\" free 3%", GoalMetric::node_memcg_free_bp, 300, 0,
		 -1, "/a b"},
		{"stat goal active 50%", GoalMetric::active_mem_bp, 5000, 0, 0, ""},
		{"stat goal inactive 12.34%", GoalMetric::inactive_mem_bp, 1234, 0, 0, ""},
		{"stat goal node1 eligible 60%", GoalMetric::node_eligible_mem_bp, 6000, 0, 1, ""},
		{"stat goal psi 1us unused node3 unused memcg /a unused current 4",
		 GoalMetric::some_mem_psi_us, 1, 4, 3, "/a"},
	};

	for (const auto &c : cases) {
		const SchemeConfig scheme = parsed(c.text);

		ASSERT_EQ(1u, scheme.quota.goals.size());
		const GoalConfig &goal = scheme.quota.goals[0];

		EXPECT_EQ(c.metric, goal.metric) << c.text.data();
		EXPECT_EQ(c.target, goal.target_value) << c.text.data();
		EXPECT_EQ(c.current, goal.current_value) << c.text.data();
		EXPECT_EQ(c.nid, goal.nid) << c.text.data();
		EXPECT_TRUE(c.path == goal.path.view()) << c.text.data();
	}
	EXPECT_EQ(3u, parsed("stat goal psi 1ms goal user 3 goal active 1%").quota.goals.size());
}

TEST(TextFormParser, Watermarks)
{
	const SchemeConfig scheme = parsed("stat watermarks free 50.5% 40% 20% every 10s");

	EXPECT_TRUE(
		same({WatermarkMetric::free_mem_rate, 10000000, 505, 400, 200}, scheme.watermarks));
	EXPECT_TRUE(same(WatermarksConfig{}, parsed("stat watermarks none").watermarks));
	EXPECT_TRUE(same({WatermarkMetric::none, 5000000, 30, 20, 10},
			 parsed("stat watermarks none 3% 2% 1%").watermarks));
}

TEST(TextFormParser, Filters)
{
	const SchemeConfig scheme =
		parsed("stat filter reject anon filter allow memcg /a no filter reject addr "
		       "0x1000..8K filter allow hugepage_size 2M.. yes filter reject target 3 no "
		       "filter allow active filter reject unmapped filter allow young");

	ASSERT_EQ(8u, scheme.filters.size());
	// Those for regions come first.
	const FilterType order[] = {FilterType::addr,	       FilterType::target,
				    FilterType::anon,	       FilterType::memcg,
				    FilterType::hugepage_size, FilterType::active,
				    FilterType::unmapped,      FilterType::young};

	for (std::size_t i = 0; i < std::size(order); i++)
		EXPECT_EQ(order[i], scheme.filters[i].type);
	EXPECT_TRUE(scheme.filters[0].addresses == (Range{0x1000, 0x2000}));
	EXPECT_TRUE(scheme.filters[0].matching);
	EXPECT_FALSE(scheme.filters[0].allow);
	EXPECT_EQ(3, scheme.filters[1].target);
	EXPECT_FALSE(scheme.filters[1].matching);
	EXPECT_TRUE(scheme.filters[3].memcg_path.view() == "/a");
	EXPECT_TRUE(scheme.filters[3].allow);
	EXPECT_FALSE(scheme.filters[3].matching);
	EXPECT_TRUE(scheme.filters[4].size == (Limits<uint64_t>{2 << 20, any}));
	EXPECT_TRUE(scheme.filters[4].matching);
}

TEST(TextFormParser, FiltersKeepWhatTheyDoNotUse)
{
	const SchemeConfig scheme =
		parsed("stat filter reject anon unused memcg /a unused addr 4K..0 empty "
		       "unused hugepage_size 3 unused target -4");
	const FilterConfig &filter = scheme.filters[0];

	EXPECT_TRUE(filter.memcg_path.view() == "/a");
	EXPECT_TRUE(filter.addresses == (Range{4096, 0}));
	EXPECT_TRUE(filter.size == (Limits<uint64_t>{3, 3}));
	EXPECT_EQ(-4, filter.target);
}

TEST(TextFormParser, Paths)
{
	struct {
		std::string_view text;
		std::string_view path;
	} const cases[] = {
		{"stat filter reject memcg /a/b-1.slice", "/a/b-1.slice"},
		{R"(stat filter reject memcg /a\x2db no)", R"(/a\x2db)"},
		{"stat filter reject memcg /a# comment", "/a"},
		{"stat filter reject memcg /a;", "/a"},
		{"stat filter reject memcg \"/a b#;\"", "/a b#;"},
		{"stat filter reject memcg \"\"", ""},
		{R"(stat filter reject memcg "/\"\\\n\t\x41\xfF")", "/\"\\\n\tA\xff"},
		{"stat filter reject memcg \"/\xc3\xa4\"", "/\xc3\xa4"},
		{"stat filter reject memcg /\xc3\xa4", "/\xc3\xa4"},
	};

	for (const auto &c : cases) {
		const SchemeConfig scheme = parsed(c.text);

		ASSERT_EQ(1u, scheme.filters.size());
		EXPECT_TRUE(c.path == scheme.filters[0].memcg_path.view()) << c.text.data();
	}
	EXPECT_FALSE(parsed(cases[1].text).filters[0].matching);
}
