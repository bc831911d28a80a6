// SPDX-License-Identifier: GPL-2.0
// The tree as a user sees it: which files there are, what they take, and how nr_ files behave.
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "sysfs/tree.hpp"
#include "tests/host/host.hpp"
#include "tests/host/sysfs_host.hpp"
#include "tests/unit/test.hpp"

using namespace damon;
using namespace damon::test;

namespace {

const std::string k = "damon/admin/kdamonds";
const std::string c = k + "/0/contexts/0";

Owned<sysfs::Tree> make_tree()
{
	auto tree = sysfs::Tree::create();

	take_log();
	return tree ? std::move(*tree) : nullptr;
}

std::string text_of(const std::string &path)
{
	auto text = read_file(path);

	return text ? *text : "error " + std::to_string(text.error().number);
}

// Everything there can be: each nr_ file has a 1, but one region is tried.
void populate()
{
	for (const std::string &path :
	     {k + "/nr_kdamonds", k + "/0/contexts/nr_contexts", c + "/targets/nr_targets",
	      c + "/targets/0/regions/nr_regions", c + "/schemes/nr_schemes"})
		ASSERT_OK(write_file(path, "1\n")) << path;
}

void show_tried(sysfs::Tree &tree, std::size_t nr)
{
	sysfs::SchemeDir &scheme = tree.root().kdamonds[0].contexts[0].schemes[0];
	TriedRegions tried;

	for (std::size_t i = 0; i < nr; i++)
		ASSERT_OK(tried.push({.range = {i << 12, (i + 1) << 12},
				      .nr_accesses = static_cast<uint32_t>(i),
				      .age = 3,
				      .sz_filter_passed = 0}));
	const sysfs::InterfaceLock lock;
	ASSERT_OK(lock.held());
	ASSERT_OK(scheme.tried.show(tried, false));
}

// The text of every file: two trees that look the same are the same.
std::map<std::string, std::string> snapshot()
{
	std::map<std::string, std::string> texts;

	for (const std::string &path : files_below("damon"))
		texts[path] = text_of(path);
	return texts;
}

enum class Kind : uint8_t { ulong, uint, number, pid, boolean, operations, action, none };

struct Expected {
	const char *path;
	unsigned int mode;
	const char *text;
	Kind kind;
};

// The reference list, in the order of files_below().
constexpr Expected expected[] = {
	{"0/contexts/0/avail_operations", 0400, nullptr, Kind::none},
	{"0/contexts/0/monitoring_attrs/intervals/aggr_us", 0600, "100000\n", Kind::ulong},
	{"0/contexts/0/monitoring_attrs/intervals/intervals_goal/access_bp", 0600, "0\n",
	 Kind::ulong},
	{"0/contexts/0/monitoring_attrs/intervals/intervals_goal/aggrs", 0600, "0\n", Kind::ulong},
	{"0/contexts/0/monitoring_attrs/intervals/intervals_goal/max_sample_us", 0600, "0\n",
	 Kind::ulong},
	{"0/contexts/0/monitoring_attrs/intervals/intervals_goal/min_sample_us", 0600, "0\n",
	 Kind::ulong},
	{"0/contexts/0/monitoring_attrs/intervals/sample_us", 0600, "5000\n", Kind::ulong},
	{"0/contexts/0/monitoring_attrs/intervals/update_us", 0600, "60000000\n", Kind::ulong},
	{"0/contexts/0/monitoring_attrs/nr_regions/max", 0600, "1000\n", Kind::ulong},
	{"0/contexts/0/monitoring_attrs/nr_regions/min", 0600, "10\n", Kind::ulong},
	{"0/contexts/0/operations", 0600, "vaddr\n", Kind::operations},
	{"0/contexts/0/pause", 0600, "N\n", Kind::boolean},
	{"0/contexts/0/schemes/0/access_pattern/age/max", 0600, "0\n", Kind::ulong},
	{"0/contexts/0/schemes/0/access_pattern/age/min", 0600, "0\n", Kind::ulong},
	{"0/contexts/0/schemes/0/access_pattern/nr_accesses/max", 0600, "0\n", Kind::ulong},
	{"0/contexts/0/schemes/0/access_pattern/nr_accesses/min", 0600, "0\n", Kind::ulong},
	{"0/contexts/0/schemes/0/access_pattern/sz/max", 0600, "0\n", Kind::ulong},
	{"0/contexts/0/schemes/0/access_pattern/sz/min", 0600, "0\n", Kind::ulong},
	{"0/contexts/0/schemes/0/action", 0600, "stat\n", Kind::action},
	{"0/contexts/0/schemes/0/apply_interval_us", 0600, "0\n", Kind::ulong},
	{"0/contexts/0/schemes/0/stats/max_nr_snapshots", 0600, "0\n", Kind::ulong},
	{"0/contexts/0/schemes/0/stats/nr_applied", 0400, "0\n", Kind::none},
	{"0/contexts/0/schemes/0/stats/nr_snapshots", 0400, "0\n", Kind::none},
	{"0/contexts/0/schemes/0/stats/nr_tried", 0400, "0\n", Kind::none},
	{"0/contexts/0/schemes/0/stats/sz_applied", 0400, "0\n", Kind::none},
	{"0/contexts/0/schemes/0/stats/sz_tried", 0400, "0\n", Kind::none},
	{"0/contexts/0/schemes/0/tried_regions/0/age", 0400, "3\n", Kind::none},
	{"0/contexts/0/schemes/0/tried_regions/0/end", 0400, "4096\n", Kind::none},
	{"0/contexts/0/schemes/0/tried_regions/0/nr_accesses", 0400, "0\n", Kind::none},
	{"0/contexts/0/schemes/0/tried_regions/0/start", 0400, "0\n", Kind::none},
	{"0/contexts/0/schemes/0/tried_regions/total_bytes", 0400, "4096\n", Kind::none},
	{"0/contexts/0/schemes/nr_schemes", 0600, "1\n", Kind::number},
	{"0/contexts/0/targets/0/obsolete_target", 0600, "N\n", Kind::boolean},
	{"0/contexts/0/targets/0/pid_target", 0600, "0\n", Kind::pid},
	{"0/contexts/0/targets/0/regions/0/end", 0600, "0\n", Kind::ulong},
	{"0/contexts/0/targets/0/regions/0/start", 0600, "0\n", Kind::ulong},
	{"0/contexts/0/targets/0/regions/nr_regions", 0600, "1\n", Kind::number},
	{"0/contexts/0/targets/nr_targets", 0600, "1\n", Kind::number},
	{"0/contexts/nr_contexts", 0600, "1\n", Kind::number},
	{"0/pid", 0400, "-1\n", Kind::none},
	{"0/state", 0600, "off\n", Kind::none},
	{"nr_kdamonds", 0600, "1\n", Kind::number},
};

struct Input {
	const char *text;
	int error;
	const char *reads = nullptr; // after it was accepted
};

const std::map<Kind, std::vector<Input>> inputs = {
	{Kind::ulong,
	 {{"0", 0, "0\n"},
	  {"4097\n", 0, "4097\n"},
	  {"0x10", 0, "16\n"},
	  {"010", 0, "8\n"},
	  {"18446744073709551615", 0, "18446744073709551615\n"},
	  {"18446744073709551616", ERANGE},
	  {"-1", EINVAL},
	  {"", 0, "18446744073709551615\n"}, // nothing is written, nothing happens
	  {"\n", EINVAL},
	  {"1 ", EINVAL},
	  {"one", EINVAL}}},
	{Kind::pid,
	 {{"1234\n", 0, "1234\n"},
	  {"-1", 0, "-1\n"},
	  {"2147483648", EINVAL},
	  {"99999999999999999999", EINVAL},
	  {"self", EINVAL}}},
	{Kind::boolean,
	 {{"Y", 0, "Y\n"}, {"off\n", 0, "N\n"}, {"1", 0, "Y\n"}, {"2", EINVAL}, {"o", EINVAL}}},
	{Kind::operations,
	 {{"fvaddr", 0, "fvaddr\n"},
	  {"paddr\n", 0, "paddr\n"}, // whether it is there is asked at `on`
	  {"vaddr\n", 0, "vaddr\n"},
	  {"vaddr\n\n", EINVAL},
	  {"vadd", EINVAL},
	  {"VADDR", EINVAL}}},
	{Kind::action,
	 {{"pageout", 0, "pageout\n"},
	  {"stat\n", 0, "stat\n"},
	  {"page", EINVAL},
	  {"pageout stat", EINVAL},
	  {"fly", EINVAL}}},
	{Kind::number,
	 {{"-1", EINVAL}, {"x", EINVAL}, {"2147483648", ERANGE}, {"99999999999999999999", ERANGE}}},
	{Kind::none, {}},
};

} // namespace

