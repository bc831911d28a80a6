// SPDX-License-Identifier: GPL-2.0
#include "core/address_space.hpp"

namespace damon {

namespace {

constinit const Operations *registered[nr_operations_ids] = {};

} // namespace

void register_operations(const Operations &operations)
{
	registered[static_cast<std::size_t>(operations.id)] = &operations;
}

const Operations *find_operations(OperationsId id)
{
	return registered[static_cast<std::size_t>(id)];
}

} // namespace damon
