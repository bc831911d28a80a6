// SPDX-License-Identifier: GPL-2.0
// All regions of a context as they are at one moment, between two ticks.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/config.hpp"
#include "core/vec.hpp"

namespace damon {

struct SnapshotRegion {
	Range range; // in units of the context's addr_unit
	uint32_t target = 0;
	uint32_t nr_accesses = 0; // pseudo moving sum
	uint32_t age = 0;
	uint32_t nr_unknown = 0;		// of samples that told nothing; the same sum
	uint8_t probe_hits[max_nr_probes] = {}; // the same; of probes that there are
};

struct Snapshot {
	uint64_t now_ns = 0; // see damon_now_ns()
	uint64_t nr_targets = 0;
	uint64_t nr_probes = 0;
	Attributes attributes;	     // in use: tuning changes the intervals
	Vec<SnapshotRegion> regions; // by target and address
};

} // namespace damon
