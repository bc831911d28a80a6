// SPDX-License-Identifier: GPL-2.0
// What schemes tell about their work.
#pragma once

#include <cstdint>

#include "core/config.hpp"
#include "core/vec.hpp"

namespace damon {

// Since the scheme was installed.  Sizes in bytes.
struct SchemeStats {
	uint64_t nr_tried = 0; // regions handed to the operations set
	uint64_t sz_tried = 0;
	uint64_t nr_applied = 0; // regions with some success
	uint64_t sz_applied = 0;
	uint64_t sz_ops_filter_passed = 0; // of folios that passed the operations set's filters
	uint64_t qt_exceeds = 0;	   // charge windows that ended with an exhausted quota
	uint64_t nr_snapshots = 0;	   // finished walks, one per target
};

struct TriedRegion {
	Range range;
	uint32_t target = 0;
	uint32_t nr_accesses = 0; // pseudo moving sum
	uint32_t age = 0;
	uint64_t sz_filter_passed = 0;
	uint8_t probe_hits[max_nr_probes] = {}; // pseudo moving sums; of probes that there are
};

using TriedRegions = Vec<TriedRegion>;

} // namespace damon
