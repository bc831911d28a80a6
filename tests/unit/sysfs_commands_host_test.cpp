// SPDX-License-Identifier: GPL-2.0
// `state` and what its commands do, with fake processes and time that moves by hand.
#include <algorithm>
#include <string>
#include <vector>

#include "core/address_space.hpp"
#include "sysfs/tree.hpp"
#include "tests/host/host.hpp"
#include "tests/host/sysfs_host.hpp"
#include "tests/unit/fakes.hpp"
#include "tests/unit/test.hpp"

using namespace damon;
using namespace damon::test;

namespace {

const std::string k = "damon/admin/kdamonds";
const std::string c = k + "/0/contexts/0";
const std::string s = c + "/schemes/0";
constexpr int pid = 77;
constexpr uint64_t aggr_us = 20000;

void write(const std::string &path, std::string_view text)
{
	EXPECT_OK(write_file(path, text)) << path;
}

std::string read(const std::string &path)
{
	auto text = read_file(path);

	return text ? *text : "error " + std::to_string(text.error().number);
}

Result<> command(std::string_view text)
{
	return write_file(k + "/0/state", text);
}

// One kdamond that watches three pages of a process, one of them hot, and lists all regions.
class Session {
      public:
	Session() : process(pid)
	{
		register_fake({});
		auto created = sysfs::Tree::create();

		EXPECT_OK(created);
		tree = std::move(*created);
		take_log();
		process.map({0, 100 * page});
		process.log.set_hot({2 * page, 3 * page});

		write(k + "/nr_kdamonds", "1");
		write(k + "/0/contexts/nr_contexts", "1");
		write(c + "/operations", "fvaddr");
		write(c + "/monitoring_attrs/intervals/aggr_us", std::to_string(aggr_us));
		write(c + "/monitoring_attrs/nr_regions/min", "3");
		write(c + "/targets/nr_targets", "1");
		write(c + "/targets/0/pid_target", std::to_string(pid));
		write(c + "/targets/0/regions/nr_regions", "3");
		for (uint64_t i = 0; i < 3; i++) {
			const std::string region = c + "/targets/0/regions/" + std::to_string(i);

			write(region + "/start", std::to_string(2 * i * page));
			write(region + "/end", std::to_string((2 * i + 1) * page));
		}
		write(c + "/schemes/nr_schemes", "1");
		for (const char *limit : {"sz", "nr_accesses", "age"})
			write(s + "/access_pattern/" + limit + "/max", "18446744073709551615");
	}

	FakeProcess process;
	Owned<sysfs::Tree> tree;
};

bool has_scheme_regions()
{
	return exists(s + "/tried_regions/0");
}

} // namespace

TEST(SysfsCommands, OnAndOff)
{
	Session session;

	EXPECT_EQ(read(k + "/0/state"), "off\n");
	EXPECT_EQ(read(k + "/0/pid"), "-1\n");
	EXPECT_ERROR(EINVAL, command("off"));

	ASSERT_OK(command("on\n"));
	EXPECT_EQ(nr_threads(), 1u);
	EXPECT_EQ(read(k + "/0/state"), "on\n");
	EXPECT_GT(std::stoi(read(k + "/0/pid")), 0);
	EXPECT_ERROR(EBUSY, command("on"));

	ASSERT_OK(command("off\n"));
	EXPECT_EQ(nr_threads(), 0u);
	EXPECT_EQ(read(k + "/0/state"), "off\n");
	EXPECT_EQ(read(k + "/0/pid"), "-1\n");
	EXPECT_OK(command("off"));
	EXPECT_OK(command("on"));
}

TEST(SysfsCommands, UnknownWordsAreRefused)
{
	Session session;

	for (const char *text : {"\n", "ON", "on off", "o", "commit ", "update_schemes_stat", "1"})
		EXPECT_ERROR(EINVAL, command(text)) << text;
}

