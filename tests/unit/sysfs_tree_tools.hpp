// SPDX-License-Identifier: GPL-2.0
// For tests of the tree: one that has all that it can have, and all that it shows.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "sysfs/tree.hpp"
#include "tests/host/host.hpp"
#include "tests/unit/sysfs_tools.hpp"

namespace damon::test {

inline Owned<sysfs::Tree> make_tree()
{
	auto tree = sysfs::Tree::create();

	take_log();
	return tree ? std::move(*tree) : nullptr;
}

// All files that make directories, each after those that make its own.
inline const std::vector<std::string> creators = {
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
inline void populate()
{
	for (const std::string &path : creators)
		ASSERT_OK(write_file(path, "1\n")) << path;
}

inline void show_tried(sysfs::Tree &tree, std::size_t nr)
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
inline std::map<std::string, std::string> snapshot()
{
	std::map<std::string, std::string> texts;

	for (const std::string &path : files_below("damon")) {
		// All of the one is in other files too, and the other tells of what was refused.
		if (!path.ends_with("/schemes/text") && !path.ends_with("/last_error"))
			texts[path] = read(path);
	}
	return texts;
}

} // namespace damon::test
