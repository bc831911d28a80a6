// SPDX-License-Identifier: GPL-2.0
// What a user asks for: plain data, filled in by sysfs, the one-line form and client modules, and
// handed to a kdamond as a whole.  Numbers keep the units of the sysfs files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include "core/result.hpp"
#include "core/vec.hpp"

namespace damon {

// Addresses, half open: [start, end).
struct Range {
	uint64_t start = 0;
	uint64_t end = 0;

	constexpr uint64_t size() const
	{
		return end - start;
	}
	friend constexpr bool operator==(const Range &, const Range &) = default;
};

// Inclusive on both sides.
template <class T> struct Limits {
	T min = 0;
	T max = 0;

	constexpr bool contain(T value) const
	{
		return min <= value && value <= max;
	}
};

// Wanted: @access_bp of all possible positive samples within @aggrs aggregation intervals.
struct IntervalsGoal {
	uint64_t access_bp = 0; // 1/10000
	uint64_t aggrs = 0;	// 0: no tuning
	uint64_t min_sample_us = 0;
	uint64_t max_sample_us = 0;

	friend bool operator==(const IntervalsGoal &, const IntervalsGoal &) = default;
};

struct Attributes {
	uint64_t sample_us = 5000;
	uint64_t aggr_us = 100000;
	uint64_t update_us = 60000000;
	uint64_t min_nr_regions = 10;
	uint64_t max_nr_regions = 1000;
	IntervalsGoal goal;

	friend bool operator==(const Attributes &, const Attributes &) = default;

	// Whether counters of the one mean the same in the other.
	bool same_intervals(const Attributes &other) const
	{
		return sample_us == other.sample_us && aggr_us == other.aggr_us;
	}
	// N: how many samples an aggregation interval has.
	constexpr uint64_t samples_per_aggregation() const
	{
		return aggr_us / (sample_us ? sample_us : 1);
	}
};

// Order is that of the sysfs keywords in sysfs/.
enum class OperationsId : uint8_t { vaddr, fvaddr, paddr };
constexpr std::size_t nr_operations_ids = 3;

enum class Action : uint8_t { pageout, stat };

struct AccessPattern {
	Limits<uint64_t> size;
	Limits<uint32_t> nr_accesses;
	Limits<uint32_t> age; // aggregation intervals
};

struct SchemeConfig {
	Action action = Action::stat;
	AccessPattern pattern;
	uint64_t apply_interval_us = 0; // 0: the aggregation interval
	uint64_t max_nr_snapshots = 0;	// 0: no limit
};

struct TargetConfig {
	int pid = 0;
	bool obsolete = false; // a commit removes the running target of this index
	Vec<Range> regions;    // empty: what the operations set finds by itself
};

struct ContextConfig {
	OperationsId operations = OperationsId::vaddr;
	bool pause = false; // keep everything, sample nothing
	Attributes attributes;
	Vec<TargetConfig> targets;
	Vec<SchemeConfig> schemes;
};

[[nodiscard]] Result<> validate(const Attributes &attributes);

} // namespace damon
