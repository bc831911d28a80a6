// SPDX-License-Identifier: GPL-2.0
// Data attribute probes of a context: what they count, and what follows from it.
#include "ops-paddr/paddr.hpp"
#include "tests/unit/context_tools.hpp"
#include "tests/unit/fake_memcg.hpp"
#include "tests/unit/fake_pmem.hpp"
#include "tests/unit/fake_trace.hpp"

using namespace damon;
using namespace damon::test;

namespace {

constexpr auto anon = ProbeFilterType::anon;
constexpr auto memcg = ProbeFilterType::memcg;

// Physical memory of six pages and holes.  Page 1 is anonymous, page 3 is that and hot, 5 is
// neither, 7 does not exist.
class Memory {
      public:
	Memory() : memory(physical_memory), group("/group"), other("/other")
	{
		register_paddr_operations();
		for (const Range &range : three_pages)
			memory.map(range);
		memory.log.set_hot(page_range(3, 4));
		must(memory.anon.push(page_range(1, 4)));
		must(memory.charged.push({page_range(3, 4), &group}));
		must(memory.charged.push({page_range(5, 6), &other}));
	}
	~Memory()
	{
		EXPECT_EQ(memory.calls.opens, memory.calls.closes);
		EXPECT_EQ(memory.calls.violations, 0u);
		EXPECT_EQ(group.users, 0);
		EXPECT_EQ(other.users, 0);
	}

	FakeProcess memory;
	FakeMemcg group;
	FakeMemcg other;
};

ConfigBuilder config()
{
	ConfigBuilder builder(OperationsId::paddr);

	builder.target(0, {page_range(1, 2), page_range(3, 4), page_range(5, 6), page_range(7, 8)});
	return builder;
}

Result<> configure(const ContextConfig &config)
{
	struct Made : Heap {
		Context context;
	};
	Owned<Made> made = TRY(make<Made>());

	return made->context.configure(config);
}

// What probe @p counted in the last window, of each region.
void expect_last_hits(const RegionSet &set, std::size_t p, std::initializer_list<unsigned int> hits)
{
	std::span<const ProbeHits> all = set.hits(0);

	ASSERT_EQ(all.size(), hits.size());
	for (std::size_t i = 0; i < hits.size(); i++)
		EXPECT_EQ(unsigned{all[i].last[p]}, hits.begin()[i]) << "region " << i;
}

void expect_hits(const RegionSet &set, std::size_t p, std::initializer_list<unsigned int> hits)
{
	std::span<const ProbeHits> all = set.hits(0);

	ASSERT_EQ(all.size(), hits.size());
	for (std::size_t i = 0; i < hits.size(); i++)
		EXPECT_EQ(unsigned{all[i].now[p]}, hits.begin()[i]) << "region " << i;
}

} // namespace

// ---- Counting ----

TEST(Probe, LooksAtEachRegionsSampleAtEachStep)
{
	Memory memory;
	Owned<RunningContext> running = run(config().probe().probe_filter(anon, true, true));

	EXPECT_EQ(memory.memory.calls.probed, 0u);
	running->tick(3);
	EXPECT_EQ(memory.memory.calls.probed, 12u);
	expect_hits(running->context.regions(), 0, {3, 3, 0, 0});
	running->tick(1);
	expect_hits(running->context.regions(), 0, {0, 0, 0, 0});
	expect_last_hits(running->context.regions(), 0, {4, 4, 0, 0});
	// Accesses are counted all the same.
	EXPECT_EQ(running->context.regions().all()[1].last_nr_accesses, 4u);
	EXPECT_EQ(running->context.regions().all()[0].last_nr_accesses, 0u);
}

TEST(Probe, TheFirstFilterThatMatchesDecides)
{
	Memory memory;
	ConfigBuilder builder = config();

	builder.probe() // all of a cgroup but what is anonymous
		.probe_filter(anon, true, false)
		.probe_filter(memcg, true, true, "/other\n")
		.probe() // none matches: the opposite of the last
		.probe_filter(memcg, true, false, "/group")
		.probe() // what is not anonymous; what cannot be looked at is neither
		.probe_filter(anon, false, true)
		.probe(); // no filters: everything
	Owned<RunningContext> running = run(builder);

	running->tick(4);
	const RegionSet &set = running->context.regions();
	expect_last_hits(set, 0, {0, 0, 4, 0});
	expect_last_hits(set, 1, {4, 0, 4, 4});
	expect_last_hits(set, 2, {0, 0, 4, 4});
	expect_last_hits(set, 3, {4, 4, 4, 4});
}