TEST(SysfsCommands, NeedAContext)
{
	Session session;

	ASSERT_OK(command("on"));
	write(k + "/0/contexts/nr_contexts", "0");
	for (const char *text : {"on", "commit", "update_schemes_stats",
				 "update_schemes_tried_bytes", "update_schemes_tried_regions",
				 "clear_schemes_tried_regions", "update_tuned_intervals"})
		EXPECT_ERROR(EINVAL, command(text)) << text;
	EXPECT_EQ(read(k + "/0/state"), "on\n");
	EXPECT_OK(command("off"));
}

TEST(SysfsCommands, BeforeItWasEverOn)
{
	Session session;

	for (const char *text : {"commit", "update_schemes_stats", "update_schemes_tried_bytes",
				 "update_schemes_tried_regions", "update_tuned_intervals"})
		EXPECT_ERROR(EINVAL, command(text)) << text;
	EXPECT_OK(command("clear_schemes_tried_regions"));
}

TEST(SysfsCommands, AfterItEnded)
{
	for (bool by_itself : {false, true}) {
		Session session;

		ASSERT_OK(command("on"));
		if (by_itself) {
			session.process.alive = false;
			run_for_us(10 * aggr_us);
		} else {
			ASSERT_OK(command("off"));
		}
		EXPECT_EQ(read(k + "/0/state"), "off\n");
		EXPECT_EQ(read(k + "/0/pid"), "-1\n");
		for (const char *text :
		     {"commit", "update_schemes_stats", "update_schemes_tried_bytes",
		      "update_schemes_tried_regions", "update_tuned_intervals"})
			EXPECT_ERROR(ECANCELED, command(text)) << text;
		EXPECT_OK(command("clear_schemes_tried_regions"));
		EXPECT_OK(command("off"));

		session.process.alive = true;
		EXPECT_OK(command("on"));
		EXPECT_EQ(read(k + "/0/state"), "on\n");
	}
}

TEST(SysfsCommands, TheNumberOfKdamondsStaysWhileOneRuns)
{
	Session session;

	ASSERT_OK(command("on"));
	EXPECT_ERROR(EBUSY, write_file(k + "/nr_kdamonds", "0"));
	EXPECT_ERROR(EBUSY, write_file(k + "/nr_kdamonds", "1"));
	EXPECT_EQ(read(k + "/nr_kdamonds"), "1\n");

	session.process.alive = false;
	run_for_us(10 * aggr_us);
	EXPECT_OK(write_file(k + "/nr_kdamonds", "1"));
	// As new: it was never on.
	EXPECT_ERROR(EINVAL, command("off"));
}

TEST(SysfsCommands, WrongConfigurationsAreRefused)
{
	Session session;
	const std::string attributes = c + "/monitoring_attrs";
	struct {
		std::string path;
		const char *wrong;
	} const cases[] = {
		{attributes + "/nr_regions/min", "2"},
		{attributes + "/nr_regions/max", "2"},
		{attributes + "/intervals/sample_us", "20001"},
		{c + "/targets/0/pid_target", "78"},
		{c + "/targets/0/regions/1/start", "0"},
		{c + "/targets/0/regions/1/end", "8192"},
	};

	for (const auto &example : cases) {
		const std::string right = read(example.path);

		write(example.path, example.wrong);
		EXPECT_ERROR(EINVAL, command("on")) << example.path;
		EXPECT_EQ(read(k + "/0/state"), "off\n");
		write(example.path, right);

		ASSERT_OK(command("on"));
		write(example.path, example.wrong);
		EXPECT_ERROR(EINVAL, command("commit")) << example.path;
		EXPECT_EQ(read(k + "/0/state"), "on\n");
		write(example.path, right);
		EXPECT_OK(command("commit"));
		ASSERT_OK(command("off"));
	}
	if (!find_operations(OperationsId::paddr)) {
		write(c + "/operations", "paddr");
		EXPECT_ERROR(EINVAL, command("on"));
	}
}

TEST(SysfsCommands, AvailableOperationsAreListed)
{
	Session session;
	std::string words;

	for (std::size_t i = 0; i < nr_operations_ids; i++) {
		constexpr const char *all[] = {"vaddr\n", "fvaddr\n", "paddr\n"};

		if (find_operations(static_cast<OperationsId>(i)))
			words += all[i];
	}
	EXPECT_NE(words.find("fvaddr\n"), std::string::npos);
	EXPECT_EQ(read(c + "/avail_operations"), words);
}

