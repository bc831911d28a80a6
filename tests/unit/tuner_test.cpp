// SPDX-License-Identifier: GPL-2.0
// Intervals tuning: the controller, the score, and a context that uses them.
#include "core/tuner.hpp"

#include "tests/unit/context_tools.hpp"

using namespace damon;
using namespace damon::test;

namespace {

constexpr std::initializer_list<Range> two_pages = {{1 * page, 2 * page}, {3 * page, 4 * page}};

Attributes attributes_with(const IntervalsGoal &goal)
{
	Attributes attributes;

	attributes.goal = goal;
	return attributes;
}

// 4 % of all samples, within a decade of the default interval either way.
constexpr IntervalsGoal usual = {
	.access_bp = 400, .aggrs = 3, .min_sample_us = 500, .max_sample_us = 50000};

} // namespace

TEST(Feedback, KeepsWhatMeetsTheGoal)
{
	EXPECT_EQ(feedback(123456, 10000), 123456U);
}

TEST(Feedback, GrowsInProportionToWhatIsMissing)
{
	EXPECT_EQ(feedback(1000000, 5000), 1500000U);
	EXPECT_EQ(feedback(1000000, 0), 2000000U);
	EXPECT_EQ(feedback(1000000, 9999), 1000100U);
}

TEST(Feedback, ShrinksInProportionToTheExcessDownToALeast)
{
	EXPECT_EQ(feedback(1000000, 12500), 750000U);
	EXPECT_EQ(feedback(1000000, 20000), 10000U);
	EXPECT_EQ(feedback(1000000, UINT64_MAX), 10000U);
	EXPECT_EQ(feedback(10000, 15000), 10000U);
}

TEST(Feedback, SaturatesAtTheTop)
{
	EXPECT_EQ(feedback(UINT64_MAX, 0), UINT64_MAX);
	EXPECT_EQ(feedback(UINT64_MAX - 5, 5000), UINT64_MAX);
}

TEST(AccessScore, IsTheAccessedShareOverTheWantedOne)
{
	RegionSet set;

	// A tenth of the memory in a fifth of its samples: 2 %, and 4 % are wanted.
	add_target(set, {{0, 10, 4}, {10, 100, 0}});
	EXPECT_EQ(access_score(set, 20, usual), 5000U);
	set.all()[0].nr_accesses = 8;
	EXPECT_EQ(access_score(set, 20, usual), 10000U);
}

TEST(AccessScore, TakesAnySizeAndAnyGoal)
{
	RegionSet set;
	Region all;

	EXPECT_EQ(access_score(set, 20, usual), 0U);
	all.end = UINT64_MAX & ~(page - 1);
	all.nr_accesses = 20;
	must(set.add_target({&all, 1}));
	EXPECT_EQ(access_score(set, 20, usual), 250000U);
	EXPECT_GE(access_score(set, 20, {}), 20000U);
	EXPECT_GT(access_score(set, 0, usual), 0U);
}

TEST(Tuned, DoublesAtMostAndHalvesAtMost)
{
	const Attributes attributes = attributes_with(usual);

	EXPECT_EQ(tuned(attributes, 0).sample_us, 10000U);
	EXPECT_EQ(tuned(attributes, 0).aggr_us, 200000U);
	EXPECT_EQ(tuned(attributes, 10000).sample_us, 5000U);
	EXPECT_EQ(tuned(attributes, 20000).sample_us, 2500U);
	EXPECT_EQ(tuned(attributes, UINT64_MAX).aggr_us, 50000U);
}

TEST(Tuned, StaysWithinTheLimits)
{
	IntervalsGoal tight = usual;

	tight.min_sample_us = 4000;
	tight.max_sample_us = 6000;
	EXPECT_EQ(tuned(attributes_with(tight), 0).sample_us, 6000U);
	EXPECT_EQ(tuned(attributes_with(tight), 20000).sample_us, 4000U);
}

TEST(ContextTuning, IdleMemoryIsLookedAtLessOften)
{
	register_fake({});
	FakeProcess process(1);

	process.map(page_range(1, 2));
	process.map(page_range(3, 4));
	Owned<RunningContext> running =
		run(ConfigBuilder().target(1, two_pages).goal(usual).scheme(Action::stat));

	running->tick(11);
	EXPECT_EQ(running->context.attributes().sample_us, sample_us);
	running->tick(1); // the third aggregation of four samples
	EXPECT_EQ(running->context.attributes().sample_us, 2 * sample_us);
	EXPECT_EQ(running->context.attributes().aggr_us, 2 * aggr_us);
	// The pace follows, and so do the schemes: a round every four samples.
	const uint64_t before = time_us();
	const uint64_t rounds = running->stats().nr_snapshots;

	running->tick(8);
	EXPECT_EQ(time_us() - before, 16 * sample_us);
	EXPECT_EQ(running->stats().nr_snapshots, rounds + 2);
	EXPECT_EQ(process.calls.violations, 0U);
}

TEST(ContextTuning, BusyMemoryIsLookedAtMoreOften)
{
	register_fake({});
	FakeProcess process(1);

	process.map(page_range(1, 2));
	process.map(page_range(3, 4));
	process.log.set_hot(page_range(1, 4));
	Owned<RunningContext> running = run(ConfigBuilder().target(1, two_pages).goal(usual));

	running->tick(12);
	EXPECT_EQ(running->context.attributes().sample_us, sample_us / 2);
	running->tick(100);
	EXPECT_EQ(running->context.attributes().sample_us, usual.min_sample_us);
}

