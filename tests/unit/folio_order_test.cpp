// SPDX-License-Identifier: GPL-2.0
// What both operations sets make of a scheme's order about folios.
#include <string_view>

#include "ops-paddr/paddr.hpp"
#include "ops-vaddr/vaddr.hpp"
#include "tests/unit/fake_folio.hpp"
#include "tests/unit/fake_pmem.hpp"
#include "tests/unit/fakes.hpp"
#include "tests/unit/regions.hpp"
#include "tests/unit/test.hpp"

using namespace damon;
using namespace damon::test;

namespace {

AddressSpacePtr opened(Result<AddressSpacePtr> space)
{
	return space ? std::move(*space) : AddressSpacePtr();
}

AddressSpacePtr open_memory(uint64_t addr_unit = 1)
{
	fake_folios = {};
	return opened(PhysicalMemory::open(TargetConfig(), addr_unit));
}

AddressSpacePtr open_process(int pid)
{
	TargetConfig target;

	fake_folios = {};
	target.pid = pid;
	return opened(VirtualSpace::open(target, 1));
}

constexpr damon_filter anon_only = {.type = DAMON_FILTER_ANON,
				    .matching = true,
				    .allow = true,
				    .memcg = nullptr,
				    .min = 0,
				    .max = 0};

} // namespace

TEST(FolioOrder, OfPhysicalMemoryHasAllActions)
{
	AddressSpacePtr memory = open_memory();
	const struct {
		Action action;
		damon_folio_action folio_action;
	} cases[] = {
		{Action::pageout, DAMON_FOLIO_PAGEOUT},
		{Action::lru_prio, DAMON_FOLIO_LRU_PRIO},
		{Action::lru_deprio, DAMON_FOLIO_LRU_DEPRIO},
		{Action::migrate_hot, DAMON_FOLIO_MIGRATE},
		{Action::migrate_cold, DAMON_FOLIO_MIGRATE},
	};

	ASSERT_TRUE(memory);
	register_paddr_operations();
	const Operations *operations = find_operations(OperationsId::paddr);

	ASSERT_TRUE(operations);
	fake_folios.result = {.applied = 3 * page, .filter_passed = 5 * page};
	for (const auto &c : cases) {
		EXPECT_OK(operations->supports(c.action));
		const Applied applied = memory->apply({.action = c.action}, page_range(2, 9));

		EXPECT_EQ(fake_folios.order.action, c.folio_action);
		EXPECT_TRUE(fake_folios.range == page_range(2, 9));
		EXPECT_EQ(applied.applied, 3 * page);
		EXPECT_EQ(applied.filter_passed, 5 * page);
	}
	EXPECT_EQ(fake_folios.calls, 5u);
	EXPECT_ERROR(EOPNOTSUPP, operations->supports(Action::collapse));
	EXPECT_EQ(memory->apply({.action = Action::collapse}, page_range(2, 9)).applied, 0u);
	EXPECT_EQ(fake_folios.calls, 5u);
}

TEST(FolioOrder, CarriesFiltersTargetAndMark)
{
	AddressSpacePtr memory = open_memory();
	uint64_t mark = 7;

	ASSERT_TRUE(memory);
	memory->apply({.action = Action::migrate_cold,
		       .filters = {&anon_only, 1},
		       .target_nid = 3,
		       .last_folio = &mark},
		      page_range(0, 1));
	EXPECT_EQ(fake_folios.order.filters, &anon_only);
	EXPECT_EQ(fake_folios.order.nr_filters, 1u);
	EXPECT_EQ(fake_folios.order.target_nid, 3);
	EXPECT_EQ(fake_folios.order.nr_destinations, 0u);
	EXPECT_EQ(fake_folios.order.last_folio, &mark);
}

