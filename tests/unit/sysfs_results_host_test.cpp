// SPDX-License-Identifier: GPL-2.0
// Results: copied to their files when asked, or by themselves.
#include <string>

#include "tests/unit/sysfs_commands_tools.hpp"

using namespace damon;
using namespace damon::test;

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
	EXPECT_TRUE(exists(c + "/schemes/0"));
	EXPECT_FALSE(exists(c + "/schemes/1"));
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

TEST(SysfsCommands, EffectiveQuotasAreCopiedWhenAsked)
{
	Session session;
	const std::string effective = s + "/quotas/effective_bytes";

	write(s + "/quotas/bytes", "8192");
	write(s + "/quotas/reset_interval_ms", "1000");
	ASSERT_OK(command("on"));
	run_for_us(5 * aggr_us);
	EXPECT_EQ(read(effective), "0\n");
	ASSERT_OK(command("update_schemes_effective_quotas"));
	EXPECT_EQ(read(effective), "8192\n");
	// Kept after the end.
	ASSERT_OK(command("off"));
	EXPECT_EQ(read(effective), "8192\n");
	// A scheme that is only staged has none.
	write(c + "/schemes/nr_schemes", "0");
	ASSERT_OK(command("on"));
	write(c + "/schemes/nr_schemes", "1");
	EXPECT_OK(command("update_schemes_effective_quotas"));
	EXPECT_EQ(read(effective), "0\n");
}

TEST(SysfsCommands, ResultsRefreshByThemselvesIfAsked)
{
	Session session;
	const std::string nr_tried = s + "/stats/nr_tried";
	const std::string sample_us = c + "/monitoring_attrs/intervals/sample_us";

	ASSERT_OK(command("on"));
	run_for_us(5 * aggr_us);
	EXPECT_EQ(read(nr_tried), "0\n");
	write(sample_us, "1");
	write(k + "/0/refresh_ms", "200");
	run_for_us(2 * 5000);
	const std::string first = read(nr_tried);

	EXPECT_GE(std::stoi(first), 3 * 4);
	EXPECT_EQ(read(sample_us), "5000\n");
	// At most once per period.
	run_for_us(100'000);
	EXPECT_EQ(read(nr_tried), first);
	EXPECT_FALSE(has_scheme_regions());
	run_for_us(200'000);
	const std::string second = read(nr_tried);

	EXPECT_GT(std::stoi(second), std::stoi(first));
	// While somebody holds the interface it waits.
	{
		const sysfs::InterfaceLock lock;

		ASSERT_OK(lock.held());
		run_for_us(1'000'000);
	}
	EXPECT_EQ(read(nr_tried), second);
	run_for_us(2 * 5000);
	EXPECT_GT(std::stoi(read(nr_tried)), std::stoi(second));

	write(k + "/0/refresh_ms", "0");
	const std::string last = read(nr_tried);

	run_for_us(1'000'000);
	EXPECT_EQ(read(nr_tried), last);
	// Directories that vanished are no trouble.
	write(k + "/0/refresh_ms", "1");
	write(c + "/schemes/nr_schemes", "0");
	run_for_us(100'000);
	write(c + "/schemes/nr_schemes", "2");
	run_for_us(100'000);
	EXPECT_NE(read(nr_tried), "0\n");
	EXPECT_EQ(read(c + "/schemes/1/stats/nr_tried"), "0\n");
	write(k + "/0/contexts/nr_contexts", "0");
	run_for_us(100'000);
}

TEST(SysfsCommands, KdamondsRefreshApart)
{
	Session session;

	write(k + "/nr_kdamonds", "2");
	for (const char *i : {"/0", "/1"}) {
		const std::string d = std::string(k).append(i);
		const std::string context = d + "/contexts/0";

		write(d + "/contexts/nr_contexts", "1");
		write(context + "/operations", "fvaddr");
		write(context + "/targets/nr_targets", "1");
		write(context + "/targets/0/pid_target", std::to_string(pid));
		write(context + "/targets/0/regions/nr_regions", "1");
		write(context + "/targets/0/regions/0/end", "4096000");
		write(context + "/schemes/nr_schemes", "1");
		for (const char *limit : {"sz", "nr_accesses", "age"})
			write(context + "/schemes/0/access_pattern/" + limit + "/max",
			      "18446744073709551615");
		write(d + "/refresh_ms", "1000");
		ASSERT_OK(write_file(d + "/state", "on"));
	}
	const std::string stats[] = {k + "/0/contexts/0/schemes/0/stats/nr_snapshots",
				     k + "/1/contexts/0/schemes/0/stats/nr_snapshots"};

	for (int second = 1; second <= 3; second++) {
		run_for_us(1'000'000);
		for (const std::string &path : stats)
			EXPECT_GE(std::stoi(read(path)), 10 * (second - 1)) << path;
	}
}
