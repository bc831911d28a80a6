// SPDX-License-Identifier: GPL-2.0
#include "schemes/scheme.hpp"

#include <algorithm>

#include <damon/port.h>

namespace damon {

namespace {

bool migrates(Action action)
{
	return action == Action::migrate_hot || action == Action::migrate_cold;
}

// Destinations among which none is ever chosen.
bool leads_nowhere(const SchemeConfig &config)
{
	return migrates(config.action) && !config.destinations.empty() &&
	       std::all_of(config.destinations.begin(), config.destinations.end(),
			   [](const DestinationConfig &to) { return to.weight == 0; });
}

// Each in a frame of its own: together they are too large for a kernel stack.
[[gnu::noinline]] Result<> open_filters(Scheme &scheme, std::span<const FilterConfig> filters)
{
	scheme.folio_filters = TRY(FolioFilters::open(filters));
	scheme.core_filters = TRY(CoreFilters::make(filters));
	return {};
}

[[gnu::noinline]] Result<> open_quota(Scheme &scheme, const QuotaConfig &quota,
				      OperationsId operations)
{
	scheme.quota = TRY(Quota::open(quota, operations));
	return {};
}

} // namespace

Result<> Scheme::configure(const SchemeConfig &wanted, const Operations &operations)
{
	const Result<> supported = operations.supports(wanted.action);

	powerless = !supported;
	if (powerless && (supported.error().number != EOPNOTSUPP || !damon_silent_unsupported()))
		return supported;
	TRY(open_filters(*this, wanted.filters));
	TRY(open_quota(*this, wanted.quota, operations.id));
	watermarks = Watermarks(wanted.watermarks);
	preference = damon::preference(wanted.action, operations.id);
	config = TRY(copy(wanted));
	// On physical addresses there is nothing to interleave by.
	if (operations.id == OperationsId::paddr)
		config.destinations.clear();
	powerless |= leads_nowhere(config);
	return {};
}

void Scheme::inherit(const Scheme &before)
{
	quota.inherit(before.quota);
	watermarks.inherit(before.watermarks);
	stats = before.stats;
	resume = before.resume;
}

} // namespace damon
