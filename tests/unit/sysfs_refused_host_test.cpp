// SPDX-License-Identifier: GPL-2.0
// What last_error says of a write that was refused: which file, what was written, and why.
#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "sysfs/last_error.hpp"
#include "sysfs/tree.hpp"
#include "tests/host/host.hpp"
#include "tests/host/sysfs_host.hpp"
#include "tests/unit/sysfs_reference.hpp"
#include "tests/unit/sysfs_tools.hpp"
#include "tests/unit/sysfs_tree_tools.hpp"
#include "tests/unit/test.hpp"

using namespace damon;
using namespace damon::test;

namespace {

const std::string last = k + "/0/last_error";

// One wrong text for a kind of file, its errno, and what is said of it.
struct Refusal {
	int number;
	std::string text;
	std::string sentence;
};

const std::string operations = "'x' is none of vaddr, fvaddr, paddr";
const std::string too_long(4095, 'p');

const std::map<Kind, std::vector<Refusal>> refusals = {
	{Kind::ulong,
	 {{EINVAL, "foo", "'foo' is not a whole number"},
	  {EINVAL, "1.5\n", "'1.5' is not a whole number"},
	  {EINVAL, "\n", "'' is not a whole number"},
	  {EINVAL, "-", "'-' is not a whole number"},
	  {EINVAL, "-0", "'-0' is not a whole number"},
	  {EINVAL, "-5\n", "'-5' is less than 0"},
	  {EINVAL, "-18446744073709551616", "'-18446744073709551616' is less than 0"},
	  {ERANGE, "18446744073709551616\n",
	   "'18446744073709551616' is more than 18446744073709551615"}}},
	{Kind::quota_ulong,
	 {{EINVAL, "foo", "'foo' is not a whole number"},
	  {EINVAL, "18446744073709551616",
	   "'18446744073709551616' is more than 18446744073709551615"}}},
	{Kind::uint,
	 {{EINVAL, "foo", "'foo' is not a whole number"},
	  {ERANGE, "0x100000000", "'0x100000000' is more than 4294967295"}}},
	{Kind::quota_uint, {{EINVAL, "4294967296", "'4294967296' is more than 4294967295"}}},
	{Kind::integer,
	 {{EINVAL, "--1", "'--1' is not a whole number"},
	  {ERANGE, "2147483648", "'2147483648' is more than 2147483647"},
	  {ERANGE, "-2147483649", "'-2147483649' is less than -2147483648"}}},
	{Kind::pid,
	 {{EINVAL, "init", "'init' is not a whole number"},
	  {EINVAL, "2147483648", "'2147483648' is more than 2147483647"}}},
	{Kind::unit,
	 {{EINVAL, "0", "'0' is not more than 0"},
	  {EINVAL, "0x00\n", "'0x00' is not more than 0"},
	  {ERANGE, "18446744073709551616",
	   "'18446744073709551616' is more than 18446744073709551615"}}},
	{Kind::number,
	 {{EINVAL, "one", "'one' is not a whole number"},
	  {EINVAL, "-1", "'-1' is less than 0"},
	  {ERANGE, "2147483648", "'2147483648' is more than 2147483647"}}},
	{Kind::boolean, {{EINVAL, "x", "'x' is neither Y nor N"}}},
	{Kind::operations, {{EINVAL, "x\n", operations}}},
	{Kind::action,
	 {{EINVAL, "fooo\n",
	   "'fooo' is none of willneed, cold, pageout, hugepage, nohugepage, collapse, lru_prio, "
	   "lru_deprio, migrate_hot, migrate_cold, stat"}}},
	{Kind::filter,
	 {{EINVAL, "x",
	   "'x' is none of anon, active, memcg, young, hugepage_size, unmapped, addr, target"}}},
	{Kind::core_filter,
	 {{EINVAL, "x", "'x' is none of addr, target"},
	  {EINVAL, "anon\n", "'anon' is none of addr, target"}}},
	{Kind::ops_filter,
	 {{EINVAL, "addr",
	   "'addr' is none of anon, active, memcg, young, hugepage_size, unmapped"}}},
	{Kind::probe_filter, {{EINVAL, "addr", "'addr' is none of anon, memcg"}}},
	{Kind::metric,
	 {{EINVAL, "x",
	   "'x' is none of user_input, some_mem_psi_us, node_mem_used_bp, node_mem_free_bp, "
	   "node_memcg_used_bp, node_memcg_free_bp, active_mem_bp, inactive_mem_bp, "
	   "node_eligible_mem_bp"}}},
	{Kind::tuner, {{EINVAL, "x", "'x' is none of consist, temporal"}}},
	{Kind::watermark, {{EINVAL, "x", "'x' is none of none, free_mem_rate"}}},
	{Kind::path,
	 {{ENAMETOOLONG, too_long,
	   "'" + std::string(40, 'p') + "...' is longer than a path can be"}}},
};

// The sentence about 0/PATH.
std::string told(const std::string &path, const std::string &why)
{
	return path.substr(path.find('/') + 1) + ": " + why + '\n';
}

} // namespace