TEST(SysfsCommands, StatsAreCopiedWhenAsked)
{
	Session session;

	ASSERT_OK(command("on"));
	run_for_us(5 * aggr_us);
	EXPECT_EQ(read(s + "/stats/nr_tried"), "0\n");

	ASSERT_OK(command("update_schemes_stats"));
	const std::string nr_tried = read(s + "/stats/nr_tried");
	const std::string nr_snapshots = read(s + "/stats/nr_snapshots");

	EXPECT_GE(std::stoi(nr_tried), 3 * 4);
	EXPECT_EQ(std::stoul(read(s + "/stats/sz_tried")), std::stoul(nr_tried) * page);
	EXPECT_GE(std::stoi(nr_snapshots), 4);

	run_for_us(5 * aggr_us);
	EXPECT_EQ(read(s + "/stats/nr_tried"), nr_tried);
	// A scheme that is only staged has none.
	write(c + "/schemes/nr_schemes", "2");
	ASSERT_OK(command("update_schemes_stats"));
	EXPECT_GT(std::stoi(read(s + "/stats/nr_tried")), std::stoi(nr_tried));
	EXPECT_EQ(read(c + "/schemes/1/stats/nr_tried"), "0\n");

	const std::string last = read(s + "/stats/nr_tried");

	ASSERT_OK(command("off"));
	EXPECT_EQ(read(s + "/stats/nr_tried"), last);
	write(c + "/schemes/nr_schemes", "0");
	ASSERT_OK(command("on"));
	EXPECT_OK(command("update_schemes_stats"));
}

TEST(SysfsCommands, TriedRegionsAreListedInTheirOrder)
{
	Session session;
	const std::string tried = s + "/tried_regions";

	ASSERT_OK(command("on"));
	run_for_us(5 * aggr_us);
	EXPECT_FALSE(has_scheme_regions());

	ASSERT_OK(command("update_schemes_tried_regions"));
	ASSERT_EQ(list(tried).size(), 1u + 3);
	for (unsigned int i = 0; i < 3; i++) {
		const std::string region = tried + '/' + std::to_string(i);

		EXPECT_EQ(read(region + "/start"), std::to_string(2 * i * page) + '\n');
		EXPECT_EQ(read(region + "/end"), std::to_string((2 * i + 1) * page) + '\n');
		EXPECT_EQ(read(region + "/nr_accesses"), i == 1 ? "4\n" : "0\n");
		EXPECT_GE(std::stoi(read(region + "/age")), 3);
	}
	EXPECT_EQ(read(tried + "/total_bytes"), std::to_string(3 * page) + '\n');

	// Results stay after the end, until something replaces them.
	ASSERT_OK(command("off"));
	EXPECT_TRUE(has_scheme_regions());
	ASSERT_OK(command("on"));
	EXPECT_TRUE(has_scheme_regions());
	ASSERT_OK(command("update_schemes_tried_bytes"));
	EXPECT_FALSE(has_scheme_regions());
	EXPECT_EQ(read(tried + "/total_bytes"), std::to_string(3 * page) + '\n');

	ASSERT_OK(command("update_schemes_tried_regions"));
	EXPECT_TRUE(has_scheme_regions());
	ASSERT_OK(command("clear_schemes_tried_regions"));
	EXPECT_FALSE(has_scheme_regions());
	EXPECT_EQ(read(tried + "/total_bytes"), "0\n");
}

