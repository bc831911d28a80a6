// SPDX-License-Identifier: GPL-2.0
// The nr_ files: directories come and go, start anew, and stay as they were if that fails.
#include <algorithm>
#include <string>
#include <vector>

#include "tests/unit/sysfs_reference.hpp"
#include "tests/unit/sysfs_tree_tools.hpp"

using namespace damon;
using namespace damon::test;

namespace {

std::string directory_of(const std::string &path)
{
	return path.substr(0, path.rfind('/'));
}

} // namespace

TEST(SysfsTree, NumbersGoUpAndDown)
{
	auto tree = make_tree();

	ASSERT_TRUE(tree);
	populate();
	auto nr_numbered = [](const std::string &dir) {
		const std::vector<std::string> names = list(dir);

		return std::count_if(names.begin(), names.end(), [](const std::string &name) {
			return name.find_first_not_of("0123456789") == std::string::npos;
		});
	};

	const std::vector<std::string> inside_out(creators.rbegin(), creators.rend());

	for (const std::string &path : inside_out) {
		const std::string dir = directory_of(path);

		if (dir.ends_with("/contexts"))
			continue;
		for (const char *number : {"1", "2", "4", "4", "3", "0", "0", "1"}) {
			ASSERT_OK(write_file(path, number)) << path;
			EXPECT_EQ(read(path), std::string(number).append("\n"));
			EXPECT_EQ(nr_numbered(dir), *number - '0') << dir;
		}
		EXPECT_TRUE(exists(dir + "/0"));
		EXPECT_FALSE(exists(dir + "/1"));
	}
}

TEST(SysfsTree, ThereIsOneContextAtMost)
{
	auto tree = make_tree();

	ASSERT_TRUE(tree);
	populate();
	ASSERT_OK(write_file(c + "/operations", "fvaddr"));
	EXPECT_ERROR(EINVAL, write_file(k + "/0/contexts/nr_contexts", "2"));
	EXPECT_EQ(read(k + "/0/contexts/nr_contexts"), "1\n");
	EXPECT_EQ(read(c + "/operations"), "fvaddr\n");
	ASSERT_OK(write_file(k + "/0/contexts/nr_contexts", "0"));
	EXPECT_FALSE(exists(c));
}

TEST(SysfsTree, HugeNumbersAreRefusedPromptly)
{
	auto tree = make_tree();

	ASSERT_TRUE(tree);
	populate();
	const auto before = snapshot();
	const uint64_t asked = allocations();

	for (const std::string &path : creators) {
		const bool few = path.ends_with("/nr_contexts") || path.ends_with("/nr_probes");

		EXPECT_ERROR(few ? EINVAL : ENOMEM, write_file(path, "2147483647")) << path;
	}
	EXPECT_EQ(allocations(), asked);
	EXPECT_EQ(snapshot(), before);
}

TEST(SysfsTree, TheSameNumberIsAReset)
{
	auto tree = make_tree();

	ASSERT_TRUE(tree);
	populate();
	const auto fresh = snapshot();

	for (const char *again : {"0/contexts/nr_contexts", "nr_kdamonds"}) {
		for (const Expected &file : expected) {
			const std::string path = k + '/' + file.path;

			// The first that is accepted is not the default.
			for (const Input &input : inputs.at(file.kind)) {
				if (!input.reads || input.reads == read(path))
					continue;
				ASSERT_OK(write_file(path, input.text));
				break;
			}
		}
		EXPECT_NE(read(k + "/0/refresh_ms"), "0\n");
		EXPECT_NE(read(c + "/schemes/0/filters/0/memcg_path"), "\n");
		show_tried(*tree, 5);

		ASSERT_OK(write_file(k + '/' + again, "1"));
		populate();
		EXPECT_EQ(snapshot(), fresh);
	}
}

TEST(SysfsTree, AResetOfManyReachesEachOfThem)
{
	auto tree = make_tree();
	const std::string schemes = c + "/schemes/";

	ASSERT_TRUE(tree);
	populate();
	ASSERT_OK(write_file(schemes + "nr_schemes", "3"));
	for (const char *i : {"0", "1", "2"})
		ASSERT_OK(write_file(schemes + i + "/apply_interval_us", "9"));
	show_tried(*tree, 2);

	ASSERT_OK(write_file(schemes + "nr_schemes", "5"));
	for (const char *i : {"0", "1", "2", "3", "4"})
		EXPECT_EQ(read(schemes + i + "/apply_interval_us"), "0\n") << i;
	EXPECT_EQ(read(schemes + "0/tried_regions/total_bytes"), "0\n");
	EXPECT_EQ(list(schemes + "0/tried_regions").size(), 1u);

	ASSERT_OK(write_file(schemes + "1/apply_interval_us", "9"));
	ASSERT_OK(write_file(schemes + "nr_schemes", "2"));
	EXPECT_EQ(read(schemes + "1/apply_interval_us"), "0\n");
	EXPECT_FALSE(exists(schemes + "2"));
}

TEST(SysfsTree, WithoutMemoryNothingChanges)
{
	auto tree = make_tree();

	ASSERT_TRUE(tree);
	populate();
	ASSERT_OK(write_file(c + "/targets/0/pid_target", "42"));
	ASSERT_OK(write_file(c + "/schemes/0/action", "pageout"));
	ASSERT_OK(write_file(c + "/schemes/0/access_pattern/sz/max", "4096"));
	ASSERT_OK(write_file(c + "/targets/0/regions/0/end", "4096"));
	ASSERT_OK(write_file(c + "/schemes/0/filters/0/memcg_path", "/a"));
	ASSERT_OK(write_file(c + "/schemes/0/quotas/goals/0/path", "/b"));
	ASSERT_OK(write_file(c + "/monitoring_attrs/probes/0/filters/0/path", "/c"));
	show_tried(*tree, 2);

	for (const std::string &path : creators) {
		unsigned int refused = 0;
		auto before = snapshot();

		if (path.ends_with("/nr_contexts"))
			continue;
		with_each_allocation_refused([&] { return write_file(path, "4"); },
					     [&](const Error &error) {
						     EXPECT_EQ(error.number, ENOMEM);
						     EXPECT_EQ(snapshot(), before) << path;
						     refused++;
					     });
		EXPECT_GT(refused, 5u) << path;
		EXPECT_EQ(read(path), "4\n");
		populate();
		ASSERT_OK(write_file(path, "1"));
		populate();
	}
}

TEST(SysfsTree, ShrinkingNeedsLittleMemory)
{
	auto tree = make_tree();

	ASSERT_TRUE(tree);
	populate();
	ASSERT_OK(write_file(c + "/schemes/nr_schemes", "9"));
	const FailAllocation failing(0, Refuse::all);

	// To nothing it needs none, as a way out.
	EXPECT_OK(write_file(c + "/schemes/nr_schemes", "0"));
	EXPECT_OK(write_file(k + "/nr_kdamonds", "0"));
}
