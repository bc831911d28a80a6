// SPDX-License-Identifier: GPL-2.0
// The operations sets of virtual addresses: vaddr finds the ranges to monitor by itself, fvaddr
// monitors what the user names.
#pragma once

#include <cstdint>

#include <damon/port.h>

#include "core/address_space.hpp"
#include "core/memory.hpp"

namespace damon {

constexpr uint64_t page_size = 4096;

constexpr uint64_t page_up(uint64_t address)
{
	return (address + page_size - 1) & ~(page_size - 1);
}

// The memory of one process.
class VirtualSpace final : public AddressSpace, public Heap {
      public:
	static Result<AddressSpacePtr> open(const TargetConfig &target, uint64_t addr_unit = 1);

	VirtualSpace() = default;
	VirtualSpace(const VirtualSpace &) = delete;
	~VirtualSpace();

	void destroy() override;
	bool valid() override;
	Result<> find_ranges(Vec<Range> &ranges) override;
	bool begin_pass() override;
	damon_verdict sample(std::span<damon_watch> watches, const uint64_t *next) override;
	void end_pass() override;
	Applied apply(const Order &order, Range range) override;
	Residence residence(Range range, int nid) override;

      private:
	Applied apply_to_folios(const Order &order, Range range);

	damon_vspace *vspace_ = nullptr;
};

void register_vaddr_operations();

} // namespace damon