TEST(Probe, WithoutProbesNothingIsLookedAt)
{
	Memory memory;
	Owned<RunningContext> running = run(config());

	running->tick(8);
	EXPECT_EQ(memory.memory.calls.probed, 0u);
	EXPECT_FALSE(running->context.regions().has_probes());
	EXPECT_TRUE(running->context.regions().hits(0).empty());
	EXPECT_FALSE(running->context.regions().hits_of(running->context.regions().all()[0]));
}

TEST(Probe, OtherOperationsTakeNoNoteOfThem)
{
	World world;
	Owned<RunningContext> running =
		run(ConfigBuilder().target(1, three_pages).probe(7).probe_filter(anon, true, true));

	running->tick(8);
	EXPECT_EQ(world.process.calls.probed, 0u);
	EXPECT_FALSE(running->context.regions().has_probes());
	EXPECT_EQ(running->context.regions().all()[1].last_nr_accesses, 4u);
}

TEST(Probe, CountsStopAt255)
{
	Memory memory;
	Owned<RunningContext> running =
		run(config().intervals(5, 5 * 300).probe().probe_filter(anon, true, true));

	running->tick(299);
	expect_hits(running->context.regions(), 0, {255, 255, 0, 0});
	running->tick(1);
	expect_last_hits(running->context.regions(), 0, {255, 255, 0, 0});
}

TEST(Probe, AddressesAreInUnitsToo)
{
	Memory memory;
	ConfigBuilder builder(OperationsId::paddr);

	builder.addr_unit(page).target(0, {{1, 2}, {5, 6}, {UINT64_MAX - 7, UINT64_MAX}});
	builder.regions(3, 3).probe().probe_filter(anon, true, true);
	Owned<RunningContext> running = run(builder);
	running->tick(4);
	const RegionSet &set = running->context.regions();
	EXPECT_EQ(unsigned{set.hits(0)[0].last[0]}, 4u);
	for (std::size_t i = 1; i < set.size(); i++)
		EXPECT_EQ(unsigned{set.hits(0)[i].last[0]}, 0u);
}

TEST(Probe, ManyRegionsComeInBatches)
{
	Memory memory;
	ConfigBuilder builder(OperationsId::paddr);

	memory.memory.map(page_range(100, 1100));
	must(memory.memory.anon.push(page_range(600, 1100)));
	builder.target(0, {page_range(100, 1100)}).regions(300, 300);
	builder.probe().probe_filter(anon, true, true);
	Owned<RunningContext> running = run(builder);
	running->tick(1);
	const RegionSet &set = running->context.regions();
	EXPECT_EQ(memory.memory.calls.probed, set.size());
	for (std::size_t i = 0; i < set.size(); i++) {
		const Region &region = set.all()[i];

		if (region.end > 600 * page && region.start < 600 * page)
			continue;
		EXPECT_EQ(unsigned{set.hits(0)[i].now[0]}, region.start < 600 * page ? 0u : 1u)
			<< "region " << i;
	}
}

TEST(Probe, HitsAreTraced)
{
	Memory memory;
	Owned<RunningContext> running =
		run(config().probe().probe_filter(anon, true, true).probe());
	ListenToProbes listener;

	running->tick(3);
	EXPECT_EQ(listener.nr_events, 0u);
	running->tick(1);
	EXPECT_EQ(listener.nr_events, 4u);
	EXPECT_EQ(listener.nr_probes, 2u);
	EXPECT_EQ(listener.total_hits[0], 8u);
	EXPECT_EQ(listener.total_hits[1], 16u);

	ASSERT_OK(running->commit(config()));
	running->tick(4);
	EXPECT_EQ(listener.nr_events, 4u) << "without probes there is no such event";
}

// ---- Configuration ----

TEST(Probe, RefusesCgroupsThatAreNotThere)
{
	Memory memory;
	const Result<> unset = configure(config().probe()
						 .probe()
						 .probe_filter(anon, true, true)
						 .probe_filter(memcg, true, true, "\n"));

	EXPECT_ERROR(EINVAL, unset);
	EXPECT_STREQ(unset.error().where[0].list, "monitoring_attrs/probes");
	EXPECT_EQ(unset.error().where[0].index, 1u);
	EXPECT_STREQ(unset.error().where[1].list, "filters");
	EXPECT_EQ(unset.error().where[1].index, 1u);
	EXPECT_EQ(std::string_view(unset.error().reason).find("path: "), 0u);
	EXPECT_ERROR(EINVAL,
		     configure(config().probe().probe_filter(memcg, true, true, "/nowhere")));
	EXPECT_OK(configure(config().probe().probe_filter(memcg, true, true, "/group")));
	// A path that is not used does not matter.
	EXPECT_OK(configure(config().probe().probe_filter(anon, true, true, "/nowhere")));
	EXPECT_EQ(memory.group.users, 0);
}

