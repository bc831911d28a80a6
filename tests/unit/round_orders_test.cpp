// SPDX-License-Identifier: GPL-2.0
// What rounds ask of the operations set, and what is refused because nobody could do it.
#include "tests/unit/fake_metrics.hpp"
#include "tests/unit/round_tools.hpp"

using namespace damon;
using namespace damon::test;

TEST(Round, OrdersSayWhatTheConfigurationSays)
{
	Memory memory;
	Owned<Rig> it = rig(one_target({page_range(0, 4), page_range(8, 12)})
				    .scheme(Action::migrate_hot)
				    .with([](SchemeConfig &scheme) {
					    scheme.target_nid = 1;
					    must(scheme.destinations.push({.nid = 0, .weight = 1}));
					    must(scheme.destinations.push({.nid = 1, .weight = 0}));
				    }));

	it->round();
	ASSERT_EQ(memory.process.applied.size(), 2u);
	EXPECT_EQ(memory.process.applied[0].action, Action::migrate_hot);
	EXPECT_EQ(memory.process.applied[0].target_nid, 1);
	EXPECT_EQ(memory.process.applied[0].nr_destinations, 2u);
	// The operations set's note lasts for a walk.
	EXPECT_EQ(memory.process.applied[0].last_folio, 0u);
	EXPECT_EQ(memory.process.applied[1].last_folio, 4 * page);
	it->round();
	EXPECT_EQ(memory.process.applied[2].last_folio, 0u);
}

TEST(Round, WithoutWeightsNothingMigrates)
{
	Memory memory;
	Owned<Rig> it = rig(one_target({page_range(0, 4)})
				    .scheme(Action::migrate_hot)
				    .with([](SchemeConfig &scheme) {
					    must(scheme.destinations.push({.nid = 0, .weight = 0}));
				    }));

	it->round();
	expect_applied(memory.process, {});
	EXPECT_EQ(it->stats().nr_tried, 1u);
	EXPECT_EQ(it->stats().nr_applied, 0u);
}

TEST(Round, PhysicalMemoryHasNoDestinations)
{
	register_fake({.id = OperationsId::paddr, .targets_end = false});
	FakeProcess process(1);
	ConfigBuilder config(OperationsId::paddr);

	config.target(1, {page_range(0, 4)})
		.scheme(Action::migrate_hot)
		.with([](SchemeConfig &scheme) {
			scheme.target_nid = 0;
			must(scheme.destinations.push({.nid = 0, .weight = 0}));
		});
	Owned<Rig> it = rig(config);
	it->round();
	ASSERT_EQ(process.applied.size(), 1u);
	EXPECT_EQ(process.applied[0].nr_destinations, 0u);
}

TEST(Round, WhatCannotBeDoneIsRefused)
{
	register_fake({.only_stat = true});
	FakeProcess process(1);
	FakeMetrics metrics;
	SchemeEngine engine;
	ConfigBuilder builder = one_target({page_range(0, 4)});
	builder.scheme(Action::stat).scheme(Action::pageout);
	const ContextConfig &config = builder;

	const Result<> refused =
		engine.configure(config.schemes, *find_operations(OperationsId::fvaddr));
	ASSERT_TRUE(!refused);
	EXPECT_EQ(refused.error().number, EOPNOTSUPP);
	EXPECT_STREQ(refused.error().where[0].list, "schemes");
	EXPECT_EQ(refused.error().where[0].index, 1u);
}

namespace {

// The sentence, with the scheme migrating to @target_nid, or @dests; empty: it is taken.
const char *refused_nodes(int target_nid, std::span<const uint32_t> dests,
			  OperationsId operations = OperationsId::fvaddr,
			  Action action = Action::migrate_cold, uint32_t *dest = nullptr)
{
	SchemeEngine engine;
	ConfigBuilder builder = one_target({page_range(0, 4)});

	builder.scheme(action).with([&](SchemeConfig &scheme) {
		scheme.target_nid = target_nid;
		for (uint32_t nid : dests)
			must(scheme.destinations.push({.nid = nid, .weight = 1}));
	});
	const ContextConfig &config = builder;
	const Result<> result = engine.configure(config.schemes, *find_operations(operations));

	if (result)
		return "";
	EXPECT_EQ(result.error().number, EINVAL);
	EXPECT_STREQ(result.error().where[0].list, "schemes");
	if (dest) {
		EXPECT_STREQ(result.error().where[1].list, "dests");
		*dest = result.error().where[1].index;
	}
	return result.error().reason;
}

} // namespace