TEST(SysfsTree, HasExactlyTheFilesOfTheReference)
{
	auto tree = make_tree();

	ASSERT_TRUE(tree);
	populate();
	show_tried(*tree, 1);

	const std::vector<std::string> paths = files_below(k);
	ASSERT_EQ(paths.size(), std::size(expected));
	for (std::size_t i = 0; i < paths.size(); i++) {
		EXPECT_EQ(paths[i], k + '/' + expected[i].path);
		EXPECT_EQ(mode_of(paths[i]), expected[i].mode) << paths[i];
		if (expected[i].text) {
			EXPECT_EQ(text_of(paths[i]), expected[i].text) << paths[i];
		}
	}
	EXPECT_EQ(list("damon"), std::vector<std::string>{"admin"});
	EXPECT_EQ(list("damon/admin"), std::vector<std::string>{"kdamonds"});
}

TEST(SysfsTree, FilesAcceptAndRefuseWhatTheReferenceSays)
{
	auto tree = make_tree();

	ASSERT_TRUE(tree);
	populate();
	for (const Expected &file : expected) {
		const std::string path = k + '/' + file.path;

		if (file.mode == 0400 && exists(path)) {
			EXPECT_ERROR(EACCES, write_file(path, "1")) << path;
		}
		for (const Input &input : inputs.at(file.kind)) {
			const std::string before = text_of(path);

			EXPECT_ERROR(input.error, write_file(path, input.text))
				<< path << ": " << input.text;
			EXPECT_EQ(text_of(path), input.reads ? input.reads : before) << path;
		}
	}
}

