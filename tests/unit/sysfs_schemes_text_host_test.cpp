// SPDX-License-Identifier: GPL-2.0
// schemes/text: the staged schemes as text and back, all or nothing.
#include <algorithm>
#include <map>
#include <string>
#include <string_view>

#include "sysfs/tree.hpp"
#include "tests/host/host.hpp"
#include "tests/unit/sysfs_tools.hpp"

using namespace damon;
using namespace damon::test;

namespace {

const std::string schemes = c + "/schemes";
const std::string text_file = schemes + "/text";

Owned<sysfs::Tree> make_tree()
{
	auto tree = sysfs::Tree::create();

	take_log();
	EXPECT_OK(write_file(k + "/nr_kdamonds", "1"));
	EXPECT_OK(write_file(k + "/0/contexts/nr_contexts", "1"));
	return tree ? std::move(*tree) : nullptr;
}

std::map<std::string, std::string> snapshot()
{
	std::map<std::string, std::string> texts;

	for (const std::string &path : files_below(schemes))
		texts[path] = read(path);
	return texts;
}

// Schemes with something in all their lists.
void stage_many()
{
	write(schemes + "/nr_schemes", "2");
	for (const char *i : {"/0/", "/1/"}) {
		const std::string s = schemes + i;

		write(s + "action", "migrate_hot");
		write(s + "target_nid", "1");
		write(s + "access_pattern/sz/max", "18446744073709551615");
		write(s + "access_pattern/nr_accesses/max", "4294967295");
		write(s + "access_pattern/age/min", "7");
		write(s + "access_pattern/age/max", "9");
		write(s + "quotas/goals/nr_goals", "2");
		write(s + "quotas/goals/0/target_value", "5");
		write(s + "quotas/goals/1/target_metric", "node_memcg_free_bp");
		write(s + "quotas/goals/1/target_value", "6");
		write(s + "quotas/goals/1/nid", "2");
		write(s + "quotas/goals/1/path", "/a b");
		write(s + "core_filters/nr_filters", "1");
		write(s + "core_filters/0/type", "target");
		write(s + "core_filters/0/damon_target_idx", "3");
		write(s + "ops_filters/nr_filters", "2");
		write(s + "ops_filters/0/type", "memcg");
		write(s + "ops_filters/0/memcg_path", "/c");
		write(s + "ops_filters/1/allow", "Y");
		write(s + "dests/nr_dests", "2");
		write(s + "dests/1/id", "1");
		write(s + "dests/1/weight", "10");
	}
}

} // namespace

TEST(SysfsSchemesText, StagesWhatItSays)
{
	auto tree = make_tree();

	ASSERT_TRUE(tree);
	EXPECT_EQ(read(text_file), "");
	ASSERT_OK(write_file(text_file,
			     "# what is idle\n"
			     "pageout accesses 0% age 2s.. size 4K.. quota 10ms/1s 128M/1s\n"
			     "\n"
			     "stat filter allow addr 4K..8K filter reject memcg /a\n"));
	EXPECT_EQ(read(schemes + "/nr_schemes"), "2\n");
	EXPECT_EQ(read(schemes + "/0/action"), "pageout\n");
	EXPECT_EQ(read(schemes + "/0/access_pattern/nr_accesses/max"), "0\n");
	EXPECT_EQ(read(schemes + "/0/access_pattern/sz/min"), "4096\n");
	EXPECT_EQ(read(schemes + "/0/access_pattern/sz/max"), "18446744073709551615\n");
	EXPECT_EQ(read(schemes + "/0/access_pattern/age/min"), "20\n");
	EXPECT_EQ(read(schemes + "/0/access_pattern/age/max"), "4294967295\n");
	EXPECT_EQ(read(schemes + "/0/quotas/ms"), "10\n");
	EXPECT_EQ(read(schemes + "/0/quotas/bytes"), "134217728\n");
	EXPECT_EQ(read(schemes + "/1/action"), "stat\n");
	// Each in the directory of its kind.
	EXPECT_EQ(read(schemes + "/1/core_filters/nr_filters"), "1\n");
	EXPECT_EQ(read(schemes + "/1/core_filters/0/type"), "addr\n");
	EXPECT_EQ(read(schemes + "/1/core_filters/0/addr_start"), "4096\n");
	EXPECT_EQ(read(schemes + "/1/ops_filters/nr_filters"), "1\n");
	EXPECT_EQ(read(schemes + "/1/ops_filters/0/type"), "memcg\n");
	EXPECT_EQ(read(schemes + "/1/ops_filters/0/memcg_path"), "/a\n");
	EXPECT_EQ(read(schemes + "/1/filters/nr_filters"), "0\n");
	EXPECT_EQ(read(k + "/0/last_error"), "\n");
	ASSERT_OK(write_file(text_file, "\n"));
	EXPECT_EQ(read(schemes + "/nr_schemes"), "0\n");
}

TEST(SysfsSchemesText, ReadAndWrittenBackNothingChanges)
{
	auto tree = make_tree();

	ASSERT_TRUE(tree);
	stage_many();
	const auto before = snapshot();

	ASSERT_OK(write_file(text_file, read(text_file)));
	EXPECT_EQ(snapshot(), before);
}