TEST(Round, MigratesToNodesThatMayBe)
{
	register_fake({});
	register_fake({.id = OperationsId::paddr});
	const char *const none = "target_nid: the action needs a node to migrate to";
	const char *const wrong = "target_nid: this machine has no such node";
	const int last = FakeMetrics::nr_nodes - 1;

	for (Action action : {Action::migrate_hot, Action::migrate_cold}) {
		for (OperationsId operations : {OperationsId::fvaddr, OperationsId::paddr}) {
			auto refused = [&](int nid) {
				return refused_nodes(nid, {}, operations, action);
			};

			EXPECT_STREQ(refused(0), "");
			EXPECT_STREQ(refused(last), "");
			EXPECT_STREQ(refused(last + 1), wrong);
			EXPECT_STREQ(refused(INT32_MAX), wrong);
			EXPECT_STREQ(refused(-1), none);
			EXPECT_STREQ(refused(-2), wrong);
		}
	}
	// Of other actions it means nothing.
	EXPECT_STREQ(refused_nodes(7, {}, OperationsId::fvaddr, Action::pageout), "");
}

TEST(Round, DestinationsAreNodesThatMayBe)
{
	register_fake({});
	register_fake({.id = OperationsId::paddr});
	const char *const wrong = "id: this machine has no such node";
	const auto last = static_cast<uint32_t>(FakeMetrics::nr_nodes - 1);
	const uint32_t good[] = {0, last}, bad[] = {last, last + 1}, huge[] = {UINT32_MAX};
	uint32_t dest = 9;

	// They are in place of the target node.
	EXPECT_STREQ(refused_nodes(-1, good), "");
	EXPECT_STREQ(refused_nodes(77, good), "");
	EXPECT_STREQ(refused_nodes(0, bad, OperationsId::fvaddr, Action::migrate_hot, &dest),
		     wrong);
	EXPECT_EQ(dest, 1u);
	EXPECT_STREQ(refused_nodes(0, huge, OperationsId::fvaddr, Action::migrate_hot, &dest),
		     wrong);
	EXPECT_EQ(dest, 0u);
	EXPECT_STREQ(refused_nodes(0, bad, OperationsId::fvaddr, Action::pageout), "");
	// Physical memory does without them.
	EXPECT_STREQ(refused_nodes(0, bad, OperationsId::paddr), "");
	EXPECT_STREQ(refused_nodes(9, good, OperationsId::paddr),
		     "target_nid: this machine has no such node");
}

TEST(Round, NodesThatCannotBeMayBeIgnored)
{
	Memory memory;
	FakeMetrics metrics;

	metrics.silent_unsupported = true;
	Owned<Rig> it = rig(one_target({page_range(0, 4)})
				    .scheme(Action::migrate_hot)
				    .with([](SchemeConfig &scheme) { scheme.target_nid = 7; }));
	it->round();
	expect_applied(memory.process, {});
	EXPECT_EQ(it->stats().nr_tried, 1u);
}

TEST(Round, FiltersOfFoliosAreForActionsThatLookAtThem)
{
	register_fake({});
	FakeMetrics metrics;

	auto configured = [](Action action, FilterType type) {
		SchemeEngine engine;
		ConfigBuilder builder = one_target({page_range(0, 4)});

		builder.scheme(action).with([&](SchemeConfig &scheme) {
			for (FilterType each : {FilterType::target, type}) {
				FilterConfig filter;

				filter.type = each;
				must(scheme.filters.push(std::move(filter)));
			}
		});
		const ContextConfig &config = builder;

		return engine.configure(config.schemes, *find_operations(OperationsId::fvaddr));
	};
	const Result<> refused = configured(Action::willneed, FilterType::anon);

	ASSERT_FALSE(refused);
	EXPECT_EQ(refused.error().number, EOPNOTSUPP);
	EXPECT_STREQ(refused.error().where[1].list, "filters");
	EXPECT_EQ(refused.error().where[1].index, 1u);
	EXPECT_TRUE(configured(Action::willneed, FilterType::addr));
	EXPECT_TRUE(configured(Action::pageout, FilterType::anon));

	metrics.silent_unsupported = true;
	EXPECT_TRUE(configured(Action::willneed, FilterType::anon));
}

TEST(Round, WhatCannotBeDoneMayBeIgnored)
{
	register_fake({.only_stat = true});
	FakeProcess process(1);
	FakeMetrics metrics;

	metrics.silent_unsupported = true;
	Owned<Rig> it = rig(one_target({page_range(0, 4)}).scheme(Action::pageout));
	set_ages(it->set(), {7});
	it->round();
	EXPECT_EQ(process.calls.applies, 0u);
	EXPECT_EQ(it->stats().nr_tried, 1u);
	EXPECT_EQ(it->stats().sz_tried, 4 * page);
	EXPECT_EQ(it->stats().nr_applied, 0u);
	EXPECT_EQ(it->set().all()[0].age, 0u);
}
