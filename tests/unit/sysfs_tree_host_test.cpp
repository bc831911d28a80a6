// SPDX-License-Identifier: GPL-2.0
// The tree as a whole: its name, its life, who is in whose way; and the regions it lists.
#include <string>
#include <vector>

#include "tests/unit/sysfs_tree_tools.hpp"

using namespace damon;
using namespace damon::test;

TEST(SysfsTree, StandsBesideTheKernelsOwn)
{
	occupy("damon");
	auto tree = sysfs::Tree::create();

	ASSERT_OK(tree);
	EXPECT_EQ(take_log(), "interface at /sys/kernel/mm/damon_module\n");
	EXPECT_TRUE(exists("damon_module/admin/kdamonds"));
	vacate("damon");
	EXPECT_FALSE(exists("damon"));
}

TEST(SysfsTree, TakesTheNameItIsGiven)
{
	struct {
		const char *name;
		int error;
	} const cases[] = {
		{"watcher", 0}, {"damon", EEXIST}, {"a/b", EINVAL}, {".", EINVAL}, {"..", EINVAL},
	};

	occupy("damon");
	for (const auto &example : cases) {
		set_sysfs_name(example.name);
		auto tree = sysfs::Tree::create();

		EXPECT_ERROR(example.error, tree) << example.name;
		if (tree) {
			EXPECT_TRUE(exists(std::string(example.name) + "/admin"));
		}
	}
	set_sysfs_name("");
	occupy("damon_module");
	EXPECT_ERROR(EEXIST, sysfs::Tree::create());
	vacate("damon");
	vacate("damon_module");
	take_log();
}

TEST(SysfsTree, IsMadeWhollyOrNotAtAll)
{
	const uint64_t before = live_allocations();
	unsigned int refused = 0;

	with_each_allocation_refused([] { return sysfs::Tree::create(); },
				     [&](const Error &error) {
					     EXPECT_EQ(error.number, ENOMEM);
					     EXPECT_FALSE(exists("damon"));
					     EXPECT_EQ(live_allocations(), before);
					     refused++;
				     });
	EXPECT_GT(refused, 5u);
	{
		auto tree = make_tree();

		ASSERT_TRUE(tree);
		populate();
		show_tried(*tree, 3);
	}
	EXPECT_FALSE(exists("damon"));
	EXPECT_EQ(live_allocations(), before);
	take_log();
}

TEST(SysfsTree, EverybodyElseIsBusyWhileACommandIsServed)
{
	auto tree = make_tree();

	ASSERT_TRUE(tree);
	populate();
	ASSERT_TRUE(damon_interface_trylock());

	for (const std::string &path : creators) {
		EXPECT_ERROR(EBUSY, write_file(path, "1")) << path;
		EXPECT_EQ(read(path), "1\n");
	}
	EXPECT_ERROR(EBUSY, write_file(k + "/0/state", "off"));
	for (const char *name : {"state", "pid", "nr_late_ticks", "last_error", "snapshot"})
		EXPECT_ERROR(EBUSY, read_file(k + "/0/" + name)) << name;
	for (const std::string &path :
	     {c + "/schemes/0/filters/0/memcg_path", c + "/schemes/0/quotas/goals/0/path",
	      c + "/monitoring_attrs/probes/0/filters/0/path"}) {
		EXPECT_ERROR(EBUSY, write_file(path, "/a")) << path;
		EXPECT_ERROR(EBUSY, read_file(path)) << path;
	}
	// Plain fields do not care.
	EXPECT_OK(write_file(c + "/schemes/0/action", "pageout"));
	EXPECT_EQ(read(c + "/schemes/0/action"), "pageout\n");

	damon_interface_unlock();
	EXPECT_OK(write_file(k + "/nr_kdamonds", "1"));
}

TEST(SysfsTree, AnOpenFileOfADirectoryThatWentIsOfNoUse)
{
	auto tree = make_tree();

	ASSERT_TRUE(tree);
	populate();
	OpenFile action(c + "/schemes/0/action");
	OpenFile text(c + "/schemes/text");

	EXPECT_OK(action.write("pageout"));
	EXPECT_OK(text.read());
	// The same name, and a reset: what is open goes on.
	EXPECT_OK(write_file(c + "/schemes/nr_schemes", "1"));
	ASSERT_OK(action.read());
	EXPECT_EQ(*action.read(), "stat\n");
	EXPECT_OK(write_file(c + "/schemes/nr_schemes", "0"));
	EXPECT_OK(write_file(c + "/schemes/nr_schemes", "1"));
	EXPECT_ERROR(ENODEV, action.read());
	EXPECT_ERROR(ENODEV, action.write("cold"));
	EXPECT_EQ(read(c + "/schemes/0/action"), "stat\n");
	// A long file shows what it was at the first read.
	EXPECT_NE(text.read()->find("pageout"), std::string::npos);
}

TEST(SysfsTree, RegionsBeyondTheBoundAreNotListed)
{
	auto tree = make_tree();

	ASSERT_TRUE(tree);
	populate();
	sysfs::SchemeDir &scheme = tree->root().kdamonds[0].contexts[0].schemes[0];
	TriedRegions tried;

	ASSERT_OK(tried.resize(65537));
	for (TriedRegion &region : tried)
		region.range = {0, 4096};
	const sysfs::InterfaceLock lock;

	EXPECT_OK(scheme.tried.show(tried, 0, false));
	EXPECT_TRUE(exists(c + "/schemes/0/tried_regions/65535"));
	EXPECT_FALSE(exists(c + "/schemes/0/tried_regions/65536"));
	EXPECT_EQ(read(c + "/schemes/0/tried_regions/total_bytes"),
		  std::to_string(65537 * 4096) + '\n');
}

TEST(SysfsTree, ProbesOfRegionsAreListedIfThereAreAny)
{
	auto tree = make_tree();

	ASSERT_TRUE(tree);
	populate();
	sysfs::SchemeDir &scheme = tree->root().kdamonds[0].contexts[0].schemes[0];
	const std::string region = c + "/schemes/0/tried_regions/0";
	TriedRegions tried;

	ASSERT_OK(tried.push({.range = {0, 4096}, .probe_hits = {1, 22, 255}}));
	const sysfs::InterfaceLock lock;

	ASSERT_OK(scheme.tried.show(tried, 3, false));
	EXPECT_EQ(list(region + "/probes"), (std::vector<std::string>{"0", "1", "2"}));
	EXPECT_EQ(read(region + "/probes/0/hits"), "1\n");
	EXPECT_EQ(read(region + "/probes/1/hits"), "22\n");
	EXPECT_EQ(read(region + "/probes/2/hits"), "255\n");
	ASSERT_OK(scheme.tried.show(tried, 0, false));
	EXPECT_TRUE(exists(region));
	EXPECT_FALSE(exists(region + "/probes"));
}
