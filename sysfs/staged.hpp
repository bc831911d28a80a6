// SPDX-License-Identifier: GPL-2.0
// What the directories show: the configuration that a user stages, and the results that commands
// copied here.  sysfs/tables.cpp binds files to these fields.
//
// A field that files write is one word, and files read and write it at any time.  All else is
// under the interface lock.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/config.hpp"
#include "core/memory.hpp"
#include "core/result.hpp"
#include "schemes/kdamond.hpp"
#include "schemes/stats.hpp"
#include "sysfs/directory.hpp"

namespace damon::sysfs {

struct RegionDir : Heap {
	Range range;
};

struct TargetDir : Heap {
	int pid = 0;
	bool obsolete = false;
	Numbered<RegionDir> regions;

	[[nodiscard]] Result<TargetConfig> config() const;
};

struct TriedRegionDir : Heap {
	Range range;
	uint32_t nr_accesses = 0;
	uint32_t age = 0;
};

struct TriedRegionsDir {
	uint64_t total_bytes = 0;
	Numbered<TriedRegionDir> regions;

	void clear();
	// Replaces what is there; without directories if @only_bytes.
	[[nodiscard]] Result<> show(const TriedRegions &tried, bool only_bytes);
};

struct SchemeDir : Heap {
	// The files keep what was written; the engine gets the lower 32 bits.
	struct Pattern {
		Limits<uint64_t> size;
		Limits<uint64_t> nr_accesses;
		Limits<uint64_t> age;
	};

	Action action = Action::stat;
	uint64_t apply_interval_us = 0;
	uint64_t max_nr_snapshots = 0;
	Pattern pattern;
	SchemeStats stats;
	TriedRegionsDir tried;

	SchemeConfig config() const;
};

struct ContextDir : Heap {
	OperationsId operations = OperationsId::vaddr;
	bool pause = false;
	Attributes attributes;
	Numbered<TargetDir> targets;
	Numbered<SchemeDir> schemes;

	// On failure the reason may be lack of memory only: the kdamond judges what it says.
	[[nodiscard]] Result<ContextConfig> config() const;
};

struct KdamondDir : Heap {
	explicit KdamondDir(std::size_t index) : number(index) {}

	std::size_t number;
	Numbered<ContextDir> contexts; // one at most

	// A kdamond that was stopped is no longer here; one that ended by itself is.
	Owned<Kdamond> kdamond;
	bool was_on = false;

	bool running() const
	{
		return kdamond && kdamond->running();
	}
};

// The whole tree.
struct Root : Heap {
	Numbered<KdamondDir> kdamonds;

	bool any_running() const;
};

} // namespace damon::sysfs
