// SPDX-License-Identifier: GPL-2.0
// The tree as a user sees it: which files there are, what they take, and how nr_ files behave.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
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

// All files that make directories, each after those that make its own.
const std::vector<std::string> creators = {
	k + "/nr_kdamonds",
	k + "/0/contexts/nr_contexts",
	c + "/monitoring_attrs/probes/nr_probes",
	c + "/monitoring_attrs/probes/0/filters/nr_filters",
	c + "/targets/nr_targets",
	c + "/targets/0/regions/nr_regions",
	c + "/schemes/nr_schemes",
	c + "/schemes/0/quotas/goals/nr_goals",
	c + "/schemes/0/core_filters/nr_filters",
	c + "/schemes/0/ops_filters/nr_filters",
	c + "/schemes/0/filters/nr_filters",
	c + "/schemes/0/dests/nr_dests",
};

// Everything there can be: each nr_ file has a 1, but no region is tried.
void populate()
{
	for (const std::string &path : creators)
		ASSERT_OK(write_file(path, "1\n")) << path;
}

std::string directory_of(const std::string &path)
{
	return path.substr(0, path.rfind('/'));
}

void show_tried(sysfs::Tree &tree, std::size_t nr)
{
	sysfs::SchemeDir &scheme = tree.root().kdamonds[0].contexts[0].schemes[0];
	TriedRegions tried;

	for (std::size_t i = 0; i < nr; i++)
		ASSERT_OK(tried.push({.range = {i << 12, (i + 1) << 12},
				      .nr_accesses = static_cast<uint32_t>(i),
				      .age = 3,
				      .sz_filter_passed = 2048,
				      .probe_hits = {9}}));
	const sysfs::InterfaceLock lock;
	ASSERT_OK(lock.held());
	ASSERT_OK(scheme.tried.show(tried, 1, false));
}

// The text of every file: two trees that look the same are the same.
std::map<std::string, std::string> snapshot()
{
	std::map<std::string, std::string> texts;

	for (const std::string &path : files_below("damon")) {
		// All of it is in other files too.
		if (!path.ends_with("/schemes/text"))
			texts[path] = text_of(path);
	}
	return texts;
}

enum class Kind : uint8_t {
	ulong,
	quota_ulong,
	uint,
	quota_uint,
	integer,
	pid,
	unit,
	number,
	boolean,
	operations,
	action,
	filter,
	core_filter,
	ops_filter,
	probe_filter,
	metric,
	tuner,
	watermark,
	path,
	none,
};

struct Expected {
	const char *path;
	unsigned int mode;
	const char *text;
	Kind kind;
};