TEST(ContextTuning, DoesNotPutOffWhatIsDueLessOften)
{
	// Accessed half of the time, so that intervals change a little at each tuning.
	constexpr IntervalsGoal goal = {
		.access_bp = 5000, .aggrs = 3, .min_sample_us = 500, .max_sample_us = 10000000};
	register_fake({.finds_ranges = true});
	FakeProcess process(1);

	process.map(page_range(1, 2));
	process.map(page_range(3, 4));
	Owned<RunningContext> running = run(ConfigBuilder()
						    .intervals(sample_us, aggr_us, 200000)
						    .target(1)
						    .goal(goal)
						    .scheme(Action::stat, any_access, 100000));
	const uint64_t began = time_us();
	const uint64_t finds = process.calls.finds;
	uint64_t changes = 0, last_us = 0;

	for (unsigned int window = 0; window < 300; window++) {
		if (window % 2)
			process.log.set_hot(page_range(1, 4));
		else
			process.log.set_cold(page_range(1, 4));
		running->tick(4);
		changes += running->context.attributes().sample_us != last_us;
		last_us = running->context.attributes().sample_us;
	}
	const uint64_t passed_us = time_us() - began;

	EXPECT_GE(changes, 50U);
	// Of the rounds and updates that this time has, at least half.
	EXPECT_GE(running->stats().nr_snapshots, passed_us / 200000);
	EXPECT_GE(process.calls.finds - finds, passed_us / 400000);
	EXPECT_LE(running->stats().nr_snapshots, passed_us / 100000 + 1);
}

TEST(ContextTuning, AContradictoryGoalIsRefused)
{
	Attributes attributes = attributes_with(usual);

	EXPECT_OK(validate(attributes));
	attributes.goal.min_sample_us = 5001;
	EXPECT_ERROR(EINVAL, validate(attributes));
	attributes.goal.min_sample_us = 60000;
	EXPECT_ERROR(EINVAL, validate(attributes));
	attributes.goal.aggrs = 0; // no tuning: nothing to contradict
	EXPECT_OK(validate(attributes));
}

TEST(Pause, SamplesNothingAndKeepsEverything)
{
	register_fake({});
	FakeProcess process(1);

	process.map(page_range(1, 2));
	process.map(page_range(3, 4));
	process.log.set_hot(page_range(1, 2));
	Owned<RunningContext> running =
		run(ConfigBuilder().target(1, two_pages).scheme(Action::stat));

	running->tick(9);
	ASSERT_OK(running->commit(ConfigBuilder().target(1).scheme(Action::stat).pause()));
	const uint64_t checked = process.calls.checked;
	const uint64_t snapshots = running->stats().nr_snapshots;

	// Nothing is held on to: each watch was looked at once more.
	EXPECT_EQ(process.calls.started, checked);
	EXPECT_TRUE(running->tick(50));
	EXPECT_EQ(process.calls.started, checked);
	EXPECT_EQ(running->stats().nr_snapshots, snapshots);
	EXPECT_EQ(running->context.regions().target(0)[0].last_nr_accesses, 4U);

	// A commit is no sample.
	for (unsigned int n = 0; n < 10; n++)
		ASSERT_OK(running->commit(ConfigBuilder().target(1).scheme(Action::stat).pause()));
	EXPECT_EQ(running->context.regions().target(0)[0].nr_accesses, 1U);
	EXPECT_EQ(running->context.regions().target(0)[1].nr_unknown, 0U);

	ASSERT_OK(running->commit(ConfigBuilder().target(1).scheme(Action::stat)));
	running->tick(3); // to the end of the window in which it was paused
	EXPECT_EQ(running->stats().nr_snapshots, snapshots + 1);
	EXPECT_EQ(process.calls.violations, 0U);
}

TEST(Pause, ATargetThatGoesStillEndsTheContext)
{
	register_fake({});
	FakeProcess process(1);

	Owned<RunningContext> running = run(ConfigBuilder().target(1, two_pages).pause());

	EXPECT_TRUE(running->tick(3));
	process.alive = false;
	EXPECT_FALSE(running->tick(1));
}

TEST(ObsoleteTarget, IsRemovedAndTheOthersStay)
{
	register_fake({});
	FakeProcess first(1);
	FakeProcess second(2);

	second.map(page_range(1, 2));
	second.log.set_hot(page_range(1, 2));
	Owned<RunningContext> running =
		run(ConfigBuilder().target(1, two_pages).target(2, two_pages));

	running->tick(4);
	ASSERT_OK(running->commit(ConfigBuilder().obsolete_target().target(2)));
	const RegionSet &regions = running->context.regions();

	ASSERT_EQ(regions.nr_targets(), 1U);
	EXPECT_EQ(regions.target(0)[0].last_nr_accesses, 4U);
	EXPECT_EQ(first.calls.opens, first.calls.closes);
	first.alive = false;
	EXPECT_TRUE(running->tick(4));
}

TEST(ObsoleteTarget, MustExist)
{
	register_fake({});
	FakeProcess process(1);
	Owned<RunningContext> running = run(ConfigBuilder().target(1, two_pages));

	EXPECT_ERROR(EINVAL, running->commit(ConfigBuilder().target(1).obsolete_target()));
	EXPECT_EQ(running->context.regions().nr_targets(), 1U);
}

TEST(Context, RefusesMoreTargetsThanItsOperationsTake)
{
	register_fake({.single_target = true});
	FakeProcess first(1);
	FakeProcess second(2);
	Context context;

	EXPECT_ERROR(EINVAL,
		     context.configure(ConfigBuilder().target(1, two_pages).target(2, two_pages)));
	register_fake({});
}
