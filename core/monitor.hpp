// SPDX-License-Identifier: GPL-2.0
// Monitoring: the targets of a context, their regions, and what a sampling tick does to them.
// It knows no schemes, no threads and no time but the Clock that counts its ticks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/address_space.hpp"
#include "core/adjust.hpp"
#include "core/clock.hpp"
#include "core/config.hpp"
#include "core/probes.hpp"
#include "core/random.hpp"
#include "core/region_set.hpp"
#include "core/result.hpp"
#include "core/scouts.hpp"

namespace damon {

struct Target {
	AddressSpacePtr
		space; // null if it is obsolete, in a configuration that was not committed yet
	int pid = 0;

	// Its ranges are to be found before the next update is due.
	bool find_now = false;

	bool obsolete() const
	{
		return !space;
	}
};

enum class Pass : uint8_t {
	check,		   // look at the watched addresses, watch none
	release,	   // the same, but nothing counts: it was no time for a sample
	prepare,	   // watch new addresses
	check_and_prepare, // both, in one go
};

// Worker thread only, but for configure(), which anyone may call on a monitor not yet at work.
class Monitor {
      public:
	Monitor();

	// Opens the targets and sets their regions up.  Reads the pids in the caller's namespace.
	// Obsolete targets are for commit() only.
	[[nodiscard]] Result<> configure(const ContextConfig &config);

	// Before the first tick: finds the ranges that the user left open, and starts sampling.
	void begin();
	// After the last one.
	void end();

	// Replaces the configuration by that of @staged, which was configured but did not begin.
	// Results survive where both have a target of the same index.  On failure nothing changes.
	// Between ticks.
	[[nodiscard]] Result<> commit(Monitor &&staged);

	// False once all targets are gone and there is nothing left to do.
	bool alive()
	{
		return sampled_ || !operations_->targets_end || a_target_is_valid();
	}

	// The steps of a tick, in their order.
	void sample(Pass pass)
	{
		// Probes look where accesses are about to be looked for.
		if (pass != Pass::prepare && !probes_.empty())
			probe();
		sample_accesses(pass);
	}
	void merge();
	// If the intervals shall be tuned now, and change: true, and the window begins now.
	[[nodiscard]] bool tune();
	void start_aggregation();
	bool update_due() const
	{
		return operations_->finds_ranges && (find_now_ || clock_.update_due());
	}
	void update();

	Clock &clock()
	{
		return clock_;
	}
	const Clock &clock() const
	{
		return clock_;
	}
	std::span<Target> targets()
	{
		return targets_;
	}
	RegionSet &regions()
	{
		return set_;
	}
	const RegionSet &regions() const
	{
		return set_;
	}
	const Attributes &attributes() const
	{
		return attributes_;
	}
	// REQUIRES: configured.
	const Operations &operations() const
	{
		return *operations_;
	}
	// Bounds of regions are multiples of it, which is a power of two.  In units of addresses.
	uint64_t min_region_size() const
	{
		return min_region_size_;
	}
	// Bytes per unit of addresses and sizes.
	uint64_t addr_unit() const
	{
		return addr_unit_;
	}
	// None where the operations set has none.
	const Probes &probes() const
	{
		return probes_;
	}

      private:
	bool a_target_is_valid();
	void sample_accesses(Pass pass);
	void sample_target(AddressSpace &space, std::span<Region> regions,
			   std::span<damon_watch> watches, Pass pass);
	void probe();
	void probe_batch(AddressSpace &space, std::span<const Region> regions,
			 std::span<const damon_watch> watches, std::span<ProbeHits> hits);
	[[nodiscard]] Result<> set_addr_unit(uint64_t unit);
	[[nodiscard]] Result<> set_probes(const ContextConfig &config);
	[[nodiscard]] Result<> merge_targets(Monitor &staged, RegionSet &merged) const;
	void change_attributes(const Attributes &attributes);
	void convert_counters(const Attributes &attributes);
	void change_probes(Probes &probes);
	void trace_aggregation() const;
	void limit_sizes();
	void make_room(uint64_t count);
	void deploy_scouts();

	const Operations *operations_ = nullptr;
	uint64_t addr_unit_ = 1;
	uint64_t min_region_size_ = 1;
	Attributes attributes_;
	Probes probes_;
	Vec<Target> targets_;
	RegionSet set_;
	Scouts scouts_;
	Clock clock_;
	Random random_;
	SplitMemory split_memory_;
	Vec<Range> found_; // what find_ranges() told, kept to reuse its memory
	uint64_t size_limit_ = 0;
	bool sampled_ = false;	// a target, in the last pass: one is there
	bool find_now_ = false; // of a target
};

} // namespace damon
