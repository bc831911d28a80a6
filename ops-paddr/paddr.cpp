// SPDX-License-Identifier: GPL-2.0
#include "ops-paddr/paddr.hpp"

#include "core/folio_order.hpp"

namespace damon {

namespace {

// DAMON_NR_FOLIO_ACTIONS: none that works on folios.
damon_folio_action folio_action(Action action)
{
	switch (action) {
	case Action::stat:
		return DAMON_FOLIO_STAT;
	case Action::pageout:
		return DAMON_FOLIO_PAGEOUT;
	case Action::lru_prio:
		return DAMON_FOLIO_LRU_PRIO;
	case Action::lru_deprio:
		return DAMON_FOLIO_LRU_DEPRIO;
	case Action::migrate_hot:
	case Action::migrate_cold:
		return DAMON_FOLIO_MIGRATE;
	default:
		return DAMON_NR_FOLIO_ACTIONS;
	}
}

Result<> supports_action(Action action)
{
	const damon_folio_action on_folios = folio_action(action);

	if (on_folios != DAMON_NR_FOLIO_ACTIONS)
		return supports(on_folios);
	return fail(EOPNOTSUPP, "action: not one on physical addresses");
}

constexpr Operations paddr = {
	.id = OperationsId::paddr,
	.finds_ranges = false,
	.targets_end = false,
	.min_region_size = 4096,
	.single_target = true, // there is but one physical memory
	.has_addr_unit = true,
	.has_probes = true,
	.open = PhysicalMemory::open,
	.supports = supports_action,
	.looks_at_folios = [](Action) { return true; },
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
	uint64_t physical[DAMON_BATCH] = {};

	for (std::size_t i = 0; i < watches.size(); i++) {
		watches[i].address = bytes(watches[i].address);
		physical[i] = next ? bytes(next[i]) : DAMON_NO_ADDRESS;
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

void PhysicalMemory::probe(std::span<const uint64_t> addresses, std::span<const damon_probe> probes,
			   uint64_t *hits)
{
	uint64_t physical[DAMON_BATCH] = {};

	for (std::size_t i = 0; i < addresses.size(); i++)
		physical[i] = bytes(addresses[i]);
	damon_pmem_probe(pmem_, physical, static_cast<unsigned int>(addresses.size()),
			 probes.data(), static_cast<unsigned int>(probes.size()), hits);
}

Applied PhysicalMemory::apply(const Order &order, Range range)
{
	const damon_folio_action action = folio_action(order.action);

	if (action == DAMON_NR_FOLIO_ACTIONS)
		return {};

	const damon_folio_order folios = folio_order(order, action);
	const damon_folio_result result =
		damon_pmem_apply(pmem_, &folios, bytes(range.start), bytes(range.end));

	return {.applied = result.applied / unit_, .filter_passed = result.filter_passed / unit_};
}

Residence PhysicalMemory::residence(Range range, int nid)
{
	const damon_residence residence =
		damon_pmem_residence(pmem_, bytes(range.start), bytes(range.end), nid);

	return {.on_node = residence.on_node, .total = residence.total};
}

void register_paddr_operations()
{
	register_operations(paddr);
}

} // namespace damon
