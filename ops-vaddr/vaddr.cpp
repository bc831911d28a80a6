// SPDX-License-Identifier: GPL-2.0
#include "ops-vaddr/vaddr.hpp"

#include "core/folio_order.hpp"
#include "ops-vaddr/three_regions.hpp"

namespace damon {

namespace {

// DAMON_NR_ADVICES: not an advice.
damon_advice advice_of(Action action)
{
	switch (action) {
	case Action::willneed:
		return DAMON_ADVICE_WILLNEED;
	case Action::cold:
		return DAMON_ADVICE_COLD;
	case Action::pageout:
		return DAMON_ADVICE_PAGEOUT;
	case Action::hugepage:
		return DAMON_ADVICE_HUGEPAGE;
	case Action::nohugepage:
		return DAMON_ADVICE_NOHUGEPAGE;
	case Action::collapse:
		return DAMON_ADVICE_COLLAPSE;
	default:
		return DAMON_NR_ADVICES;
	}
}

bool is_migration(Action action)
{
	return action == Action::migrate_hot || action == Action::migrate_cold;
}

Result<> supports_action(Action action)
{
	const damon_advice advice = advice_of(action);

	if (advice != DAMON_NR_ADVICES)
		return from_errno(
			damon_advice_supported(advice),
			"action: this kernel was built without the memory advice it takes "
			"(madvise, or transparent huge pages), or hides its do_madvise()");
	if (is_migration(action))
		return supports(DAMON_FOLIO_MIGRATE);
	if (action == Action::stat)
		return {};
	return fail(EOPNOTSUPP, "action: not one on virtual addresses");
}

// What is an advice, the kernel does to all of a range.
bool looks_at_folios(Action action)
{
	return advice_of(action) == DAMON_NR_ADVICES;
}

constexpr Operations vaddr = {
	.id = OperationsId::vaddr,
	.of_processes = true,
	.finds_ranges = true,
	.targets_end = true,
	.min_region_size = page_size,
	.open = VirtualSpace::open,
	.supports = supports_action,
	.looks_at_folios = looks_at_folios,
};

constexpr Operations fvaddr = {
	.id = OperationsId::fvaddr,
	.of_processes = true,
	.finds_ranges = false,
	.targets_end = true,
	.min_region_size = page_size,
	.open = VirtualSpace::open,
	.supports = supports_action,
	.looks_at_folios = looks_at_folios,
};

} // namespace

Result<AddressSpacePtr> VirtualSpace::open(const TargetConfig &target, uint64_t)
{
	Owned<VirtualSpace> space = TRY(make<VirtualSpace>());

	const int err = damon_vspace_open(target.pid, &space->vspace_);

	if (err == -ESRCH)
		return fail(EINVAL, "pid_target: no such process");
	TRY(from_errno(err));
	return AddressSpacePtr(space.release());
}

VirtualSpace::~VirtualSpace()
{
	if (vspace_)
		damon_vspace_close(vspace_);
}

void VirtualSpace::destroy()
{
	delete this;
}

bool VirtualSpace::valid()
{
	return damon_vspace_alive(vspace_);
}

Result<> VirtualSpace::find_ranges(Vec<Range> &ranges)
{
	ThreeRegions regions;

	TRY(from_errno(damon_vspace_mappings(
		vspace_,
		[](void *arg, uint64_t start, uint64_t end) {
			static_cast<ThreeRegions *>(arg)->add(start, end);
		},
		&regions)));
	return regions.append_to(ranges);
}

bool VirtualSpace::begin_pass()
{
	return damon_vspace_begin(vspace_);
}

damon_verdict VirtualSpace::sample(std::span<damon_watch> watches, const uint64_t *next)
{
	return damon_vspace_sample(vspace_, watches.data(), next,
				   static_cast<unsigned int>(watches.size()));
}

void VirtualSpace::end_pass()
{
	damon_vspace_end(vspace_);
}

Applied VirtualSpace::apply(const Order &order, Range range)
{
	const damon_advice advice = advice_of(order.action);

	if (advice == DAMON_NR_ADVICES)
		return apply_to_folios(order, range);

	const uint64_t start = page_up(range.start);
	const uint64_t size = page_up(range.size());

	// Unlike mainline, which counts all or, where a part is not mapped, nothing.
	return {.applied = damon_vspace_advise(vspace_, start, start + size, advice)};
}

Applied VirtualSpace::apply_to_folios(const Order &order, Range range)
{
	const damon_folio_order folios = folio_order(
		order, is_migration(order.action) ? DAMON_FOLIO_MIGRATE : DAMON_FOLIO_STAT);
	const damon_folio_result result =
		damon_vspace_apply(vspace_, &folios, page_up(range.start), page_up(range.end));

	return {.applied = result.applied, .filter_passed = result.filter_passed};
}

Residence VirtualSpace::residence(Range, int)
{
	return {};
}

void register_vaddr_operations()
{
	register_operations(vaddr);
	register_operations(fvaddr);
}

} // namespace damon
