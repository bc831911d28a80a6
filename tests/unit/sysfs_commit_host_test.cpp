// SPDX-License-Identifier: GPL-2.0
// What `on` and the commits take, and what they refuse and how they say so.
#include <algorithm>
#include <string>

#include "core/address_space.hpp"
#include "tests/unit/fake_memcg.hpp"
#include "tests/unit/sysfs_commands_tools.hpp"

using namespace damon;
using namespace damon::test;

TEST(SysfsCommands, WrongConfigurationsAreRefused)
{
	Session session;
	const std::string attributes = c + "/monitoring_attrs";
	struct {
		std::string path;
		const char *wrong;
		const char *sentence; // less what it begins with: contexts/0/
	} const cases[] = {
		{attributes + "/nr_regions/min", "2", "monitoring_attrs/nr_regions/min: below 3"},
		{attributes + "/nr_regions/max", "2",
		 "monitoring_attrs/nr_regions/min: above nr_regions/max"},
		{attributes + "/intervals/sample_us", "20001",
		 "monitoring_attrs/intervals/sample_us: above aggr_us"},
		{c + "/targets/0/pid_target", "78", "targets/0/pid_target: no such process"},
		{c + "/targets/0/regions/1/start", "0",
		 "targets/0/regions/1/start: regions overlap or are not sorted"},
		{c + "/targets/0/regions/1/end", "8192",
		 "targets/0/regions/1/end: not above start"},
		{c + "/schemes/text", "stat\nmigrate_hot to node 3\n",
		 "schemes/1/target_nid: this machine has no such node"},
		{c + "/schemes/text", "stat\nmigrate_hot to nodes 0:1,3:1\n",
		 "schemes/1/dests/1/id: this machine has no such node"},
	};

	for (const auto &example : cases) {
		const std::string right = read(example.path);
		const std::string sentence =
			std::string("contexts/0/").append(example.sentence).append("\n");

		write(example.path, example.wrong);
		EXPECT_ERROR(EINVAL, command("on")) << example.path;
		EXPECT_EQ(last_error(), sentence);
		EXPECT_EQ(read(k + "/0/state"), "off\n");
		write(example.path, right);

		ASSERT_OK(command("on"));
		EXPECT_EQ(last_error(), "\n");
		write(example.path, example.wrong);
		EXPECT_ERROR(EINVAL, command("commit")) << example.path;
		EXPECT_EQ(last_error(), sentence);
		EXPECT_EQ(read(k + "/0/state"), "on\n");
		write(example.path, right);
		EXPECT_OK(command("commit"));
		EXPECT_EQ(last_error(), "\n");
		ASSERT_OK(command("off"));
	}
	if (!find_operations(OperationsId::paddr)) {
		write(c + "/operations", "paddr");
		EXPECT_ERROR(EINVAL, command("on"));
	}
}

TEST(SysfsCommands, ObsoleteTargetsAreForCommits)
{
	Session session;

	write(c + "/targets/0/obsolete_target", "Y");
	EXPECT_ERROR(EINVAL, command("on"));
	EXPECT_EQ(last_error(), "contexts/0/targets/0/obsolete_target: nothing is running yet\n");
	write(c + "/targets/0/obsolete_target", "N");
	ASSERT_OK(command("on"));
	write(c + "/targets/nr_targets", "2");
	write(c + "/targets/0/pid_target", std::to_string(pid));
	write(c + "/targets/1/obsolete_target", "Y");
	EXPECT_ERROR(EINVAL, command("commit"));
	EXPECT_EQ(last_error(), "contexts/0/targets/1/obsolete_target: there is no such target\n");
}

TEST(SysfsCommands, TheCgroupThatIsMissingIsNamed)
{
	Session session;
	const std::string probe = c + "/monitoring_attrs/probes/1/filters/1";
	const std::size_t above = k.size() + 3; // what the sentence leaves out
	const auto error_of_on = [] {
		const Result<> result = command("on");
		std::string text = last_error();

		EXPECT_EQ(result.has_value(), text == "\n") << text;
		(void)command("off");
		text.pop_back();
		return text;
	};

	write(s + "/core_filters/nr_filters", "1");
	write(s + "/core_filters/0/type", "addr");
	for (const std::string &list : {s + "/ops_filters", s + "/filters"}) {
		write(list + "/nr_filters", "2");
		EXPECT_EQ(error_of_on(), "") << list;
		write(list + "/1/type", "memcg");
		const std::string path = list + "/1/memcg_path";
		const std::string file = path.substr(above);

		EXPECT_EQ(error_of_on(), file + ": no such memory cgroup ''");
		write(path, "/a b\n");
		EXPECT_EQ(error_of_on(), file + ": no such memory cgroup '/a b'");
		// No more than one line, and that of a bearable length.
		write(path, "/a\tb\nc\x1b");
		EXPECT_EQ(error_of_on(), file + ": no such memory cgroup '/a?b?c?'");
		write(path, std::string(4000, 'x'));
		EXPECT_EQ(error_of_on(),
			  file + ": no such memory cgroup '" + std::string(100, 'x') + "...'");
		write(list + "/1/type", "anon");
	}
	write(c + "/monitoring_attrs/probes/nr_probes", "2");
	write(c + "/monitoring_attrs/probes/1/filters/nr_filters", "2");
	write(probe + "/type", "memcg");
	write(probe + "/path", "/there/not");
	EXPECT_EQ(error_of_on(), probe.substr(above) + "/path: no such memory cgroup '/there/not'");
	// What is wrong is not the cgroup, though there is one.
	write(probe + "/type", "anon");
	write(s + "/filters/1/type", "addr");
	write(s + "/filters/1/addr_start", "8192");
	EXPECT_EQ(error_of_on(), "contexts/0/schemes/0/filters/1/addr_end: is below addr_start");
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

TEST(SysfsCommands, QuotaGoalsAreCommittedAlone)
{
	Session session;
	const std::string goal = s + "/quotas/goals/0";
	FakeMemcg memcg("/there");

	write(s + "/quotas/goals/nr_goals", "1");
	write(goal + "/target_value", "1");
	ASSERT_OK(command("on"));
	write(goal + "/target_metric", "node_memcg_used_bp");
	write(goal + "/path", "/there\n");
	write(s + "/action", "pageout"); // does not get there
	ASSERT_OK(command("commit_schemes_quota_goals"));
	EXPECT_EQ(memcg.users, 1);
	run_for_us(2 * aggr_us);
	EXPECT_EQ(std::count_if(std::begin(session.process.applied),
				std::end(session.process.applied),
				[](const auto &a) { return a.action == Action::pageout; }),
		  0);

	write(goal + "/path", "/gone");
	EXPECT_ERROR(EINVAL, command("commit_schemes_quota_goals"));
	EXPECT_EQ(last_error(),
		  "contexts/0/schemes/0/quotas/goals/0/path: no such memory cgroup '/gone'\n");
	EXPECT_EQ(memcg.users, 1);
	EXPECT_ERROR(EINVAL, command("commit"));
	EXPECT_EQ(last_error(),
		  "contexts/0/schemes/0/quotas/goals/0/path: no such memory cgroup '/gone'\n");
	// More or fewer than there are schemes.
	write(c + "/schemes/nr_schemes", "3");
	EXPECT_OK(command("commit_schemes_quota_goals"));
	EXPECT_EQ(memcg.users, 0);
	write(c + "/schemes/nr_schemes", "0");
	EXPECT_OK(command("commit_schemes_quota_goals"));
}
