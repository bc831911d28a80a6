// SPDX-License-Identifier: GPL-2.0
#include "ops-paddr/paddr.hpp"

namespace damon {

namespace {

Result<> supports(Action action)
{
	if (action == Action::stat)
		return {};
	return fail(EOPNOTSUPP, "not an action on physical addresses");
}

constexpr Operations paddr = {
	.id = OperationsId::paddr,
	.finds_ranges = false,
	.targets_end = false,
	.min_region_size = 4096, // of the page: with addr_unit, this many bytes over the unit
	.single_target = true,	 // there is but one physical memory
	.open = PhysicalMemory::open,
	.supports = supports,
};

} // namespace

Result<AddressSpacePtr> PhysicalMemory::open(const TargetConfig &)
{
	Owned<PhysicalMemory> memory = TRY(make<PhysicalMemory>());

	TRY(from_errno(damon_pmem_open(&memory->pmem_)));
	return AddressSpacePtr(memory.release());
}

PhysicalMemory::~PhysicalMemory()
{
	if (pmem_)
		damon_pmem_close(pmem_);
}

void PhysicalMemory::destroy()
{
	delete this;
}

bool PhysicalMemory::valid()
{
	return true;
}

Result<> PhysicalMemory::find_ranges(Vec<Range> &)
{
	return {};
}

bool PhysicalMemory::begin_pass()
{
	damon_pmem_begin(pmem_);
	return true;
}

// Addresses are physical: addr_unit, once there is one, is multiplied in here.
damon_verdict PhysicalMemory::sample(std::span<damon_watch> watches, const uint64_t *next)
{
	return damon_pmem_sample(pmem_, watches.data(), next,
				 static_cast<unsigned int>(watches.size()));
}

void PhysicalMemory::end_pass() {}

Applied PhysicalMemory::apply(const Order &, Range)
{
	return {};
}

Residence PhysicalMemory::residence(Range, int)
{
	return {};
}

void register_paddr_operations()
{
	register_operations(paddr);
}

} // namespace damon
