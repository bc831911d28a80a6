// SPDX-License-Identifier: GPL-2.0
// Orders about folios, in the form that C carries out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <damon/port.h>

#include "core/address_space.hpp"
#include "core/result.hpp"

namespace damon {

// C reads the configuration's own destinations.
static_assert(std::is_standard_layout_v<DestinationConfig> &&
	      sizeof(DestinationConfig) == sizeof(damon_destination) &&
	      offsetof(DestinationConfig, nid) == offsetof(damon_destination, nid) &&
	      offsetof(DestinationConfig, weight) == offsetof(damon_destination, weight));

inline Result<> supports(damon_folio_action action)
{
	if (const char *reason = damon_folio_action_lacks(action))
		return fail(EOPNOTSUPP, reason);
	return {};
}

// Good as long as @order is.
inline damon_folio_order folio_order(const Order &order, damon_folio_action action)
{
	return {
		.action = action,
		.filters = order.filters.data(),
		.nr_filters = static_cast<unsigned int>(order.filters.size()),
		.target_nid = order.target_nid,
		.destinations =
			reinterpret_cast<const damon_destination *>(order.destinations.data()),
		.nr_destinations = static_cast<unsigned int>(order.destinations.size()),
		.last_folio = order.last_folio,
	};
}

} // namespace damon