// The reference list, in the order of files_below().
constexpr Expected expected[] = {
	{"0/contexts/0/addr_unit", 0600, "1\n", Kind::unit},
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
	{"0/contexts/0/monitoring_attrs/probes/0/filters/0/allow", 0600, "N\n", Kind::boolean},
	{"0/contexts/0/monitoring_attrs/probes/0/filters/0/matching", 0600, "N\n", Kind::boolean},
	{"0/contexts/0/monitoring_attrs/probes/0/filters/0/path", 0600, "\n", Kind::path},
	{"0/contexts/0/monitoring_attrs/probes/0/filters/0/type", 0600, "anon\n",
	 Kind::probe_filter},
	{"0/contexts/0/monitoring_attrs/probes/0/filters/nr_filters", 0600, "1\n", Kind::number},
	{"0/contexts/0/monitoring_attrs/probes/0/weight", 0600, "0\n", Kind::uint},
	{"0/contexts/0/monitoring_attrs/probes/nr_probes", 0600, "1\n", Kind::number},
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
	{"0/contexts/0/schemes/0/core_filters/0/addr_end", 0600, "0\n", Kind::ulong},
	{"0/contexts/0/schemes/0/core_filters/0/addr_start", 0600, "0\n", Kind::ulong},
	{"0/contexts/0/schemes/0/core_filters/0/allow", 0600, "N\n", Kind::boolean},
	{"0/contexts/0/schemes/0/core_filters/0/damon_target_idx", 0600, "0\n", Kind::integer},
	{"0/contexts/0/schemes/0/core_filters/0/matching", 0600, "N\n", Kind::boolean},
	{"0/contexts/0/schemes/0/core_filters/0/max", 0600, "0\n", Kind::ulong},
	{"0/contexts/0/schemes/0/core_filters/0/memcg_path", 0600, "\n", Kind::path},
	{"0/contexts/0/schemes/0/core_filters/0/min", 0600, "0\n", Kind::ulong},
	{"0/contexts/0/schemes/0/core_filters/0/type", 0600, "anon\n", Kind::core_filter},
	{"0/contexts/0/schemes/0/core_filters/nr_filters", 0600, "1\n", Kind::number},
	{"0/contexts/0/schemes/0/dests/0/id", 0600, "0\n", Kind::uint},
	{"0/contexts/0/schemes/0/dests/0/weight", 0600, "0\n", Kind::uint},
	{"0/contexts/0/schemes/0/dests/nr_dests", 0600, "1\n", Kind::number},
	{"0/contexts/0/schemes/0/filters/0/addr_end", 0600, "0\n", Kind::ulong},
	{"0/contexts/0/schemes/0/filters/0/addr_start", 0600, "0\n", Kind::ulong},
	{"0/contexts/0/schemes/0/filters/0/allow", 0600, "N\n", Kind::boolean},
	{"0/contexts/0/schemes/0/filters/0/damon_target_idx", 0600, "0\n", Kind::integer},
	{"0/contexts/0/schemes/0/filters/0/matching", 0600, "N\n", Kind::boolean},
	{"0/contexts/0/schemes/0/filters/0/max", 0600, "0\n", Kind::ulong},
	{"0/contexts/0/schemes/0/filters/0/memcg_path", 0600, "\n", Kind::path},
	{"0/contexts/0/schemes/0/filters/0/min", 0600, "0\n", Kind::ulong},
	{"0/contexts/0/schemes/0/filters/0/type", 0600, "anon\n", Kind::filter},
	{"0/contexts/0/schemes/0/filters/nr_filters", 0600, "1\n", Kind::number},
	{"0/contexts/0/schemes/0/ops_filters/0/addr_end", 0600, "0\n", Kind::ulong},
	{"0/contexts/0/schemes/0/ops_filters/0/addr_start", 0600, "0\n", Kind::ulong},
	{"0/contexts/0/schemes/0/ops_filters/0/allow", 0600, "N\n", Kind::boolean},
	{"0/contexts/0/schemes/0/ops_filters/0/damon_target_idx", 0600, "0\n", Kind::integer},
	{"0/contexts/0/schemes/0/ops_filters/0/matching", 0600, "N\n", Kind::boolean},
	{"0/contexts/0/schemes/0/ops_filters/0/max", 0600, "0\n", Kind::ulong},
	{"0/contexts/0/schemes/0/ops_filters/0/memcg_path", 0600, "\n", Kind::path},
	{"0/contexts/0/schemes/0/ops_filters/0/min", 0600, "0\n", Kind::ulong},
	{"0/contexts/0/schemes/0/ops_filters/0/type", 0600, "anon\n", Kind::ops_filter},
	{"0/contexts/0/schemes/0/ops_filters/nr_filters", 0600, "1\n", Kind::number},
	{"0/contexts/0/schemes/0/quotas/bytes", 0600, "0\n", Kind::quota_ulong},
	{"0/contexts/0/schemes/0/quotas/effective_bytes", 0400, "0\n", Kind::none},
	{"0/contexts/0/schemes/0/quotas/fail_charge_denom", 0600, "0\n", Kind::quota_uint},
	{"0/contexts/0/schemes/0/quotas/fail_charge_num", 0600, "0\n", Kind::quota_uint},
	{"0/contexts/0/schemes/0/quotas/goal_tuner", 0600, "consist\n", Kind::tuner},
	{"0/contexts/0/schemes/0/quotas/goals/0/current_value", 0600, "0\n", Kind::ulong},
	{"0/contexts/0/schemes/0/quotas/goals/0/nid", 0600, "0\n", Kind::integer},
	{"0/contexts/0/schemes/0/quotas/goals/0/path", 0600, "\n", Kind::path},
	{"0/contexts/0/schemes/0/quotas/goals/0/target_metric", 0600, "user_input\n", Kind::metric},
	{"0/contexts/0/schemes/0/quotas/goals/0/target_value", 0600, "0\n", Kind::ulong},
	{"0/contexts/0/schemes/0/quotas/goals/nr_goals", 0600, "1\n", Kind::number},
	{"0/contexts/0/schemes/0/quotas/ms", 0600, "0\n", Kind::quota_ulong},
	{"0/contexts/0/schemes/0/quotas/reset_interval_ms", 0600, "0\n", Kind::quota_ulong},
	{"0/contexts/0/schemes/0/quotas/weights/age_permil", 0600, "0\n", Kind::uint},
	{"0/contexts/0/schemes/0/quotas/weights/nr_accesses_permil", 0600, "0\n", Kind::uint},
	{"0/contexts/0/schemes/0/quotas/weights/sz_permil", 0600, "0\n", Kind::uint},
	{"0/contexts/0/schemes/0/stats/max_nr_snapshots", 0600, "0\n", Kind::ulong},
	{"0/contexts/0/schemes/0/stats/nr_applied", 0400, "0\n", Kind::none},
	{"0/contexts/0/schemes/0/stats/nr_snapshots", 0400, "0\n", Kind::none},
	{"0/contexts/0/schemes/0/stats/nr_tried", 0400, "0\n", Kind::none},
	{"0/contexts/0/schemes/0/stats/qt_exceeds", 0400, "0\n", Kind::none},
	{"0/contexts/0/schemes/0/stats/sz_applied", 0400, "0\n", Kind::none},
	{"0/contexts/0/schemes/0/stats/sz_ops_filter_passed", 0400, "0\n", Kind::none},
	{"0/contexts/0/schemes/0/stats/sz_tried", 0400, "0\n", Kind::none},
	{"0/contexts/0/schemes/0/target_nid", 0600, "-1\n", Kind::integer},
	{"0/contexts/0/schemes/0/tried_regions/0/age", 0400, "3\n", Kind::none},
	{"0/contexts/0/schemes/0/tried_regions/0/end", 0400, "4096\n", Kind::none},
	{"0/contexts/0/schemes/0/tried_regions/0/nr_accesses", 0400, "0\n", Kind::none},
	{"0/contexts/0/schemes/0/tried_regions/0/probes/0/hits", 0400, "9\n", Kind::none},
	{"0/contexts/0/schemes/0/tried_regions/0/start", 0400, "0\n", Kind::none},
	{"0/contexts/0/schemes/0/tried_regions/0/sz_filter_passed", 0400, "2048\n", Kind::none},
	{"0/contexts/0/schemes/0/tried_regions/total_bytes", 0400, "4096\n", Kind::none},
	{"0/contexts/0/schemes/0/watermarks/high", 0600, "0\n", Kind::ulong},
	{"0/contexts/0/schemes/0/watermarks/interval_us", 0600, "0\n", Kind::ulong},
	{"0/contexts/0/schemes/0/watermarks/low", 0600, "0\n", Kind::ulong},
	{"0/contexts/0/schemes/0/watermarks/metric", 0600, "none\n", Kind::watermark},
	{"0/contexts/0/schemes/0/watermarks/mid", 0600, "0\n", Kind::ulong},
	{"0/contexts/0/schemes/nr_schemes", 0600, "1\n", Kind::number},
	{"0/contexts/0/schemes/text", 0600, nullptr, Kind::none},
	{"0/contexts/0/targets/0/obsolete_target", 0600, "N\n", Kind::boolean},
	{"0/contexts/0/targets/0/pid_target", 0600, "0\n", Kind::pid},
	{"0/contexts/0/targets/0/regions/0/end", 0600, "0\n", Kind::ulong},
	{"0/contexts/0/targets/0/regions/0/start", 0600, "0\n", Kind::ulong},
	{"0/contexts/0/targets/0/regions/nr_regions", 0600, "1\n", Kind::number},
	{"0/contexts/0/targets/nr_targets", 0600, "1\n", Kind::number},
	{"0/contexts/nr_contexts", 0600, "1\n", Kind::number},
	{"0/last_error", 0400, "\n", Kind::none},
	{"0/nr_late_ticks", 0400, "0\n", Kind::none},
	{"0/pid", 0400, "-1\n", Kind::none},
	{"0/refresh_ms", 0600, "0\n", Kind::uint},
	{"0/snapshot", 0400, "", Kind::none},
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
	{Kind::quota_ulong,
	 {{"4097\n", 0, "4097\n"},
	  {"18446744073709551615", 0, "18446744073709551615\n"},
	  {"18446744073709551616", EINVAL},
	  {"-1", EINVAL},
	  {"one", EINVAL}}},
	{Kind::uint,
	 {{"7\n", 0, "7\n"},
	  {"4294967295", 0, "4294967295\n"},
	  {"4294967296", ERANGE},
	  {"-1", EINVAL},
	  {"one", EINVAL}}},
	{Kind::quota_uint,
	 {{"7\n", 0, "7\n"}, {"4294967296", EINVAL}, {"-1", EINVAL}, {"one", EINVAL}}},
	{Kind::integer,
	 {{"7\n", 0, "7\n"},
	  {"-2147483648", 0, "-2147483648\n"},
	  {"2147483648", ERANGE},
	  {"one", EINVAL}}},
	{Kind::unit,
	 {{"1024", 0, "1024\n"}, {"0", EINVAL}, {"-1", EINVAL}, {"18446744073709551616", ERANGE}}},
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
	{Kind::filter,
	 {{"addr", 0, "addr\n"},
	  {"target", 0, "target\n"},
	  {"active", 0, "active\n"},
	  {"memcg\n", 0, "memcg\n"},
	  {"young", 0, "young\n"},
	  {"hugepage_size", 0, "hugepage_size\n"},
	  {"unmapped", 0, "unmapped\n"},
	  {"anon", 0, "anon\n"},
	  {"foo", EINVAL}}},
	{Kind::core_filter,
	 {{"addr", 0, "addr\n"}, {"target\n", 0, "target\n"}, {"anon", EINVAL}, {"foo", EINVAL}}},
	{Kind::ops_filter,
	 {{"active", 0, "active\n"},
	  {"memcg\n", 0, "memcg\n"},
	  {"young", 0, "young\n"},
	  {"hugepage_size", 0, "hugepage_size\n"},
	  {"unmapped", 0, "unmapped\n"},
	  {"anon", 0, "anon\n"},
	  {"addr", EINVAL},
	  {"target", EINVAL}}},
	{Kind::probe_filter,
	 {{"memcg", 0, "memcg\n"}, {"anon\n", 0, "anon\n"}, {"young", EINVAL}, {"foo", EINVAL}}},
	{Kind::metric,
	 {{"some_mem_psi_us", 0, "some_mem_psi_us\n"},
	  {"node_mem_used_bp", 0, "node_mem_used_bp\n"},
	  {"node_mem_free_bp", 0, "node_mem_free_bp\n"},
	  {"node_memcg_used_bp", 0, "node_memcg_used_bp\n"},
	  {"node_memcg_free_bp", 0, "node_memcg_free_bp\n"},
	  {"active_mem_bp", 0, "active_mem_bp\n"},
	  {"inactive_mem_bp", 0, "inactive_mem_bp\n"},
	  {"node_eligible_mem_bp", 0, "node_eligible_mem_bp\n"},
	  {"user_input\n", 0, "user_input\n"},
	  {"node_mem", EINVAL}}},
	{Kind::tuner,
	 {{"temporal", 0, "temporal\n"}, {"consist\n", 0, "consist\n"}, {"none", EINVAL}}},
	{Kind::watermark,
	 {{"free_mem_rate", 0, "free_mem_rate\n"}, {"none\n", 0, "none\n"}, {"free", EINVAL}}},
	{Kind::path,
	 {{"/a/b\n", 0, "/a/b\n"}, {"/a b", 0, "/a b\n"}, {"\n", 0, "\n"}, {"x\n\n", 0, "x\n\n"}}},
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

// ---- Documentation/ABI/sysfs-kernel-mm-damon ----

namespace {

// With <> in place of each number, or of what stands for one.
std::string pattern_of(const std::string &path)
{
	std::istringstream parts(path);
	std::string pattern;
	std::string part;

	while (std::getline(parts, part, '/')) {
		const bool numbered = part.starts_with('<') ||
				      part.find_first_not_of("0123456789") == std::string::npos;

		pattern += '/';
		pattern += numbered ? "<>" : part;
	}
	return pattern;
}

// Each file's description, all in one line, by the pattern of its path below kdamonds/.
std::map<std::string, std::string> documented()
{
	const std::string below = "/sys/kernel/mm/" + k + '/';
	// The tests are run by a program in build/host.
	std::ifstream page(std::filesystem::read_symlink("/proc/self/exe").parent_path() /
			   "../../Documentation/ABI/sysfs-kernel-mm-damon");
	std::map<std::string, std::string> files;
	std::vector<std::string> whats;
	bool described = false;

	for (std::string line; std::getline(page, line);) {
		const std::string text = line.substr(std::min(line.size(), line.find('\t')));
		const std::string value =
			text.substr(std::min(text.size(), text.find_first_not_of('\t')));

		if (line.starts_with("What:")) {
			if (described)
				whats.clear();
			described = false;
			if (!value.starts_with(below))
				continue;
			whats.push_back(pattern_of(value.substr(below.size())));
			EXPECT_FALSE(files.contains(whats.back())) << value;
			files[whats.back()];
		} else if (line.starts_with("Description:") || described) {
			described = true;
			for (const std::string &what : whats)
				files[what].append(value).append(" ");
		}
	}
	return files;
}

} // namespace

TEST(SysfsTree, IsDocumentedAsItIs)
{
	auto tree = make_tree();

	ASSERT_TRUE(tree);
	populate();
	show_tried(*tree, 1);

	auto pages = documented();

	ASSERT_GT(pages.size(), 100u);
	for (const Expected &file : expected) {
		const auto found = pages.find(pattern_of(file.path));

		ASSERT_NE(found, pages.end()) << file.path << " is not documented";
		const std::string &page = found->second;

		EXPECT_EQ(page.starts_with("Read only."), file.mode == 0400) << file.path;
		if (file.mode == 0600 && file.kind != Kind::number && file.text) {
			std::string text = file.text;

			text.pop_back();
			if (text.empty())
				text = "empty";
			EXPECT_NE(page.find("Default: " + text + ". "), std::string::npos)
				<< file.path << ": " << page;
		}
		const std::size_t at = page.find("at most ");

		if (file.kind == Kind::number && at != std::string::npos) {
			const std::string path = k + '/' + file.path;
			const unsigned long bound = std::stoul(page.substr(at + 8));

			EXPECT_ERROR(ENOMEM, write_file(path, std::to_string(bound + 1))) << path;
		}
		pages.erase(found);
	}
	for (const auto &[pattern, page] : pages)
		ADD_FAILURE() << pattern << " is documented, and not there";
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

	ASSERT_TRUE(tree);
	populate();
	auto texts = snapshot();
	for (const Expected &file : expected) {
		const std::string path = k + '/' + file.path;

		for (const Input &input : inputs.at(file.kind)) {
			if (!input.reads || input.reads == texts[path])
				continue;
			texts[path] = input.reads;
			ASSERT_OK(write_file(path, input.text)) << path;
			break;
		}
		EXPECT_EQ(snapshot(), texts) << path;
	}
}

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
			EXPECT_EQ(text_of(path), std::string(number).append("\n"));
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
				if (!input.reads || input.reads == text_of(path))
					continue;
				ASSERT_OK(write_file(path, input.text));
				break;
			}
		}
		EXPECT_NE(text_of(k + "/0/refresh_ms"), "0\n");
		EXPECT_NE(text_of(c + "/schemes/0/filters/0/memcg_path"), "\n");
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
		EXPECT_EQ(text_of(path), "4\n");
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

	for (const std::string &path : creators) {
		EXPECT_ERROR(EBUSY, write_file(path, "1")) << path;
		EXPECT_EQ(text_of(path), "1\n");
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
	EXPECT_EQ(text_of(c + "/schemes/0/action"), "pageout\n");

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
	EXPECT_EQ(text_of(c + "/schemes/0/action"), "stat\n");
	// A long file shows what it was at the first read.
	EXPECT_NE(text.read()->find("pageout"), std::string::npos);
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

	EXPECT_ERROR(ENOMEM, scheme.tried.show(tried, 0, false));
	EXPECT_OK(scheme.tried.show(tried, 0, true));
	EXPECT_EQ(text_of(c + "/schemes/0/tried_regions/total_bytes"),
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
	EXPECT_EQ(text_of(region + "/probes/0/hits"), "1\n");
	EXPECT_EQ(text_of(region + "/probes/1/hits"), "22\n");
	EXPECT_EQ(text_of(region + "/probes/2/hits"), "255\n");
	ASSERT_OK(scheme.tried.show(tried, 0, false));
	EXPECT_TRUE(exists(region));
	EXPECT_FALSE(exists(region + "/probes"));
}

TEST(SysfsTree, PathsAreKeptWithoutTheirNewlineAndAreOfSaneLength)
{
	auto tree = make_tree();
	const std::string path = c + "/schemes/0/quotas/goals/0/path";
	const std::string longest(4094, 'x');

	ASSERT_TRUE(tree);
	populate();
	ASSERT_OK(write_file(path, longest + '\n'));
	EXPECT_EQ(text_of(path), longest + '\n');
	for (const std::size_t size : {4095u, 4096u, 5000u})
		EXPECT_ERROR(ENAMETOOLONG, write_file(path, std::string(size, 'y')));
	EXPECT_EQ(text_of(path), longest + '\n');

	with_each_allocation_refused([&] { return write_file(path, "/other"); },
				     [&](const Error &error) {
					     EXPECT_EQ(error.number, ENOMEM);
					     EXPECT_EQ(text_of(path), longest + '\n');
				     });
	EXPECT_EQ(text_of(path), "/other\n");
	ASSERT_OK(write_file(path, "\n"));
	EXPECT_EQ(text_of(path), "\n");
}

namespace {

Result<ContextConfig> config_of(sysfs::Tree &tree)
{
	const sysfs::InterfaceLock lock;

	return sysfs::ContextDir::config(tree.root().kdamonds[0].contexts, 0);
}

void stage(const std::map<std::string, std::string> &values)
{
	for (const auto &[path, text] : values)
		ASSERT_OK(write_file(std::string(c).append("/").append(path), text)) << path;
}

} // namespace

TEST(SysfsConfig, HasWhatWasStaged)
{
	auto tree = make_tree();

	ASSERT_TRUE(tree);
	populate();
	stage({
		{"operations", "fvaddr"},
		{"addr_unit", "4"},
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
		{"monitoring_attrs/probes/0/weight", "10"},
		{"monitoring_attrs/probes/0/filters/0/type", "memcg"},
		{"monitoring_attrs/probes/0/filters/0/matching", "Y"},
		{"monitoring_attrs/probes/0/filters/0/allow", "Y"},
		{"monitoring_attrs/probes/0/filters/0/path", "/probe\n"},
		{"targets/0/pid_target", "10"},
		{"targets/0/obsolete_target", "Y"},
		{"targets/0/regions/0/start", "11"},
		{"targets/0/regions/0/end", "12"},
	});
	auto config = config_of(*tree);

	ASSERT_OK(config);
	EXPECT_EQ(config->operations, OperationsId::fvaddr);
	EXPECT_EQ(config->addr_unit, 4u);
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
	ASSERT_EQ(config->probes.size(), 1u);
	EXPECT_EQ(config->probes[0].weight, 10u);
	ASSERT_EQ(config->probes[0].filters.size(), 1u);
	const ProbeFilterConfig &filter = config->probes[0].filters[0];

	EXPECT_EQ(filter.type, ProbeFilterType::memcg);
	EXPECT_TRUE(filter.matching);
	EXPECT_TRUE(filter.allow);
	EXPECT_EQ(filter.path.view(), "/probe");
	ASSERT_EQ(config->targets.size(), 1u);
	EXPECT_EQ(config->targets[0].pid, 10);
	EXPECT_TRUE(config->targets[0].obsolete);
	ASSERT_EQ(config->targets[0].regions.size(), 1u);
	EXPECT_EQ(config->targets[0].regions[0], (Range{11, 12}));
	ASSERT_EQ(config->schemes.size(), 1u);
}

TEST(SysfsConfig, HasTheSchemesThatWereStaged)
{
	auto tree = make_tree();

	ASSERT_TRUE(tree);
	populate();
	stage({
		{"schemes/0/action", "migrate_hot"},
		{"schemes/0/target_nid", "-2"},
		{"schemes/0/apply_interval_us", "13"},
		{"schemes/0/access_pattern/sz/min", "14"},
		{"schemes/0/access_pattern/sz/max", "15"},
		{"schemes/0/access_pattern/nr_accesses/min", "16"},
		{"schemes/0/access_pattern/nr_accesses/max", "18446744073709551615"},
		{"schemes/0/access_pattern/age/min", "4294967296"},
		{"schemes/0/access_pattern/age/max", "4294967314"},
		{"schemes/0/stats/max_nr_snapshots", "19"},
		{"schemes/0/quotas/ms", "20"},
		{"schemes/0/quotas/bytes", "21"},
		{"schemes/0/quotas/reset_interval_ms", "22"},
		{"schemes/0/quotas/goal_tuner", "temporal"},
		{"schemes/0/quotas/fail_charge_num", "23"},
		{"schemes/0/quotas/fail_charge_denom", "24"},
		{"schemes/0/quotas/weights/sz_permil", "25"},
		{"schemes/0/quotas/weights/nr_accesses_permil", "26"},
		{"schemes/0/quotas/weights/age_permil", "27"},
		{"schemes/0/quotas/goals/0/target_metric", "node_memcg_free_bp"},
		{"schemes/0/quotas/goals/0/target_value", "28"},
		{"schemes/0/quotas/goals/0/current_value", "29"},
		{"schemes/0/quotas/goals/0/nid", "30"},
		{"schemes/0/quotas/goals/0/path", "/goal"},
		{"schemes/0/watermarks/metric", "free_mem_rate"},
		{"schemes/0/watermarks/interval_us", "31"},
		{"schemes/0/watermarks/high", "32"},
		{"schemes/0/watermarks/mid", "33"},
		{"schemes/0/watermarks/low", "34"},
		{"schemes/0/dests/0/id", "35"},
		{"schemes/0/dests/0/weight", "36"},
	});
	EXPECT_EQ(text_of(c + "/schemes/0/access_pattern/age/min"), "4294967296\n");

	auto config = config_of(*tree);

	ASSERT_OK(config);
	ASSERT_EQ(config->schemes.size(), 1u);
	const SchemeConfig &scheme = config->schemes[0];

	EXPECT_EQ(scheme.action, Action::migrate_hot);
	EXPECT_EQ(scheme.target_nid, -2);
	EXPECT_EQ(scheme.apply_interval_us, 13u);
	EXPECT_EQ(scheme.pattern.size.min, 14u);
	EXPECT_EQ(scheme.pattern.size.max, 15u);
	EXPECT_EQ(scheme.pattern.nr_accesses.min, 16u);
	EXPECT_EQ(scheme.pattern.nr_accesses.max, UINT32_MAX);
	EXPECT_EQ(scheme.pattern.age.min, 0u);
	EXPECT_EQ(scheme.pattern.age.max, 18u);
	EXPECT_EQ(scheme.max_nr_snapshots, 19u);
	EXPECT_EQ(scheme.quota.ms, 20u);
	EXPECT_EQ(scheme.quota.bytes, 21u);
	EXPECT_EQ(scheme.quota.reset_interval_ms, 22u);
	EXPECT_EQ(scheme.quota.tuner, GoalTuner::temporal);
	EXPECT_EQ(scheme.quota.fail_charge_num, 23u);
	EXPECT_EQ(scheme.quota.fail_charge_denom, 24u);
	EXPECT_EQ(scheme.quota.sz_permil, 25u);
	EXPECT_EQ(scheme.quota.nr_accesses_permil, 26u);
	EXPECT_EQ(scheme.quota.age_permil, 27u);
	ASSERT_EQ(scheme.quota.goals.size(), 1u);
	const GoalConfig &goal = scheme.quota.goals[0];

	EXPECT_EQ(goal.metric, GoalMetric::node_memcg_free_bp);
	EXPECT_EQ(goal.target_value, 28u);
	EXPECT_EQ(goal.current_value, 29u);
	EXPECT_EQ(goal.nid, 30);
	EXPECT_EQ(goal.path.view(), "/goal");
	EXPECT_EQ(scheme.watermarks.metric, WatermarkMetric::free_mem_rate);
	EXPECT_EQ(scheme.watermarks.interval_us, 31u);
	EXPECT_EQ(scheme.watermarks.high, 32u);
	EXPECT_EQ(scheme.watermarks.mid, 33u);
	EXPECT_EQ(scheme.watermarks.low, 34u);
	ASSERT_EQ(scheme.destinations.size(), 1u);
	EXPECT_EQ(scheme.destinations[0].nid, 35u);
	EXPECT_EQ(scheme.destinations[0].weight, 36u);
	EXPECT_EQ(scheme.filters.size(), 3u);
}

TEST(SysfsConfig, FiltersOfThreeDirectoriesAreOneListCoreOnesFirst)
{
	auto tree = make_tree();
	const std::string scheme = "schemes/0/";

	ASSERT_TRUE(tree);
	populate();
	for (const char *list : {"core_filters", "ops_filters", "filters"})
		stage({{scheme + list + "/nr_filters", "2"}});
	stage({
		{scheme + "core_filters/0/type", "target"},
		{scheme + "core_filters/0/damon_target_idx", "7"},
		// core_filters/1 stays what nobody can write there: anon.
		{scheme + "ops_filters/0/type", "memcg"},
		{scheme + "ops_filters/0/memcg_path", "/a/b\n"},
		{scheme + "ops_filters/0/matching", "Y"},
		{scheme + "ops_filters/1/type", "hugepage_size"},
		{scheme + "ops_filters/1/min", "1"},
		{scheme + "ops_filters/1/max", "2"},
		{scheme + "filters/0/type", "young"},
		{scheme + "filters/0/allow", "Y"},
		{scheme + "filters/1/type", "addr"},
		{scheme + "filters/1/addr_start", "3"},
		{scheme + "filters/1/addr_end", "4"},
	});
	auto config = config_of(*tree);

	ASSERT_OK(config);
	const Vec<FilterConfig> &filters = config->schemes[0].filters;
	const sysfs::SchemeDir &dir = tree->root().kdamonds[0].contexts[0].schemes[0];
	constexpr struct {
		FilterType type;
		std::string_view list;
		uint32_t index;
	} places[] = {
		{FilterType::target, "core_filters", 0},
		{FilterType::addr, "filters", 1},
		{FilterType::anon, "core_filters", 1},
		{FilterType::memcg, "ops_filters", 0},
		{FilterType::hugepage_size, "ops_filters", 1},
		{FilterType::young, "filters", 0},
	};

	ASSERT_EQ(filters.size(), std::size(places));
	for (std::size_t i = 0; i < filters.size(); i++) {
		const Step place = dir.filter_place(i);

		EXPECT_EQ(filters[i].type, places[i].type) << i;
		ASSERT_TRUE(place.list) << i;
		EXPECT_EQ(place.list, places[i].list) << i;
		EXPECT_EQ(place.index, places[i].index) << i;
	}
	EXPECT_FALSE(dir.filter_place(filters.size()).list);
	EXPECT_EQ(filters[0].target, 7);
	EXPECT_EQ(filters[1].addresses, (Range{3, 4}));
	EXPECT_EQ(filters[3].memcg_path.view(), "/a/b");
	EXPECT_TRUE(filters[3].matching);
	EXPECT_FALSE(filters[3].allow);
	EXPECT_TRUE(filters[4].size.contain(1) && filters[4].size.contain(2) &&
		    !filters[4].size.contain(3));
	EXPECT_TRUE(filters[5].allow);
}

TEST(SysfsConfig, NeedsMemory)
{
	auto tree = make_tree();

	ASSERT_TRUE(tree);
	populate();
	stage({{"schemes/0/filters/0/memcg_path", "/a"},
	       {"schemes/0/quotas/goals/0/path", "/b"},
	       {"monitoring_attrs/probes/0/filters/0/path", "/c"}});
	const uint64_t before = live_allocations();

	with_each_allocation_refused([&] { return config_of(*tree); },
				     [&](const Error &error) {
					     EXPECT_EQ(error.number, ENOMEM);
					     EXPECT_EQ(live_allocations(), before);
				     });
	EXPECT_EQ(live_allocations(), before);
}
