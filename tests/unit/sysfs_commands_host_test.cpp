// SPDX-License-Identifier: GPL-2.0
// `state` and what its commands do, with fake processes and time that moves by hand.
#include <algorithm>
#include <string>
#include <vector>

#include "core/address_space.hpp"
#include "sysfs/snapshot.hpp"
#include "sysfs/tree.hpp"
#include "tests/host/host.hpp"
#include "tests/host/sysfs_host.hpp"
#include "tests/unit/fake_memcg.hpp"
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

std::string last_error()
{
	return read(k + "/0/last_error");
}

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