TEST(Probe, RefusesMoreThanFour)
{
	Memory memory;

	EXPECT_OK(configure(config().probe().probe().probe().probe()));
	EXPECT_ERROR(EINVAL, configure(config().probe().probe().probe().probe().probe()));
}

TEST(Probe, RefusesWeightsThatMightOverflow)
{
	Memory memory;
	constexpr uint64_t s = sample_us;

	EXPECT_OK(configure(config().intervals(s, 255 * s).probe(1)));
	EXPECT_ERROR(EINVAL, configure(config().intervals(s, 256 * s).probe(1)));
	EXPECT_OK(configure(config().intervals(s, 256 * s).probe(0))); // no weight, no limit
	EXPECT_OK(configure(config().intervals(s, 5 * s).probe(UINT32_MAX / 5)));
	EXPECT_ERROR(EINVAL, configure(config().intervals(s, 5 * s).probe(UINT32_MAX / 5 + 1)));
	EXPECT_ERROR(EINVAL, configure(config().intervals(s, 255 * s)
					       .probe(UINT32_MAX)
					       .probe(UINT32_MAX)
					       .probe(UINT32_MAX)
					       .probe(UINT32_MAX)));
	EXPECT_ERROR(EINVAL,
		     configure(config().intervals(s, s).probe(UINT32_MAX).probe(0).probe(1)));
}

// ---- Weights ----

TEST(Probe, WithAWeightNoAccessIsLookedFor)
{
	Memory memory;
	Owned<RunningContext> running =
		run(config().probe(1).probe_filter(anon, true, true).probe(0));

	running->tick(8);
	EXPECT_EQ(memory.memory.calls.passes, 0u);
	EXPECT_EQ(memory.memory.calls.started, 0u);
	EXPECT_EQ(memory.memory.calls.probed, 32u);
	const RegionSet &set = running->context.regions();
	expect_last_hits(set, 0, {4, 4, 0, 0});
	for (const Region &region : set.all())
		EXPECT_EQ(region.last_nr_accesses, 0u);
}

TEST(Probe, WithAWeightRegionsFollowWhatProbesFind)
{
	Memory memory;
	ConfigBuilder builder(OperationsId::paddr);

	memory.memory.map(page_range(10000, 20000));
	must(memory.memory.anon.push(page_range(12000, 13000)));
	builder.intervals(5000, 100000).regions(10, 100);
	builder.target(0, {page_range(10000, 20000)}).probe(1).probe_filter(anon, true, true);
	Owned<RunningContext> running = run(builder);
	running->tick(20 * 60);

	const RegionSet &set = running->context.regions();
	uint64_t within = 0;
	uint64_t in_all = 0;
	uint32_t age = 0;

	EXPECT_TRUE(set.valid(page));
	for (std::size_t i = 0; i < set.size(); i++) {
		const Region &region = set.all()[i];

		if (set.hits(0)[i].last[0] < 15)
			continue;
		in_all += region.size() / page;
		age = std::max(age, region.age);
		if (region.start < 13000 * page && region.end > 12000 * page)
			within += (std::min<uint64_t>(region.end, 13000 * page) -
				   std::max<uint64_t>(region.start, 12000 * page)) /
				  page;
	}
	EXPECT_GE(within, 700u);
	EXPECT_LE(in_all, 1300u);
	EXPECT_GE(age, 20u);
	EXPECT_LE(set.size(), 100u);
}

TEST(Probe, WithAWeightAgeFollowsWhatProbesFind)
{
	Memory memory;
	Owned<RunningContext> running = run(config().probe(3).probe_filter(anon, true, true));

	running->tick(4 * 5);
	EXPECT_EQ(running->context.regions().all()[0].age, 4u);
	EXPECT_EQ(running->context.regions().all()[2].age, 5u);
	memory.memory.anon.clear();
	running->tick(4);
	EXPECT_EQ(running->context.regions().all()[0].age, 0u);
	EXPECT_EQ(running->context.regions().all()[2].age, 6u);
}

TEST(Probe, WithAWeightIntervalsAreNotTuned)
{
	Memory memory;
	Owned<RunningContext> running = run(config().goal({.access_bp = 400,
							   .aggrs = 1,
							   .min_sample_us = 1000,
							   .max_sample_us = 100000})
						    .probe(1));

	running->tick(40);
	EXPECT_EQ(running->context.attributes().sample_us, sample_us);
}

// ---- Commits ----