TEST(SysfsRefused, EveryFileTellsWhatIsWrongWithEveryKindOfText)
{
	auto tree = make_tree();
	std::size_t nr_files = 0;

	ASSERT_TRUE(tree);
	populate();
	for (const Expected &file : expected) {
		const std::string path = file.path;

		// It has no kdamond, or tells more than we ask for here.
		if (file.mode != 0600 || path == "nr_kdamonds" || file.kind == Kind::none)
			continue;
		ASSERT_TRUE(refusals.contains(file.kind)) << path;
		for (const Refusal &refusal : refusals.at(file.kind)) {
			const std::string whole = std::string(k).append("/").append(path);
			const std::string before = read(whole);

			EXPECT_ERROR(refusal.number, write_file(whole, refusal.text))
				<< path << ": " << refusal.text;
			EXPECT_EQ(read(last), told(path, refusal.sentence));
			EXPECT_EQ(read(whole), before);
		}
		nr_files++;
	}
	EXPECT_GT(nr_files, 80u);
}

TEST(SysfsRefused, ANumberOfDirectoriesIsToldItsBound)
{
	const std::map<std::string, std::string> bounds = {
		{"0/contexts/nr_contexts", "1"},
		{"0/contexts/0/monitoring_attrs/probes/nr_probes", std::to_string(max_nr_probes)},
		{"0/contexts/0/monitoring_attrs/probes/0/filters/nr_filters", "1024"},
		{"0/contexts/0/targets/nr_targets", "4096"},
		{"0/contexts/0/targets/0/regions/nr_regions", "65536"},
		{"0/contexts/0/schemes/nr_schemes", "1024"},
		{"0/contexts/0/schemes/0/quotas/goals/nr_goals", "1024"},
		{"0/contexts/0/schemes/0/core_filters/nr_filters", "1024"},
		{"0/contexts/0/schemes/0/ops_filters/nr_filters", "1024"},
		{"0/contexts/0/schemes/0/filters/nr_filters", "1024"},
		{"0/contexts/0/schemes/0/dests/nr_dests", "1024"},
	};
	auto tree = make_tree();

	ASSERT_TRUE(tree);
	populate();
	for (const std::string &path : creators) {
		if (path == k + "/nr_kdamonds")
			continue;
		const std::string below = path.substr(k.size() + 1);
		const bool einval = below.ends_with("nr_contexts") || below.ends_with("nr_probes");

		ASSERT_TRUE(bounds.contains(below)) << below;
		EXPECT_ERROR(einval ? EINVAL : ENOMEM, write_file(path, "2147483647\n"));
		EXPECT_EQ(read(last), told(below, "'2147483647' is more than " + bounds.at(below)));
		EXPECT_EQ(read(path), "1\n");
	}
}