TEST(SysfsCommands, ListingThatFailsLeavesNothingBehind)
{
	Session session;

	ASSERT_OK(command("on"));
	run_for_us(2 * aggr_us);
	ASSERT_OK(command("update_schemes_tried_regions"));

	unsigned int refused = 0;
	with_each_allocation_refused([] { return command("update_schemes_tried_regions"); },
				     [&](const Error &error) {
					     EXPECT_EQ(error.number, ENOMEM);
					     EXPECT_FALSE(has_scheme_regions());
					     EXPECT_EQ(read(s + "/tried_regions/total_bytes"),
						       "0\n");
					     refused++;
				     });
	EXPECT_GT(refused, 3u);
	EXPECT_TRUE(has_scheme_regions());

	// The kdamond never gets to it.
	write(s + "/apply_interval_us", "1000000000000000");
	ASSERT_OK(command("commit"));
	run_for_us(2 * aggr_us); // a round that was due before
	EXPECT_ERROR(EINTR, command("update_schemes_tried_regions"));
	EXPECT_FALSE(has_scheme_regions());
	// Without schemes there is nothing to wait for.
	write(c + "/schemes/nr_schemes", "0");
	ASSERT_OK(command("commit"));
	EXPECT_ERROR(ECANCELED, command("update_schemes_tried_regions"));
}

TEST(SysfsCommands, ResultsOfVanishedSchemesAreSkipped)
{
	Session session;

	write(c + "/schemes/nr_schemes", "2");
	for (const char *i : {"0", "1"})
		write(c + "/schemes/" + i + "/access_pattern/sz/max", "18446744073709551615");
	ASSERT_OK(command("on"));
	write(c + "/schemes/nr_schemes", "1");
	EXPECT_OK(command("update_schemes_stats"));
	EXPECT_OK(command("update_schemes_tried_bytes"));
	EXPECT_EQ(list(c + "/schemes").size(), 2u);
}

TEST(SysfsCommands, ACommitTakesEffect)
{
	Session session;

	ASSERT_OK(command("on"));
	run_for_us(2 * aggr_us);
	write(s + "/action", "pageout");
	run_for_us(2 * aggr_us);
	EXPECT_EQ(std::count_if(std::begin(session.process.applied),
				std::end(session.process.applied),
				[](const auto &a) { return a.action == Action::pageout; }),
		  0);

	ASSERT_OK(command("commit"));
	run_for_us(2 * aggr_us);
	EXPECT_GT(std::count_if(std::begin(session.process.applied),
				std::end(session.process.applied),
				[](const auto &a) { return a.action == Action::pageout; }),
		  0);
}

TEST(SysfsCommands, IntervalsInUseAreCopiedWhenAsked)
{
	Session session;
	const std::string intervals = c + "/monitoring_attrs/intervals";

	ASSERT_OK(command("on"));
	write(intervals + "/sample_us", "1");
	write(intervals + "/aggr_us", "2");
	write(intervals + "/update_us", "3");
	ASSERT_OK(command("update_tuned_intervals"));
	EXPECT_EQ(read(intervals + "/sample_us"), "5000\n");
	EXPECT_EQ(read(intervals + "/aggr_us"), std::to_string(aggr_us) + '\n');
	EXPECT_EQ(read(intervals + "/update_us"), "3\n");
}

TEST(SysfsCommands, WithoutMemoryItStaysOff)
{
	Session session;
	unsigned int refused = 0;

	with_each_allocation_refused([] { return command("on"); },
				     [&](const Error &error) {
					     EXPECT_EQ(error.number, ENOMEM);
					     EXPECT_EQ(nr_threads(), 0u);
					     EXPECT_EQ(read(k + "/0/state"), "off\n");
					     EXPECT_ERROR(EINVAL, command("off"));
					     refused++;
				     });
	EXPECT_GT(refused, 5u);
	EXPECT_EQ(read(k + "/0/state"), "on\n");
}

TEST(SysfsCommands, TheTreeStopsItsKdamonds)
{
	const uint64_t before = live_allocations();
	{
		Session session;

		ASSERT_OK(command("on"));
		run_for_us(2 * aggr_us);
		ASSERT_OK(command("update_schemes_tried_regions"));
		session.tree.reset();
		EXPECT_EQ(nr_threads(), 0u);
		EXPECT_FALSE(exists("damon"));
		EXPECT_EQ(session.process.calls.opens, session.process.calls.closes);
	}
	// What the process script itself took is gone with it.
	EXPECT_EQ(live_allocations(), before);
}
