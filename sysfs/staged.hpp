// SPDX-License-Identifier: GPL-2.0
// What the directories show: the configuration that a user stages, and the results that commands
// copied here.  sysfs/tables.cpp binds files to these fields.
//
// Fields that files write are in the structures of core/config.hpp; the lists in those are empty,
// they are numbered directories here.  A field is one word, and files read and write it at any
// time; paths and all else are under the interface lock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/config.hpp"
#include "core/memory.hpp"
#include "core/result.hpp"
#include "schemes/kdamond.hpp"
#include "schemes/stats.hpp"
#include "sysfs/directory.hpp"
#include "sysfs/last_error.hpp"

namespace damon::sysfs {

struct TargetDir : Heap {
	TargetConfig target;
	Numbered<Range> regions;

	[[nodiscard]] static Result<TargetConfig> config(const Numbered<TargetDir> &targets,
							 std::size_t i);
};

struct ProbeDir : Heap {
	ProbeConfig probe;
	Numbered<ProbeFilterConfig> filters;

	[[nodiscard]] static Result<ProbeConfig> config(const Numbered<ProbeDir> &probes,
							std::size_t i);
};

struct ProbeHitsDir {
	uint8_t hits = 0;
};

struct TriedRegionDir : Heap {
	TriedRegion region;
	Numbered<ProbeHitsDir> probes;
	std::size_t nr_probes = 0;
};

struct TriedRegionsDir {
	uint64_t total_bytes = 0;
	Numbered<TriedRegionDir> regions;

	void clear();
	// Replaces what is there; without directories if @only_bytes.
	[[nodiscard]] Result<> show(const TriedRegions &tried, std::size_t nr_probes,
				    bool only_bytes);
};

struct SchemeDir : Heap {
	// The files keep what was written; the engine gets the lower 32 bits.
	struct Pattern {
		Limits<uint64_t> size;
		Limits<uint64_t> nr_accesses;
		Limits<uint64_t> age;
	};

	SchemeConfig scheme;
	Pattern pattern; // in place of the scheme's
	Numbered<GoalConfig> goals;
	Numbered<FilterConfig> core_filters;
	Numbered<FilterConfig> ops_filters;
	Numbered<FilterConfig> filters;
	Numbered<DestinationConfig> destinations;

	SchemeStats stats;
	uint64_t effective_bytes = 0;
	TriedRegionsDir tried;

	[[nodiscard]] static Result<SchemeConfig> config(const Numbered<SchemeDir> &schemes,
							 std::size_t i);
	// Where the user has the @index-th filter of the scheme's configuration.
	Step filter_place(std::size_t index) const;
	// The list that filter_place() calls so; null if there is none.
	Numbered<FilterConfig> *filters_called(const char *name);
};

// Appends the configuration of each directory, with what is numbered below it.
template <class Config, class Dir>
[[nodiscard]] Result<> append_configs(Vec<Config> &configs, const Numbered<Dir> &dirs)
{
	TRY(configs.reserve(dirs.size()));
	for (std::size_t i = 0; i < dirs.size(); i++)
		configs.push_reserved(TRY(Dir::config(dirs, i)));
	return {};
}

struct KdamondDir;

struct ContextDir : Heap {
	explicit ContextDir(KdamondDir &kdamond_) : kdamond(kdamond_) {}

	KdamondDir &kdamond;
	ContextConfig context;
	Numbered<ProbeDir> probes;
	Numbered<TargetDir> targets;
	Numbered<SchemeDir> schemes;

	// On failure the reason may be lack of memory only: the kdamond judges what it says.
	[[nodiscard]] static Result<ContextConfig> config(const Numbered<ContextDir> &contexts,
							  std::size_t i);
	// Stages @configs, from which it takes, in place of all schemes.  On failure nothing changes.
	[[nodiscard]] Result<> replace_schemes(std::span<SchemeConfig> configs);
};

struct KdamondDir final : Heap, Observer {
	explicit KdamondDir(std::size_t index) : number(index) {}

	std::size_t number;
	uint32_t refresh_ms = 0;
	Numbered<ContextDir> contexts; // one at most
	SharedLastError last_error;

	// A kdamond that was stopped is no longer here; one that ended by itself is.
	Owned<Kdamond> kdamond;
	bool was_on = false;
	std::size_t nr_probes = 0;  // that it has
	uint64_t nr_late_ticks = 0; // that it had

	bool running() const
	{
		return kdamond && kdamond->running();
	}
	// Refreshes the files every refresh_ms, unless the interface is busy: then at a later step.
	void stepped(const Context &running) override;
	uint64_t next_refresh_ns = 0; // its worker's, while there is one
};

// The whole tree.
struct Root : Heap {
	Numbered<KdamondDir> kdamonds;

	bool any_running() const;
};

} // namespace damon::sysfs