TEST(SysfsRefused, ThePathIsThatOfTheFileAndTheKdamondIsItsOwn)
{
	auto tree = make_tree();
	const std::string goals = k + "/2/contexts/0/schemes/1023/quotas/goals/";

	ASSERT_TRUE(tree);
	write(k + "/nr_kdamonds", "3");
	write(k + "/2/contexts/nr_contexts", "1");
	write(k + "/2/contexts/0/schemes/nr_schemes", "1024");
	write(goals + "nr_goals", "1024");
	EXPECT_ERROR(EINVAL, write_file(k + "/2/refresh_ms", "1s"));
	EXPECT_EQ(read(k + "/2/last_error"), "refresh_ms: '1s' is not a whole number\n");
	// The longest of all, and nothing of it is left out.
	EXPECT_ERROR(EINVAL, write_file(goals + "1023/target_metric", std::string(4096, '\xff')));
	EXPECT_EQ(read(k + "/2/last_error"),
		  "contexts/0/schemes/1023/quotas/goals/1023/target_metric: '" +
			  std::string(40, '?') +
			  "...' is none of user_input, some_mem_psi_us, node_mem_used_bp, "
			  "node_mem_free_bp, node_memcg_used_bp, node_memcg_free_bp, "
			  "active_mem_bp, inactive_mem_bp, node_eligible_mem_bp\n");
	for (const char *other : {"/0", "/1"})
		EXPECT_EQ(read(k + other + "/last_error"), "\n");
}

TEST(SysfsRefused, WithoutAKdamondThereIsOnlyTheErrno)
{
	auto tree = make_tree();

	ASSERT_TRUE(tree);
	populate();
	EXPECT_ERROR(EINVAL, write_file(k + "/nr_kdamonds", "foo"));
	EXPECT_ERROR(EINVAL, write_file(k + "/nr_kdamonds", "-1"));
	EXPECT_ERROR(ENOMEM, write_file(k + "/nr_kdamonds", "1025"));
	EXPECT_EQ(read(last), "\n");
}

TEST(SysfsRefused, WhatWasWrittenIsQuotedOnOneShortLine)
{
	using namespace std::string_view_literals;

	const struct {
		std::string_view text;
		std::string quoted;
	} cases[] = {
		{"a\nb\n", "'a?b'"}, {"a\n\n", "'a?'"},	 {"\x1b[2J\r\t\x7f\x80z", "'?[2J????z'"},
		{"a\0b"sv, "'a'"}, // as all who read it see it
		{"\0"sv, "''"},	     {"%s%n", "'%s%n'"}, {"it's", "'it's'"},
	};
	const std::string file = "contexts/0/operations: ";
	auto tree = make_tree();

	ASSERT_TRUE(tree);
	populate();
	for (const auto &test : cases) {
		EXPECT_ERROR(EINVAL, write_file(c + "/operations", test.text));
		EXPECT_EQ(read(last), file + test.quoted + " is none of vaddr, fvaddr, paddr\n");
	}
	for (std::size_t length : {39, 40, 41, 4095, 4096, 5000}) {
		const std::string text(length, 'y');
		const std::string end = length > 40 ? "...'" : "'";
		std::string sentence = file;

		sentence.append("'").append(std::min<std::size_t>(length, 40), 'y').append(end);
		EXPECT_ERROR(EINVAL, write_file(c + "/operations", text));
		EXPECT_EQ(read(last), sentence + " is none of vaddr, fvaddr, paddr\n");
	}
}

TEST(SysfsRefused, ABusyInterfaceIsToldAndHindersNobodyFromBeingToldMore)
{
	auto tree = make_tree();

	ASSERT_TRUE(tree);
	populate();
	write(c + "/schemes/0/filters/0/memcg_path", "/a");
	for (const char *file :
	     {"/contexts/nr_contexts", "/contexts/0/schemes/nr_schemes",
	      "/contexts/0/schemes/0/filters/0/memcg_path", "/contexts/0/schemes/text"}) {
		{
			const sysfs::InterfaceLock lock;

			ASSERT_OK(lock.held());
			EXPECT_ERROR(EBUSY, write_file(k + "/0" + file, "0"));
			EXPECT_ERROR(EBUSY, read_file(last));
		}
		EXPECT_EQ(read(last),
			  std::string(file).substr(1) + ": another command is being served\n");
	}
	EXPECT_EQ(read(c + "/schemes/0/filters/0/memcg_path"), "/a\n");
	{
		const sysfs::InterfaceLock lock;

		ASSERT_OK(lock.held());
		EXPECT_ERROR(EINVAL, write_file(c + "/schemes/0/action", "nonsense"));
		EXPECT_ERROR(ERANGE, write_file(k + "/0/refresh_ms", "4294967296"));
	}
	EXPECT_EQ(read(last), "refresh_ms: '4294967296' is more than 4294967295\n");
}