TEST(Probe, HitsSurviveACommit)
{
	Memory memory;
	Owned<RunningContext> running = run(config().probe()
						    .probe_filter(anon, true, true)
						    .probe_filter(memcg, true, true, "/group"));

	running->tick(6);
	// The same again, with a weight less, is the same probe.
	ASSERT_OK(running->commit(config().probe()
					  .probe_filter(anon, true, true)
					  .probe_filter(memcg, true, true, "/group")
					  .probe()));
	const RegionSet &set = running->context.regions();
	expect_last_hits(set, 0, {4, 4, 0, 0});
	expect_hits(set, 0, {2, 2, 0, 0});
	expect_last_hits(set, 1, {0, 0, 0, 0});
	EXPECT_EQ(memory.group.users, 1);
	running->tick(2);
	expect_last_hits(set, 0, {4, 4, 0, 0});
	expect_last_hits(set, 1, {2, 2, 2, 2});
}

TEST(Probe, AnotherProbeBeginsAtZero)
{
	Memory memory;
	Owned<RunningContext> running =
		run(config().probe().probe_filter(memcg, true, true, "/group").probe());

	running->tick(6);
	ASSERT_OK(running->commit(
		config().probe().probe_filter(memcg, true, true, "/other").probe()));
	const RegionSet &set = running->context.regions();
	expect_last_hits(set, 0, {0, 0, 0, 0});
	expect_last_hits(set, 1, {4, 4, 4, 4});
	running->tick(2);
	expect_last_hits(set, 0, {0, 0, 2, 0});
	EXPECT_EQ(memory.group.users, 0);
	EXPECT_EQ(memory.other.users, 1);
}

TEST(Probe, HitsAreConvertedToNewIntervals)
{
	Memory memory;
	Owned<RunningContext> running = run(config().probe().probe_filter(anon, true, true));

	running->tick(6);
	ASSERT_OK(running->commit(
		config().intervals(5000, 40000).probe().probe_filter(anon, true, true)));
	expect_last_hits(running->context.regions(), 0, {8, 8, 0, 0});
	expect_hits(running->context.regions(), 0, {0, 0, 0, 0});
	// 2500 samples: more than 8 bits hold.
	ASSERT_OK(running->commit(
		config().intervals(10, 25000).probe().probe_filter(anon, true, true)));
	expect_last_hits(running->context.regions(), 0, {255, 255, 0, 0});
}

TEST(Probe, ComeAndGoWithCommits)
{
	Memory memory;
	Owned<RunningContext> running = run(config());

	running->tick(5);
	ASSERT_OK(running->commit(config().probe().probe_filter(anon, true, true)));
	EXPECT_EQ(running->context.regions().all()[1].last_nr_accesses, 4u);
	running->tick(3);
	expect_last_hits(running->context.regions(), 0, {3, 3, 0, 0});
	ASSERT_OK(running->commit(config()));
	EXPECT_FALSE(running->context.regions().has_probes());
	EXPECT_EQ(running->context.regions().all()[1].last_nr_accesses, 4u);
	EXPECT_TRUE(running->tick(8));
}

TEST(Probe, WeightsComeAndGoWithCommits)
{
	Memory memory;
	Owned<RunningContext> running = run(config());

	running->tick(6);
	ASSERT_OK(running->commit(config().probe(1).probe_filter(anon, true, true)));
	EXPECT_EQ(memory.memory.calls.started, memory.memory.calls.checked);
	EXPECT_EQ(running->context.regions().all()[1].nr_accesses, 0u);
	EXPECT_EQ(running->context.regions().all()[1].last_nr_accesses, 0u);
	running->tick(6);
	EXPECT_EQ(running->context.regions().all()[1].last_nr_accesses, 0u);
	ASSERT_OK(running->commit(config().probe(0).probe_filter(anon, true, true)));
	running->tick(6);
	EXPECT_EQ(running->context.regions().all()[1].last_nr_accesses, 4u);
	expect_last_hits(running->context.regions(), 0, {4, 4, 0, 0});
}

TEST(Probe, ABadProbeIsNotCommitted)
{
	Memory memory;
	Owned<RunningContext> running = run(config().probe().probe_filter(anon, true, true));

	running->tick(4);
	EXPECT_ERROR(EINVAL,
		     running->commit(config().probe().probe_filter(memcg, true, true, "/nowhere")));
	expect_last_hits(running->context.regions(), 0, {4, 4, 0, 0});
}

TEST(Probe, PausedContextsDoNotLook)
{
	Memory memory;
	Owned<RunningContext> running = run(config().probe(1).pause());

	running->tick(8);
	EXPECT_EQ(memory.memory.calls.probed, 0u);
	ASSERT_OK(running->commit(config().probe(1)));
	running->tick(4);
	EXPECT_EQ(memory.memory.calls.probed, 16u);
}
