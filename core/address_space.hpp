// SPDX-License-Identifier: GPL-2.0
// What can be monitored: one AddressSpace per target, made by an operations set.
#pragma once

#include <cstdint>
#include <span>

#include <damon/port.h>

#include "core/config.hpp"
#include "core/memory.hpp"
#include "core/result.hpp"

namespace damon {

// What an action did to a range, in bytes.
struct Applied {
	uint64_t applied = 0;	    // for which the action succeeded
	uint64_t filter_passed = 0; // that the operations layer's filters let through
};

// What a scheme wants done, as far as an operations set must know it.
struct Order {
	Action action = Action::stat;
	// About folios.  The first that matches decides; if none does, the opposite of what the last
	// would.  None: all pass.
	std::span<const damon_filter> filters = {};
	int target_nid = -1;
	// Weights add up to more than 0, or there are none.
	std::span<const DestinationConfig> destinations = {};
	// Of one walk of one scheme over all regions: the folio handled last, so that none is handled
	// twice.  The operations set's note, 0 at first.
	uint64_t *last_folio = nullptr;
};

// Where the memory of a range is, in bytes.
struct Residence {
	uint64_t on_node = 0;
	uint64_t total = 0;
};

// Only its context's worker uses it.  Calls are per batch or per region, never per page.
class AddressSpace {
      public:
	// Frees the object.
	virtual void destroy() = 0;

	// Whether there is still something to monitor (see Operations::targets_end).
	virtual bool valid() = 0;

	// Appends the ranges to monitor, sorted and disjoint; none if they cannot be told now.
	// Only where Operations::finds_ranges.  May sleep, not called in a tick that only samples.
	virtual Result<> find_ranges(Vec<Range> &ranges) = 0;

	// A pass over samples in address order: begin, batches, end.  False: nothing can be sampled
	// in this pass, and no end is due.
	virtual bool begin_pass() = 0;
	// See damon_vspace_sample() in port.h for the contract.
	virtual damon_verdict sample(std::span<damon_watch> watches, const uint64_t *next) = 0;
	virtual void end_pass() = 0;

	// Which of @addresses (at most DAMON_BATCH) hit each of @probes: bit i of hits[p] speaks of
	// address i and probe p.  Not within a pass.  Only where Operations::has_probes.
	virtual void probe(std::span<const uint64_t> addresses, std::span<const damon_probe> probes,
			   uint64_t *hits)
	{
		(void)addresses;
		for (std::size_t p = 0; p < probes.size(); p++)
			hits[p] = 0;
	}

	// Action::stat: how much passes the filters, of which there may be none.
	virtual Applied apply(const Order &order, Range range) = 0;

	// How much of @range is on node @nid; nothing where the operations set cannot tell.
	virtual Residence residence(Range range, int nid) = 0;

      protected:
	~AddressSpace() = default;
};

struct DestroySpace {
	void operator()(AddressSpace *space) const
	{
		space->destroy();
	}
};
using AddressSpacePtr = std::unique_ptr<AddressSpace, DestroySpace>;

struct Operations {
	OperationsId id;
	bool of_processes = false; // an address is one of the target's process
	bool finds_ranges;	   // initially, and again every update interval
	bool targets_end;	   // with the last valid target the kdamond ends
	uint64_t min_region_size;  // in bytes; see Monitor::min_region_size()
	// To watch one address may concern others in the same block of so many bytes.
	uint64_t watched_block = 2 << 20;
	bool single_target = false;
	bool has_addr_unit = false; // without it, the unit is always a byte
	bool has_probes = false;    // without it, probes have no effect at all
	// Resolves the pid, in its caller's pid namespace.  The space is told addresses in units of
	// @addr_unit bytes.
	Result<AddressSpacePtr> (*open)(const TargetConfig &target, uint64_t addr_unit);
	// 0 or EOPNOTSUPP with the reason.
	Result<> (*supports)(Action action);
	// Whether an action looks at each folio, and so can ask filters about it.  Null: none does.
	bool (*looks_at_folios)(Action action) = nullptr;
};

// Whether an address means the same to both.
inline bool same_addresses(const Operations &a, const Operations &b)
{
	return &a == &b || (a.of_processes && b.of_processes);
}

// The sets of this kernel.  Registration is part of module initialisation: before any use.
void register_operations(const Operations &operations);
const Operations *find_operations(OperationsId id); // null: not available

} // namespace damon
