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
	.min_region_size = 4096,
	.single_target = true, // there is but one physical memory
	.has_addr_unit = true,
	.open = PhysicalMemory::open,
	.supports = supports,
};

} // namespace

Result<AddressSpacePtr> PhysicalMemory::open(const TargetConfig &, uint64_t addr_unit)
{
	Owned<PhysicalMemory> memory = TRY(make<PhysicalMemory>(addr_unit));

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

damon_verdict PhysicalMemory::sample(std::span<damon_watch> watches, const uint64_t *next)
{
	if (unit_ != 1)
		return sample_in_units(watches, next);
	return damon_pmem_sample(pmem_, watches.data(), next,
				 static_cast<unsigned int>(watches.size()));
}

// Watches keep addresses as the caller knows them; only down there they are physical.
damon_verdict PhysicalMemory::sample_in_units(std::span<damon_watch> watches, const uint64_t *next)
{
	[[gnu::uninitialized]] uint64_t physical[DAMON_BATCH];

	for (std::size_t i = 0; i < watches.size(); i++) {
		watches[i].address = bytes(watches[i].address);
		if (next)
			physical[i] = bytes(next[i]);
	}
	const damon_verdict verdict =
		damon_pmem_sample(pmem_, watches.data(), next ? physical : nullptr,
				  static_cast<unsigned int>(watches.size()));

	for (std::size_t i = 0; next && i < watches.size(); i++) {
		if (watches[i].address != DAMON_NO_ADDRESS)
			watches[i].address = next[i];
	}
	return verdict;
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
