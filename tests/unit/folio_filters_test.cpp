// SPDX-License-Identifier: GPL-2.0
#include "schemes/folio_filters.hpp"

#include "tests/unit/fake_memcg.hpp"
#include "tests/unit/regions.hpp"

using namespace damon;
using namespace damon::test;

namespace {

FilterConfig of_type(FilterType type)
{
	FilterConfig filter;

	filter.type = type;
	return filter;
}

FilterConfig memcg(std::string_view path)
{
	FilterConfig filter = of_type(FilterType::memcg);

	filter.memcg_path = *String::of(path);
	return filter;
}

void expect_error(const Result<FolioFilters> &result, std::size_t index, const char *reason)
{
	ASSERT_TRUE(!result);
	EXPECT_EQ(result.error().number, EINVAL);
	EXPECT_STREQ(result.error().reason, reason);
	EXPECT_STREQ(result.error().where[0].list, "filters");
	EXPECT_EQ(result.error().where[0].index, index);
}

} // namespace

TEST(FolioFilters, AreWhatIsNotOfTheCore)
{
	Vec<FilterConfig> configs;

	must(configs.push(of_type(FilterType::addr)));
	must(configs.push(of_type(FilterType::young)));
	must(configs.push(of_type(FilterType::target)));
	must(configs.push(of_type(FilterType::hugepage_size)));
	configs[1].matching = true;
	configs[3].allow = true;
	configs[3].size = {4096, 2 << 20};

	const Result<FolioFilters> filters = FolioFilters::open(configs);
	ASSERT_OK(filters);
	std::span<const damon_filter> span = filters->span();
	ASSERT_EQ(span.size(), 2u);
	EXPECT_EQ(span[0].type, DAMON_FILTER_YOUNG);
	EXPECT_TRUE(span[0].matching);
	EXPECT_FALSE(span[0].allow);
	EXPECT_EQ(span[1].type, DAMON_FILTER_HUGEPAGE_SIZE);
	EXPECT_FALSE(span[1].matching);
	EXPECT_TRUE(span[1].allow);
	EXPECT_EQ(span[1].min, 4096u);
	EXPECT_EQ(span[1].max, 2u << 20);
}

TEST(FolioFilters, HaveAllTheirTypes)
{
	constexpr struct {
		FilterType type;
		damon_filter_type port;
	} pairs[] = {
		{FilterType::anon, DAMON_FILTER_ANON},
		{FilterType::active, DAMON_FILTER_ACTIVE},
		{FilterType::young, DAMON_FILTER_YOUNG},
		{FilterType::hugepage_size, DAMON_FILTER_HUGEPAGE_SIZE},
		{FilterType::unmapped, DAMON_FILTER_UNMAPPED},
	};

	for (const auto &pair : pairs) {
		Vec<FilterConfig> configs;

		must(configs.push(of_type(pair.type)));
		const Result<FolioFilters> filters = FolioFilters::open(configs);
		ASSERT_OK(filters);
		EXPECT_EQ(filters->span()[0].type, pair.port);
	}
}

TEST(FolioFilters, HoldTheirCgroups)
{
	FakeMemcg one("/one");
	FakeMemcg two("/two");
	{
		Vec<FilterConfig> configs;

		must(configs.push(memcg("/one")));
		must(configs.push(memcg("/two\n")));
		const Result<FolioFilters> filters = FolioFilters::open(configs);
		ASSERT_OK(filters);
		EXPECT_EQ(one.users, 1);
		EXPECT_EQ(two.users, 1);
		EXPECT_NE(filters->span()[0].memcg, filters->span()[1].memcg);
	}
	EXPECT_EQ(one.users, 0);
	EXPECT_EQ(two.users, 0);
}

TEST(FolioFilters, RefuseCgroupsThatAreNotThere)
{
	FakeMemcg one("/one");
	Vec<FilterConfig> configs;

	must(configs.push(memcg("/one")));
	must(configs.push(memcg("/gone")));
	expect_error(FolioFilters::open(configs), 1, "memcg_path: no such memory cgroup");
	EXPECT_EQ(one.users, 0);
	configs[1].memcg_path = {};
	expect_error(FolioFilters::open(configs), 1, "memcg_path: no such memory cgroup");
	configs[1].memcg_path = *String::of("\n");
	expect_error(FolioFilters::open(configs), 1, "memcg_path: no such memory cgroup");
}

TEST(FolioFilters, RefuseRangesThatEndBeforeTheyBegin)
{
	Vec<FilterConfig> configs;

	must(configs.push(of_type(FilterType::anon)));
	must(configs.push(of_type(FilterType::addr)));
	configs[1].addresses = {5, 5};
	EXPECT_OK(FolioFilters::open(configs));
	configs[1].addresses = {5, 4};
	expect_error(FolioFilters::open(configs), 1, "addr_end: is below addr_start");

	configs[1] = of_type(FilterType::hugepage_size);
	configs[1].size = {5, 5};
	EXPECT_OK(FolioFilters::open(configs));
	configs[1].size = {5, 4};
	expect_error(FolioFilters::open(configs), 1, "max: is below min");
}
