// SPDX-License-Identifier: GPL-2.0
// `snapshot`: all regions in one file.
#include <algorithm>
#include <string>

#include "sysfs/snapshot.hpp"
#include "tests/unit/sysfs_commands_tools.hpp"

using namespace damon;
using namespace damon::test;

TEST(SysfsSnapshot, TellsWhatIsUnknownAndWhatProbesHit)
{
	Snapshot snapshot;

	snapshot.now_ns = 7000;
	snapshot.nr_targets = 1;
	snapshot.nr_probes = 2;
	ASSERT_OK(snapshot.regions.push({.range = {4096, 8192},
					 .target = 0,
					 .nr_accesses = 3,
					 .age = 9,
					 .nr_unknown = 11,
					 .probe_hits = {20, 255, 77}}));
	const Result<Vec<char>> text = sysfs::snapshot_text(snapshot);

	ASSERT_OK(text);
	EXPECT_EQ(std::string(text->begin(), text->end()),
		  "# damon_snapshot 1 targets 1 regions 1 sample_us 5000 aggr_us 100000 now_us 7 "
		  "probes 2\n"
		  "0 4096 8192 3 9 11 20 255\n");
}

TEST(SysfsCommands, ASnapshotHasAllRegionsInOneFile)
{
	Session session;
	const std::string snapshot = k + "/0/snapshot";

	EXPECT_EQ(read(snapshot), "");
	ASSERT_OK(command("on"));
	run_for_us(5 * aggr_us);
	const std::string text = read(snapshot);
	const std::string header =
		"# damon_snapshot 1 targets 1 regions 3 sample_us 5000 aggr_us 20000 "
		"now_us " +
		std::to_string(time_us()) + " probes 0\n";

	EXPECT_EQ(text.substr(0, header.size()), header);
	// The regions are those that a scheme would be applied to.
	ASSERT_OK(command("update_schemes_tried_regions"));
	std::string regions;
	const std::string now = read(snapshot);

	for (unsigned int i = 0; i < 3; i++) {
		const std::string region = s + "/tried_regions/" + std::to_string(i);

		regions += "0";
		for (const char *field : {"start", "end", "nr_accesses", "age"}) {
			std::string value = read(std::string(region).append("/").append(field));

			value.pop_back();
			regions.append(" ").append(value);
		}
		regions += " 0\n"; // nothing is unknown
	}
	EXPECT_EQ(now.substr(now.find('\n') + 1), regions);

	unsigned int refused = 0;
	with_each_allocation_refused([&] { return read_file(snapshot); },
				     [&](const Error &error) {
					     EXPECT_EQ(error.number, ENOMEM);
					     refused++;
				     });
	EXPECT_GT(refused, 1u);
	ASSERT_OK(command("off"));
	EXPECT_EQ(read(snapshot), "");
}

TEST(SysfsCommands, ASnapshotMayBeLongerThanAPage)
{
	Session session;

	write(c + "/monitoring_attrs/nr_regions/max", "5000");
	write(c + "/targets/0/regions/nr_regions", "1000");
	session.process.map({0, 10000 * page});
	for (uint64_t i = 0; i < 1000; i++) {
		const std::string region = c + "/targets/0/regions/" + std::to_string(i);

		write(region + "/start", std::to_string(2 * i * page));
		write(region + "/end", std::to_string((2 * i + 1) * page));
	}
	ASSERT_OK(command("on"));
	run_for_us(aggr_us);
	const std::string text = read(k + "/0/snapshot");

	EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1001);
	EXPECT_NE(text.find("\n0 8183808 8187904 0 "), std::string::npos);
}