TEST(SysfsSchemesText, IntervalsGiveTimesTheirMeaning)
{
	auto tree = make_tree();

	ASSERT_TRUE(tree);
	write(k + "/0/contexts/0/monitoring_attrs/intervals/aggr_us", "1000000");
	ASSERT_OK(write_file(text_file, "pageout age 2min..\n"));
	EXPECT_EQ(read(schemes + "/0/access_pattern/age/min"), "120\n");
}

TEST(SysfsSchemesText, WhatWasThereIsGone)
{
	auto tree = make_tree();

	ASSERT_TRUE(tree);
	stage_many();
	write(schemes + "/0/filters/nr_filters", "3");
	write(schemes + "/0/stats/max_nr_snapshots", "3");
	write(schemes + "/0/quotas/weights/sz_permil", "3");
	ASSERT_OK(write_file(text_file, "stat\n"));
	const auto of_text = snapshot();

	write(schemes + "/nr_schemes", "0");
	ASSERT_OK(write_file(text_file, "stat\n"));
	EXPECT_EQ(snapshot(), of_text);
	EXPECT_EQ(read(schemes + "/nr_schemes"), "1\n");
	EXPECT_EQ(read(schemes + "/0/filters/nr_filters"), "0\n");
	EXPECT_EQ(read(schemes + "/0/quotas/goals/nr_goals"), "0\n");
	EXPECT_EQ(read(schemes + "/0/dests/nr_dests"), "0\n");
}

TEST(SysfsSchemesText, WrongTextChangesNothingAndIsExplained)
{
	auto tree = make_tree();

	ASSERT_TRUE(tree);
	stage_many();
	const auto before = snapshot();

	EXPECT_ERROR(EINVAL, write_file(text_file, "stat\npageout qota 1M\n"));
	EXPECT_EQ(snapshot(), before);
	EXPECT_TRUE(read(k + "/0/last_error")
			    .starts_with("contexts/0/schemes/text: line 2, column 9: 'qota'"))
		<< read(k + "/0/last_error");
	ASSERT_OK(write_file(text_file, "stat\n"));
	EXPECT_EQ(read(k + "/0/last_error"), "\n");
}

TEST(SysfsSchemesText, WithoutMemoryNothingChanges)
{
	auto tree = make_tree();
	unsigned int refused = 0;

	ASSERT_TRUE(tree);
	stage_many();
	write(schemes + "/0/ops_filters/nr_filters", "0");
	const auto before = snapshot();
	std::string text = before.at(text_file);
	const std::string more = text.substr(text.find('\n') + 1);

	// Lists grow in schemes that stay, and new schemes come.
	text = more + more + more;
	with_each_allocation_refused([&] { return write_file(text_file, text); },
				     [&](const Error &error) {
					     EXPECT_EQ(error.number, ENOMEM);
					     EXPECT_EQ(snapshot(), before);
					     refused++;
				     });
	EXPECT_GT(refused, 20u);
	EXPECT_EQ(read(text_file), text);
}

TEST(SysfsSchemesText, ReadingNeedsMemory)
{
	auto tree = make_tree();

	ASSERT_TRUE(tree);
	stage_many();
	const uint64_t before = live_allocations();

	with_each_allocation_refused([] { return read_file(text_file); },
				     [&](const Error &error) {
					     EXPECT_EQ(error.number, ENOMEM);
					     EXPECT_EQ(live_allocations(), before);
				     });
	EXPECT_EQ(live_allocations(), before);
}

TEST(SysfsSchemesText, MayBeLongerThanAPage)
{
	auto tree = make_tree();
	std::string text;

	ASSERT_TRUE(tree);
	for (int i = 0; i < 600; i++)
		text += "stat\n";
	ASSERT_OK(write_file(text_file, text));
	EXPECT_EQ(read(schemes + "/nr_schemes"), "600\n");
	const std::string printed = read(text_file);

	EXPECT_EQ(std::count(printed.begin(), printed.end(), '\n'), 600);
	ASSERT_OK(write_file(text_file, printed + printed.substr(0, printed.size() / 2)));
	EXPECT_EQ(read(schemes + "/nr_schemes"), "900\n");
	EXPECT_ERROR(E2BIG, write_file(text_file, std::string(70000, '#')));
}

TEST(SysfsSchemesText, ThereAreBounds)
{
	auto tree = make_tree();
	std::string text;

	ASSERT_TRUE(tree);
	for (int i = 0; i < 1025; i++)
		text += "stat\n";
	EXPECT_ERROR(ENOMEM, write_file(text_file, text));
	EXPECT_EQ(read(schemes + "/nr_schemes"), "0\n");
	EXPECT_EQ(read(k + "/0/last_error"), "more directories than supported\n");
}

TEST(SysfsSchemesText, IsBusyWhileACommandIsServed)
{
	auto tree = make_tree();

	ASSERT_TRUE(tree);
	const sysfs::InterfaceLock lock;

	ASSERT_OK(lock.held());
	EXPECT_ERROR(EBUSY, read_file(text_file));
	EXPECT_ERROR(EBUSY, write_file(text_file, "stat\n"));
	EXPECT_ERROR(EBUSY, write_file(text_file, "nonsense\n"));
}
