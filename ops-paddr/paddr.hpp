// SPDX-License-Identifier: GPL-2.0
// The operations set of physical addresses: it monitors what the user names.
#pragma once

#include <cstdint>
#include <span>

#include <damon/port.h>

#include "core/address_space.hpp"
#include "core/memory.hpp"

namespace damon {

// All physical memory; a target selects parts of it by its regions only.
class PhysicalMemory final : public AddressSpace, public Heap {
      public:
	static Result<AddressSpacePtr> open(const TargetConfig &target, uint64_t addr_unit = 1);

	explicit PhysicalMemory(uint64_t addr_unit) : unit_(addr_unit) {}
	PhysicalMemory(const PhysicalMemory &) = delete;
	~PhysicalMemory();

	void destroy() override;
	bool valid() override;
	Result<> find_ranges(Vec<Range> &ranges) override;
	bool begin_pass() override;
	damon_verdict sample(std::span<damon_watch> watches, const uint64_t *next) override;
	void end_pass() override;
	void probe(std::span<const uint64_t> addresses, std::span<const damon_probe> probes,
		   uint64_t *hits) override;
	Applied apply(const Order &order, Range range) override;
	Residence residence(Range range, int nid) override;

      private:
	// Where it is in physical memory; DAMON_NO_ADDRESS beyond the last of all addresses.
	uint64_t bytes(uint64_t address) const
	{
		uint64_t physical;

		return __builtin_mul_overflow(address, unit_, &physical) ? DAMON_NO_ADDRESS
									 : physical;
	}
	damon_verdict sample_in_units(std::span<damon_watch> watches, const uint64_t *next);

	damon_pmem *pmem_ = nullptr;
	uint64_t unit_; // bytes per unit of an address
};

void register_paddr_operations();

} // namespace damon
