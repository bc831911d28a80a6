// SPDX-License-Identifier: GPL-2.0
// What a user asks for: plain data, filled in by sysfs, the one-line form and client modules, and
// handed to a kdamond as a whole.  Numbers keep the units of the sysfs files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include "core/result.hpp"
#include "core/string.hpp"
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
	friend constexpr bool operator==(const Limits &, const Limits &) = default;
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

// What is told of each sampled page beside its accesses: paddr only.  The first filter that matches
// decides.
enum class ProbeFilterType : uint8_t { anon, memcg };

struct ProbeFilterConfig {
	ProbeFilterType type = ProbeFilterType::anon;
	bool matching = false;
	bool allow = false;
	String path; // memcg: from the cgroup mount point, maybe with a newline
};

struct ProbeConfig {
	uint32_t weight = 0; // any in a context not 0: its regions follow probe hits, not accesses
	Vec<ProbeFilterConfig> filters;
};
constexpr std::size_t max_nr_probes = 4;

enum class Action : uint8_t {
	willneed,
	cold,
	pageout,
	hugepage,
	nohugepage,
	collapse,
	lru_prio,
	lru_deprio,
	migrate_hot,
	migrate_cold,
	stat,
};
constexpr std::size_t nr_actions = 11;

struct AccessPattern {
	Limits<uint64_t> size;
	Limits<uint32_t> nr_accesses;
	Limits<uint32_t> age; // aggregation intervals
};

enum class FilterType : uint8_t {
	anon,
	active,
	memcg,
	young,
	hugepage_size,
	unmapped,
	addr,
	target,
};
constexpr std::size_t nr_filter_types = 8;

// Core filters are about regions, the others, evaluated by the operations set, about folios.
constexpr bool is_core_filter(FilterType type)
{
	return type == FilterType::addr || type == FilterType::target;
}

struct FilterConfig {
	FilterType type = FilterType::anon;
	bool matching = false; // what is looked for: that the property is there, or that it is not
	bool allow = false;    // what is done about it
	String memcg_path;     // from the cgroup mount point, maybe with a newline
	Range addresses;
	Limits<uint64_t> size; // of a folio
	int target = 0;
};

enum class GoalMetric : uint8_t {
	user_input,
	some_mem_psi_us,
	node_mem_used_bp,
	node_mem_free_bp,
	node_memcg_used_bp,
	node_memcg_free_bp,
	active_mem_bp,
	inactive_mem_bp,
	node_eligible_mem_bp,
};
constexpr std::size_t nr_goal_metrics = 9;

struct GoalConfig {
	GoalMetric metric = GoalMetric::user_input;
	uint64_t target_value = 0;  // 0: the goal is ignored
	uint64_t current_value = 0; // of user_input
	int nid = 0;
	String path; // of a memory cgroup, as in FilterConfig
};

enum class GoalTuner : uint8_t { consist, temporal };

struct QuotaConfig {
	uint64_t ms = 0;    // per reset interval; 0: no limit
	uint64_t bytes = 0; // the same
	uint64_t reset_interval_ms = 0;
	GoalTuner tuner = GoalTuner::consist;
	// What is charged of the part of a region for which the action failed.
	uint32_t fail_charge_num = 0;
	uint32_t fail_charge_denom = 0; // 0: all of it
	uint32_t sz_permil = 0;		// is kept, and has no effect, as in mainline
	uint32_t nr_accesses_permil = 0;
	uint32_t age_permil = 0;
	Vec<GoalConfig> goals;
};

enum class WatermarkMetric : uint8_t { none, free_mem_rate };

struct WatermarksConfig {
	WatermarkMetric metric = WatermarkMetric::none;
	uint64_t interval_us = 0;
	uint64_t high = 0; // of these, 1/1000
	uint64_t mid = 0;
	uint64_t low = 0;
};

struct DestinationConfig {
	uint32_t nid = 0;
	uint32_t weight = 0;
};

struct SchemeConfig {
	Action action = Action::stat;
	int target_nid = -1; // of migrate_*
	AccessPattern pattern;
	uint64_t apply_interval_us = 0; // 0: the aggregation interval
	uint64_t max_nr_snapshots = 0;	// 0: no limit
	QuotaConfig quota;
	WatermarksConfig watermarks;
	Vec<FilterConfig> filters; // in their order of evaluation, core filters before the others
	Vec<DestinationConfig> destinations; // of migrate_* by vaddr and fvaddr
};

struct Operations;

struct TargetConfig {
	int pid = 0;
	const void *custom = nullptr; // what ContextConfig::custom is to monitor
	bool obsolete = false;	      // a commit removes the running target of this index
	Vec<Range> regions;	      // empty: what the operations set finds by itself
};

struct ContextConfig {
	OperationsId operations = OperationsId::vaddr;
	const Operations *custom = nullptr; // in place of them; stays as long as its kdamond
	uint64_t addr_unit = 1;		    // paddr: bytes per unit of an address
	bool pause = false;		    // keep everything, sample nothing
	Attributes attributes;
	Vec<ProbeConfig> probes;
	Vec<TargetConfig> targets;
	Vec<SchemeConfig> schemes;
};

[[nodiscard]] Result<ProbeFilterConfig> copy(const ProbeFilterConfig &filter);
[[nodiscard]] Result<ProbeConfig> copy(const ProbeConfig &probe);
[[nodiscard]] Result<FilterConfig> copy(const FilterConfig &filter);
[[nodiscard]] Result<GoalConfig> copy(const GoalConfig &goal);
[[nodiscard]] Result<QuotaConfig> copy(const QuotaConfig &quota);
[[nodiscard]] Result<SchemeConfig> copy(const SchemeConfig &scheme);

[[nodiscard]] Result<> validate(const Attributes &attributes);

} // namespace damon
