// SPDX-License-Identifier: GPL-2.0
// What runs behind the tree, to compare it.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "schemes/context.hpp"
#include "tests/fuzz/require.hpp"
#include "tests/fuzz/sysfs_texts.hpp"
#include "tests/unit/fakes.hpp"
#include "tests/unit/text_form_tools.hpp"

namespace damon::fuzz {

struct Running {
	int pid = -1;
	OperationsId operations = OperationsId::vaddr;
	Attributes attributes;
	Vec<SchemeConfig> schemes;
	std::vector<SchemeStats> stats;
	std::vector<uint64_t> quotas;
	std::vector<std::vector<uint64_t>> regions;
};

inline Running running(const std::string &kdamond)
{
	Running now;

	now.pid = std::atoi(read(kdamond + "/pid").c_str());
	if (now.pid < 0)
		return now;
	const auto &context = *static_cast<const Context *>(worker_of(now.pid));

	now.operations = context.operations();
	now.attributes = context.attributes();
	for (const Scheme &scheme : context.schemes()) {
		auto config = copy(scheme.config);

		REQUIRE(config && now.schemes.push(std::move(*config)), "no memory");
		now.stats.push_back(scheme.stats);
		now.quotas.push_back(scheme.quota.effective_size());
	}
	Snapshot snapshot;

	REQUIRE(snapshot.regions.reserve(context.regions().size() + 1), "no memory");
	REQUIRE(context.take(snapshot), "no snapshot");
	now.regions.push_back({snapshot.nr_targets, snapshot.nr_probes});
	for (const SnapshotRegion &region : snapshot.regions)
		now.regions.push_back({region.target, region.range.start, region.range.end,
				       region.nr_accesses, region.age, region.nr_unknown,
				       region.probe_hits[0], region.probe_hits[1]});
	return now;
}

inline void require_same(const Running &a, const Running &b, const std::string &what)
{
	REQUIRE(a.pid == b.pid, what);
	REQUIRE(a.operations == b.operations, what);
	REQUIRE(a.attributes == b.attributes, what);
	REQUIRE(same(a.schemes, b.schemes), what);
	REQUIRE(std::equal(a.stats.begin(), a.stats.end(), b.stats.begin(), b.stats.end(),
			   [](const SchemeStats &x, const SchemeStats &y) {
				   return x.nr_tried == y.nr_tried && x.sz_tried == y.sz_tried &&
					  x.nr_applied == y.nr_applied &&
					  x.nr_snapshots == y.nr_snapshots;
			   }),
		what);
	REQUIRE(a.quotas == b.quotas, what);
	REQUIRE(a.regions == b.regions, what);
}

} // namespace damon::fuzz
