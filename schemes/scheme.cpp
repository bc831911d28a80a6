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

// Where it would migrate to, if it does: such nodes as there are, or may be later.
Result<> check_nodes(const SchemeConfig &config)
{
	if (!migrates(config.action))
		return {};
	if (config.destinations.empty()) {
		if (config.target_nid == -1)
			return fail(EINVAL, "target_nid: the action needs a node to migrate to");
		if (!damon_node_possible(config.target_nid))
			return fail(EINVAL, "target_nid: this machine has no such node");
	}
	for (std::size_t i = 0; i < config.destinations.size(); i++) {
		const uint32_t nid = config.destinations[i].nid;

		if (nid > INT32_MAX || !damon_node_possible(static_cast<int>(nid)))
			return within("dests", i,
				      Result<>(fail(EINVAL, "id: this machine has no such node")));
	}
	return {};
}

// An action that cannot ask filters of folios would be done to what they spare, too.
Result<> check_filters(const SchemeConfig &config, const Operations &operations)
{
	if (operations.looks_at_folios && operations.looks_at_folios(config.action))
		return {};
	for (std::size_t i = 0; i < config.filters.size(); i++) {
		if (!is_core_filter(config.filters[i].type))
			return within("filters", i,
				      Result<>(fail(EOPNOTSUPP,
						    "type: with these operations the action does "
						    "not look at single pages")));
	}
	return {};
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
	if (!damon_silent_unsupported())
		TRY(check_filters(wanted, operations));
	TRY(open_filters(*this, wanted.filters));
	TRY(open_quota(*this, wanted.quota, operations.id));
	watermarks = Watermarks(wanted.watermarks);
	preference = damon::preference(wanted.action, operations.id);
	config = TRY(copy(wanted));
	// On physical addresses there is nothing to interleave by.
	if (operations.id == OperationsId::paddr)
		config.destinations.clear();
	powerless |= leads_nowhere(config);
	if (const Result<> nodes = check_nodes(config); !nodes) {
		if (!damon_silent_unsupported())
			return nodes;
		powerless = true;
	}
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