TEST(SysfsRefused, ALackOfMemoryIsToldAndNeedsNone)
{
	auto tree = make_tree();

	ASSERT_TRUE(tree);
	populate();
	for (const std::string &path :
	     {c + "/schemes/nr_schemes", c + "/targets/nr_targets", c + "/schemes/0/dests/nr_dests",
	      c + "/schemes/0/filters/0/memcg_path"}) {
		unsigned int refused = 0;

		with_each_allocation_refused(
			[&] { return write_file(path, "5"); },
			[&](const Error &error) {
				EXPECT_EQ(error.number, ENOMEM);
				EXPECT_EQ(read(last),
					  told(path.substr(k.size() + 1), "out of memory"));
				write(k + "/0/state", "clear_schemes_tried_regions");
				refused++;
			});
		EXPECT_GT(refused, 0u) << path;
		populate();
	}
	const FailAllocation failing(0, Refuse::all);

	EXPECT_ERROR(EINVAL, write_file(c + "/schemes/0/action", "fooo"));
	EXPECT_ERROR(ERANGE, write_file(k + "/0/refresh_ms", "4294967296"));
	EXPECT_FALSE(failing.hit());
}

TEST(SysfsRefused, TheRestOfALongTextIsToldToo)
{
	auto tree = make_tree();

	ASSERT_TRUE(tree);
	populate();
	EXPECT_OK(write_file(c + "/schemes/text", "stat\n"));
	EXPECT_ERROR(EINVAL, write_rest(c + "/schemes/text"));
	EXPECT_EQ(read(last), "contexts/0/schemes/text: all of it has to be in one write(2)\n");
	EXPECT_EQ(read(c + "/schemes/nr_schemes"), "1\n");
}

TEST(SysfsRefused, ItStaysUntilACommandOrAnotherRefusal)
{
	auto tree = make_tree();

	ASSERT_TRUE(tree);
	populate();
	EXPECT_ERROR(EINVAL, write_file(c + "/schemes/0/action", "fooo"));
	const std::string before = read(last);
	EXPECT_NE(before, "\n");
	write(c + "/schemes/0/action", "pageout");
	write(c + "/targets/nr_targets", "2");
	EXPECT_EQ(read(last), before);
	write(k + "/0/state", "clear_schemes_tried_regions");
	EXPECT_EQ(read(last), "\n");
	EXPECT_ERROR(EINVAL, write_file(c + "/pause", "maybe"));
	EXPECT_ERROR(EINVAL, write_file(k + "/0/state", "off"));
	EXPECT_EQ(read(last), "state: the kdamond was never on\n");
	EXPECT_ERROR(EINVAL, write_file(c + "/pause", "maybe"));
	EXPECT_EQ(read(last), "contexts/0/pause: 'maybe' is neither Y nor N\n");
	write(k + "/nr_kdamonds", "1");
	EXPECT_EQ(read(last), "\n");
}

TEST(SysfsRefused, AReaderSeesOneSentenceAmongManyWriters)
{
	sysfs::SharedLastError error;
	std::vector<std::thread> writers;
	const std::string sentences[] = {"a: " + std::string(300, 'a'),
					 "b: " + std::string(30, 'b'), "c: " + std::string(3, 'c')};

	for (const std::string &sentence : sentences)
		writers.emplace_back([&] {
			for (int i = 0; i < 2000; i++)
				error.set(sentence.substr(0, 1), sentence.substr(3));
		});
	for (int i = 0; i < 2000; i++) {
		char buffer[512];
		sysfs::Printer out(buffer, sizeof(buffer));

		error.print(out);
		const std::string_view read(buffer, out.length());
		EXPECT_TRUE(read.empty() || read == sentences[0] || read == sentences[1] ||
			    read == sentences[2])
			<< read;
	}
	for (std::thread &writer : writers)
		writer.join();
}
