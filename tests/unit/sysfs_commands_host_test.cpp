// SPDX-License-Identifier: GPL-2.0
// `state`: what its commands need, and kdamonds that begin and end.
#include <string>

#include "core/address_space.hpp"
#include "tests/unit/sysfs_commands_tools.hpp"

using namespace damon;
using namespace damon::test;

namespace {

// Those that need a running kdamond.
constexpr const char *live_commands[] = {
	"commit",
	"commit_schemes_quota_goals",
	"update_schemes_stats",
	"update_schemes_tried_bytes",
	"update_schemes_tried_regions",
	"update_schemes_effective_quotas",
	"update_tuned_intervals",
};

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
	EXPECT_EQ(last_error(), "state: unknown keyword\n");
}

TEST(SysfsCommands, NeedAContext)
{
	Session session;

	ASSERT_OK(command("on"));
	write(k + "/0/contexts/nr_contexts", "0");
	for (const char *text : {"on", "commit", "commit_schemes_quota_goals",
				 "update_schemes_stats", "update_schemes_tried_bytes",
				 "update_schemes_tried_regions", "clear_schemes_tried_regions",
				 "update_schemes_effective_quotas", "update_tuned_intervals"}) {
		EXPECT_ERROR(EINVAL, command(text)) << text;
		EXPECT_EQ(last_error(), "contexts/nr_contexts: is not 1\n");
	}
	EXPECT_EQ(read(k + "/0/state"), "on\n");
	EXPECT_OK(command("off"));
}

TEST(SysfsCommands, BeforeItWasEverOn)
{
	Session session;

	for (const char *text : live_commands) {
		EXPECT_ERROR(EINVAL, command(text)) << text;
		EXPECT_EQ(last_error(), "state: the kdamond was never on\n");
	}
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
		for (const char *text : live_commands) {
			EXPECT_ERROR(ECANCELED, command(text)) << text;
			EXPECT_EQ(last_error(), "state: the kdamond has ended\n");
		}
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

TEST(SysfsCommands, TheLastErrorIsThatOfItsKdamond)
{
	Session session;

	write(k + "/nr_kdamonds", "2");
	EXPECT_ERROR(EINVAL, write_file(k + "/1/state", "off"));
	EXPECT_EQ(read(k + "/1/last_error"), "state: the kdamond was never on\n");
	EXPECT_EQ(last_error(), "\n");
	// What is refused because the interface is busy was no command.
	{
		const sysfs::InterfaceLock lock;

		EXPECT_ERROR(EBUSY, write_file(k + "/1/state", "nonsense"));
	}
	EXPECT_EQ(read(k + "/1/last_error"), "state: the kdamond was never on\n");
	write(k + "/nr_kdamonds", "2");
	EXPECT_EQ(read(k + "/1/last_error"), "\n");
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

TEST(SysfsCommands, LateTicksAreCountedBesideThePid)
{
	Session session;
	const std::string late = k + "/0/nr_late_ticks";

	EXPECT_EQ(read(late), "0\n");
	ASSERT_OK(command("on"));
	run_for_us(10 * 5000);
	EXPECT_EQ(read(late), "0\n");
	stall_for_us(10 * 5000);
	EXPECT_EQ(read(late), "1\n");
	session.process.alive = false;
	run_for_us(10 * aggr_us);
	EXPECT_EQ(read(k + "/0/state"), "off\n");
	EXPECT_EQ(read(late), "1\n");
	ASSERT_OK(command("off"));
	EXPECT_EQ(read(late), "1\n");
	session.process.alive = true;
	ASSERT_OK(command("on"));
	EXPECT_EQ(read(late), "0\n");
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