TEST(SysfsTree, AFileShowsItsOwnField)
{
	auto tree = make_tree();
	unsigned int value = 1000;
	std::map<std::string, std::string> written;

	ASSERT_TRUE(tree);
	populate();
	for (const Expected &file : expected) {
		if (file.kind != Kind::ulong && file.kind != Kind::pid)
			continue;
		const std::string path = k + '/' + file.path;

		written[path] = std::to_string(++value) + '\n';
		ASSERT_OK(write_file(path, written[path]));
	}
	for (const auto &[path, text] : written)
		EXPECT_EQ(text_of(path), text) << path;
}

TEST(SysfsTree, NumbersGoUpAndDown)
{
	auto tree = make_tree();

	ASSERT_TRUE(tree);
	populate();
	for (const auto &[dir, nr] : std::vector<std::pair<std::string, std::string>>{
		     {c + "/targets/0/regions", "nr_regions"},
		     {c + "/targets", "nr_targets"},
		     {c + "/schemes", "nr_schemes"},
		     {k, "nr_kdamonds"}}) {
		const std::string path = std::string(dir).append("/").append(nr);

		for (const char *number : {"1", "2", "7", "7", "3", "0", "0", "1"}) {
			ASSERT_OK(write_file(path, number));
			EXPECT_EQ(text_of(path), std::string(number).append("\n"));
			EXPECT_EQ(list(dir).size(), 1u + static_cast<std::size_t>(*number - '0'));
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
	EXPECT_EQ(text_of(k + "/0/contexts/nr_contexts"), "1\n");
	EXPECT_EQ(text_of(c + "/operations"), "fvaddr\n");
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

	EXPECT_ERROR(EINVAL, write_file(k + "/0/contexts/nr_contexts", "2147483647"));
	for (const std::string &path :
	     {k + "/nr_kdamonds", c + "/targets/nr_targets", c + "/targets/0/regions/nr_regions",
	      c + "/schemes/nr_schemes"})
		EXPECT_ERROR(ENOMEM, write_file(path, "2147483647")) << path;
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

			if (file.kind == Kind::ulong || file.kind == Kind::pid) {
				ASSERT_OK(write_file(path, "77"));
			} else if (file.kind == Kind::boolean) {
				ASSERT_OK(write_file(path, "Y"));
			}
		}
		ASSERT_OK(write_file(c + "/operations", "fvaddr"));
		ASSERT_OK(write_file(c + "/schemes/0/action", "pageout"));
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
		EXPECT_EQ(text_of(schemes + i + "/apply_interval_us"), "0\n") << i;
	EXPECT_EQ(text_of(schemes + "0/tried_regions/total_bytes"), "0\n");
	EXPECT_EQ(list(schemes + "0/tried_regions").size(), 1u);

	ASSERT_OK(write_file(schemes + "1/apply_interval_us", "9"));
	ASSERT_OK(write_file(schemes + "nr_schemes", "2"));
	EXPECT_EQ(text_of(schemes + "1/apply_interval_us"), "0\n");
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
	show_tried(*tree, 2);

	for (const std::string &path :
	     {k + "/nr_kdamonds", c + "/targets/nr_targets", c + "/targets/0/regions/nr_regions",
	      c + "/schemes/nr_schemes"}) {
		unsigned int refused = 0;
		auto before = snapshot();

		with_each_allocation_refused([&] { return write_file(path, "6"); },
					     [&](const Error &error) {
						     EXPECT_EQ(error.number, ENOMEM);
						     EXPECT_EQ(snapshot(), before) << path;
						     refused++;
					     });
		EXPECT_GT(refused, 5u) << path;
		EXPECT_EQ(text_of(path), "6\n");
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

TEST(SysfsTree, EverybodyElseIsBusyWhileACommandIsServed)
{
	auto tree = make_tree();

	ASSERT_TRUE(tree);
	populate();
	ASSERT_TRUE(damon_interface_trylock());

	for (const std::string &path :
	     {k + "/nr_kdamonds", k + "/0/contexts/nr_contexts", c + "/targets/nr_targets",
	      c + "/targets/0/regions/nr_regions", c + "/schemes/nr_schemes"}) {
		EXPECT_ERROR(EBUSY, write_file(path, "1")) << path;
		EXPECT_EQ(text_of(path), "1\n");
	}
	EXPECT_ERROR(EBUSY, write_file(k + "/0/state", "off"));
	EXPECT_ERROR(EBUSY, read_file(k + "/0/state"));
	EXPECT_ERROR(EBUSY, read_file(k + "/0/pid"));
	// Plain fields do not care.
	EXPECT_OK(write_file(c + "/schemes/0/action", "pageout"));
	EXPECT_EQ(text_of(c + "/schemes/0/action"), "pageout\n");

	damon_interface_unlock();
	EXPECT_OK(write_file(k + "/nr_kdamonds", "1"));
}

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

	EXPECT_ERROR(ENOMEM, scheme.tried.show(tried, false));
	EXPECT_OK(scheme.tried.show(tried, true));
	EXPECT_EQ(text_of(c + "/schemes/0/tried_regions/total_bytes"),
		  std::to_string(65537 * 4096) + '\n');
}

TEST(SysfsConfig, HasWhatWasStaged)
{
	auto tree = make_tree();

	ASSERT_TRUE(tree);
	populate();
	for (const auto &[path, text] : std::map<std::string, std::string>{
		     {"operations", "fvaddr"},
		     {"pause", "Y"},
		     {"monitoring_attrs/intervals/sample_us", "1"},
		     {"monitoring_attrs/intervals/aggr_us", "2"},
		     {"monitoring_attrs/intervals/update_us", "3"},
		     {"monitoring_attrs/intervals/intervals_goal/access_bp", "4"},
		     {"monitoring_attrs/intervals/intervals_goal/aggrs", "5"},
		     {"monitoring_attrs/intervals/intervals_goal/min_sample_us", "6"},
		     {"monitoring_attrs/intervals/intervals_goal/max_sample_us", "7"},
		     {"monitoring_attrs/nr_regions/min", "8"},
		     {"monitoring_attrs/nr_regions/max", "9"},
		     {"targets/0/pid_target", "10"},
		     {"targets/0/obsolete_target", "Y"},
		     {"targets/0/regions/0/start", "11"},
		     {"targets/0/regions/0/end", "12"},
		     {"schemes/0/action", "pageout"},
		     {"schemes/0/apply_interval_us", "13"},
		     {"schemes/0/access_pattern/sz/min", "14"},
		     {"schemes/0/access_pattern/sz/max", "15"},
		     {"schemes/0/access_pattern/nr_accesses/min", "16"},
		     {"schemes/0/access_pattern/nr_accesses/max", "18446744073709551615"},
		     {"schemes/0/access_pattern/age/min", "4294967296"},
		     {"schemes/0/access_pattern/age/max", "4294967314"},
		     {"schemes/0/stats/max_nr_snapshots", "19"}})
		ASSERT_OK(write_file(std::string(c).append("/").append(path), text)) << path;
	EXPECT_EQ(text_of(c + "/schemes/0/access_pattern/age/min"), "4294967296\n");

	auto config = tree->root().kdamonds[0].contexts[0].config();

	ASSERT_OK(config);
	EXPECT_EQ(config->operations, OperationsId::fvaddr);
	EXPECT_TRUE(config->pause);
	EXPECT_EQ(config->attributes, (Attributes{.sample_us = 1,
						  .aggr_us = 2,
						  .update_us = 3,
						  .min_nr_regions = 8,
						  .max_nr_regions = 9,
						  .goal = {.access_bp = 4,
							   .aggrs = 5,
							   .min_sample_us = 6,
							   .max_sample_us = 7}}));
	ASSERT_EQ(config->targets.size(), 1u);
	EXPECT_EQ(config->targets[0].pid, 10);
	EXPECT_TRUE(config->targets[0].obsolete);
	ASSERT_EQ(config->targets[0].regions.size(), 1u);
	EXPECT_EQ(config->targets[0].regions[0], (Range{11, 12}));
	ASSERT_EQ(config->schemes.size(), 1u);
	const SchemeConfig &scheme = config->schemes[0];

	EXPECT_EQ(scheme.action, Action::pageout);
	EXPECT_EQ(scheme.apply_interval_us, 13u);
	EXPECT_EQ(scheme.pattern.size.min, 14u);
	EXPECT_EQ(scheme.pattern.size.max, 15u);
	EXPECT_EQ(scheme.pattern.nr_accesses.min, 16u);
	EXPECT_EQ(scheme.pattern.nr_accesses.max, UINT32_MAX);
	EXPECT_EQ(scheme.pattern.age.min, 0u);
	EXPECT_EQ(scheme.pattern.age.max, 18u);
	EXPECT_EQ(scheme.max_nr_snapshots, 19u);
}

TEST(SysfsConfig, NeedsMemory)
{
	auto tree = make_tree();

	ASSERT_TRUE(tree);
	populate();
	const uint64_t before = live_allocations();

	with_each_allocation_refused([&] { return tree->root().kdamonds[0].contexts[0].config(); },
				     [&](const Error &error) {
					     EXPECT_EQ(error.number, ENOMEM);
					     EXPECT_EQ(live_allocations(), before);
				     });
	EXPECT_EQ(live_allocations(), before);
}
