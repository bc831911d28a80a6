// SPDX-License-Identifier: GPL-2.0
// The operations set of physical addresses: it monitors what the user names.
#pragma once

#include <damon/port.h>

#include "core/address_space.hpp"
#include "core/memory.hpp"

namespace damon {

// All physical memory; a target selects parts of it by its regions only.
class PhysicalMemory final : public AddressSpace, public Heap {
      public:
	static Result<AddressSpacePtr> open(const TargetConfig &target);

	PhysicalMemory() = default;
	PhysicalMemory(const PhysicalMemory &) = delete;
	~PhysicalMemory();

	void destroy() override;
	bool valid() override;
	Result<> find_ranges(Vec<Range> &ranges) override;
	bool begin_pass() override;
	damon_verdict sample(std::span<damon_watch> watches, const uint64_t *next) override;
	void end_pass() override;
	Applied apply(const Order &order, Range range) override;
	Residence residence(Range range, int nid) override;

      private:
	damon_pmem *pmem_ = nullptr;
};

void register_paddr_operations();

} // namespace damon