TEST(FolioOrder, StatMeasuresWithFiltersAndWithout)
{
	FakeProcess process(41);
	AddressSpacePtr memory = open_memory();
	AddressSpacePtr space = open_process(41);

	ASSERT_TRUE(memory && space);
	fake_folios.result = {.applied = 0, .filter_passed = page};
	EXPECT_EQ(memory->apply({.action = Action::stat}, page_range(0, 1)).filter_passed, page);
	EXPECT_EQ(space->apply({.action = Action::stat}, page_range(0, 1)).filter_passed, page);
	EXPECT_EQ(fake_folios.order.nr_filters, 0u);

	const Order measured = {.action = Action::stat, .filters = {&anon_only, 1}};

	EXPECT_EQ(memory->apply(measured, page_range(0, 1)).filter_passed, page);
	EXPECT_EQ(fake_folios.order.action, DAMON_FOLIO_STAT);
	EXPECT_EQ(space->apply(measured, page_range(0, 1)).filter_passed, page);
	EXPECT_EQ(fake_folios.order.nr_filters, 1u);
	EXPECT_EQ(fake_folios.calls, 4u);
}

TEST(FolioOrder, UnitsOfPhysicalMemory)
{
	AddressSpacePtr memory = open_memory(8);

	ASSERT_TRUE(memory);
	fake_folios.result = {.applied = 16 * page, .filter_passed = 24 * page};
	fake_folios.residence = {.on_node = page, .total = 2 * page};
	const Applied applied = memory->apply({.action = Action::pageout}, {page, 4 * page});

	EXPECT_TRUE(fake_folios.range == page_range(8, 32));
	EXPECT_EQ(applied.applied, 2 * page);
	EXPECT_EQ(applied.filter_passed, 3 * page);

	const Residence residence = memory->residence({page, 2 * page}, 1);

	EXPECT_TRUE(fake_folios.range == page_range(8, 16));
	EXPECT_EQ(fake_folios.nid, 1);
	EXPECT_EQ(residence.on_node, page);
	EXPECT_EQ(residence.total, 2 * page);
}

TEST(FolioOrder, OfAProcessMigratesToDestinations)
{
	FakeProcess process(41);
	AddressSpacePtr space = open_process(41);
	const DestinationConfig destinations[] = {{.nid = 1, .weight = 3}, {.nid = 0, .weight = 1}};

	ASSERT_TRUE(space);
	fake_folios.result = {.applied = 4 * page, .filter_passed = 0};
	const Applied applied =
		space->apply({.action = Action::migrate_hot, .destinations = destinations},
			     {page + 1, 9 * page - 1});

	EXPECT_EQ(applied.applied, 4 * page);
	EXPECT_EQ(fake_folios.order.action, DAMON_FOLIO_MIGRATE);
	EXPECT_TRUE(fake_folios.range == page_range(2, 9));
	ASSERT_EQ(fake_folios.order.nr_destinations, 2u);
	EXPECT_EQ(fake_folios.order.destinations[0].nid, 1u);
	EXPECT_EQ(fake_folios.order.destinations[0].weight, 3u);
	EXPECT_EQ(fake_folios.order.destinations[1].nid, 0u);
}

TEST(FolioOrder, ThatTheKernelCannotCarryOutIsRefused)
{
	const char *reason = "lru_deprio: this kernel's folio_deactivate() cannot be reached";

	register_paddr_operations();
	register_vaddr_operations();
	fake_folios = {};
	fake_folios.lacks = reason;
	Result<> refused = find_operations(OperationsId::paddr)->supports(Action::lru_deprio);

	ASSERT_FALSE(refused);
	EXPECT_EQ(refused.error().number, EOPNOTSUPP);
	EXPECT_TRUE(std::string_view(refused.error().reason) == reason);
	EXPECT_ERROR(EOPNOTSUPP,
		     find_operations(OperationsId::vaddr)->supports(Action::migrate_hot));
	EXPECT_OK(find_operations(OperationsId::vaddr)->supports(Action::pageout));
	fake_folios = {};
}

TEST(FolioOrder, AdviceLooksAtNoFolio)
{
	register_paddr_operations();
	register_vaddr_operations();
	for (OperationsId id : {OperationsId::vaddr, OperationsId::fvaddr}) {
		const Operations &operations = *find_operations(id);

		EXPECT_FALSE(operations.looks_at_folios(Action::pageout));
		EXPECT_FALSE(operations.looks_at_folios(Action::hugepage));
		EXPECT_TRUE(operations.looks_at_folios(Action::migrate_cold));
		EXPECT_TRUE(operations.looks_at_folios(Action::stat));
	}
	EXPECT_TRUE(find_operations(OperationsId::paddr)->looks_at_folios(Action::pageout));
}
