// SPDX-License-Identifier: GPL-2.0
#include "tests/unit/fake_folio.hpp"

#include "tests/unit/fakes.hpp"

namespace damon::test {

constinit FakeFolios fake_folios;

namespace {

damon_folio_result carry_out(const damon_folio_order *order, Range range)
{
	fake_folios.order = *order;
	fake_folios.range = range;
	fake_folios.calls++;
	return fake_folios.result;
}

} // namespace

} // namespace damon::test

using damon::test::carry_out;
using damon::test::fake_folios;

const char *damon_folio_action_lacks(damon_folio_action)
{
	return fake_folios.lacks;
}

damon_folio_result damon_vspace_apply(damon_vspace *, const damon_folio_order *order,
				      uint64_t start, uint64_t end)
{
	return carry_out(order, {start, end});
}

damon_folio_result damon_pmem_apply(damon_pmem *, const damon_folio_order *order, uint64_t start,
				    uint64_t end)
{
	return carry_out(order, {start, end});
}

damon_residence damon_pmem_residence(damon_pmem *, uint64_t start, uint64_t end, int nid)
{
	fake_folios.range = {start, end};
	fake_folios.nid = nid;
	fake_folios.calls++;
	return fake_folios.residence;
}
