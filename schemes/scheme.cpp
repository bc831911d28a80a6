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

} // namespace

Result<> Scheme::configure(const SchemeConfig &wanted, const Operations &operations)
{
	const Result<> supported = operations.supports(wanted.action);

	powerless = !supported;
	if (powerless && (supported.error().number != EOPNOTSUPP || !damon_silent_unsupported()))
		return supported;
	folio_filters = TRY(FolioFilters::open(wanted.filters));
	core_filters = TRY(CoreFilters::make(wanted.filters));
	quota = TRY(Quota::open(wanted.quota, operations.id));
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
