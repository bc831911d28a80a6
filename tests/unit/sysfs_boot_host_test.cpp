// SPDX-License-Identifier: GPL-2.0
// What module parameters start, or why they do not.
#include <string>

#include "core/address_space.hpp"
#include "sysfs/boot.hpp"
#include "sysfs/tree.hpp"
#include "tests/host/host.hpp"
#include "tests/unit/fake_pmem.hpp"
#include "tests/unit/fakes.hpp"
#include "tests/unit/sysfs_tools.hpp"

using namespace damon;
using namespace damon::test;

namespace {

// As the port has them, less those that are not given.
struct Given {
	const char *ops = nullptr;
	const char *pid = nullptr;
	const char *ranges = nullptr;
	const char *sample = nullptr;
	const char *aggr = nullptr;
	const char *update = nullptr;
	const char *regions = nullptr;
	const char *refresh = nullptr;
	const char *schemes = nullptr;

	operator damon_boot_parameters() const
	{
		return {ops, pid, ranges, sample, aggr, update, regions, refresh, schemes};
	}
};

void register_all()
{
	register_fake({.id = OperationsId::vaddr, .finds_ranges = true});
	register_fake({.id = OperationsId::fvaddr});
	register_fake({.id = OperationsId::paddr, .targets_end = false, .single_target = true});
}

// What the module does at load.
Result<Owned<sysfs::Tree>> load(const Given &parameters, sysfs::LastError &why)
{
	register_all();
	const Owned<sysfs::Boot> boot = TRY(sysfs::parse_boot(parameters, why));

	return sysfs::Tree::create(boot.get());
}

Owned<sysfs::Tree> loaded(const Given &parameters)
{
	sysfs::LastError why;
	auto tree = load(parameters, why);

	EXPECT_OK(tree) << why.text();
	return tree ? std::move(*tree) : nullptr;
}

// The sentence; a successful load has none.
std::string refusal(const Given &parameters)
{
	sysfs::LastError why;
	auto tree = load(parameters, why);

	EXPECT_ERROR(EINVAL, tree);
	if (!tree && why.text().empty())
		why.set(std::unexpected(tree.error()));
	EXPECT_EQ(nr_threads(), 0u);
	EXPECT_FALSE(exists("damon"));
	return std::string(why.text());
}

} // namespace

TEST(SysfsBoot, NothingIsStartedUnasked)
{
	auto tree = loaded({});

	EXPECT_EQ(read(k + "/nr_kdamonds"), "0\n");
	EXPECT_EQ(nr_threads(), 0u);
}

TEST(SysfsBoot, AllMemoryByDefault)
{
	FakeProcess memory(physical_memory);
	auto tree = loaded({.ops = "paddr"});

	EXPECT_EQ(read(k + "/nr_kdamonds"), "1\n");
	EXPECT_EQ(read(k + "/0/state"), "on\n");
	EXPECT_EQ(read(k + "/0/refresh_ms"), "0\n");
	EXPECT_EQ(read(c + "/operations"), "paddr\n");
	EXPECT_EQ(read(c + "/targets/nr_targets"), "1\n");
	EXPECT_EQ(read(c + "/targets/0/regions/nr_regions"), "1\n");
	EXPECT_EQ(read(c + "/targets/0/regions/0/start"), std::to_string(system_ram.start) + "\n");
	EXPECT_EQ(read(c + "/targets/0/regions/0/end"), std::to_string(system_ram.end) + "\n");
	EXPECT_EQ(read(c + "/schemes/nr_schemes"), "0\n");
	EXPECT_EQ(read(c + "/monitoring_attrs/intervals/sample_us"), "5000\n");
	EXPECT_EQ(nr_threads(), 1u);
	// It goes on as if a person had turned it on.
	EXPECT_OK(write_file(k + "/0/state", "commit"));
	EXPECT_OK(write_file(k + "/0/state", "off"));
	EXPECT_EQ(nr_threads(), 0u);
}

TEST(SysfsBoot, EveryParameterIsStaged)
{
	FakeProcess memory(physical_memory);
	auto tree =
		loaded({.ops = "paddr",
			.ranges = "0x10000..1M, 4G..1T",
			.sample = "10ms",
			.aggr = "0.2s",
			.update = "2min",
			.regions = "20..300",
			.refresh = "5s",
			.schemes = "pageout accesses 0% age 2min.. quota 10ms/1s; stat size 2M.."});

	EXPECT_EQ(read(c + "/targets/0/regions/nr_regions"), "2\n");
	EXPECT_EQ(read(c + "/targets/0/regions/0/start"), "65536\n");
	EXPECT_EQ(read(c + "/targets/0/regions/0/end"), "1048576\n");
	EXPECT_EQ(read(c + "/targets/0/regions/1/end"), "1099511627776\n");
	EXPECT_EQ(read(c + "/monitoring_attrs/intervals/sample_us"), "10000\n");
	EXPECT_EQ(read(c + "/monitoring_attrs/intervals/aggr_us"), "200000\n");
	EXPECT_EQ(read(c + "/monitoring_attrs/intervals/update_us"), "120000000\n");
	EXPECT_EQ(read(c + "/monitoring_attrs/nr_regions/min"), "20\n");
	EXPECT_EQ(read(c + "/monitoring_attrs/nr_regions/max"), "300\n");
	EXPECT_EQ(read(k + "/0/refresh_ms"), "5000\n");
	EXPECT_EQ(read(c + "/schemes/nr_schemes"), "2\n");
	// In intervals of this kdamond, not of the default.
	EXPECT_EQ(read(c + "/schemes/0/access_pattern/age/min"), "600\n");
	EXPECT_EQ(read(c + "/schemes/0/quotas/ms"), "10\n");
	EXPECT_EQ(read(c + "/schemes/1/action"), "stat\n");
	EXPECT_EQ(read(k + "/0/state"), "on\n");
	EXPECT_EQ(read(k + "/0/last_error"), "\n");
}

TEST(SysfsBoot, HalfRangesOfRegions)
{
	FakeProcess memory(physical_memory);

	{
		auto tree = loaded({.ops = "paddr", .regions = "20.."});

		EXPECT_EQ(read(c + "/monitoring_attrs/nr_regions/min"), "20\n");
		EXPECT_EQ(read(c + "/monitoring_attrs/nr_regions/max"), "1000\n");
	}
	{
		auto tree = loaded({.ops = "paddr", .regions = "..200"});

		EXPECT_EQ(read(c + "/monitoring_attrs/nr_regions/min"), "10\n");
		EXPECT_EQ(read(c + "/monitoring_attrs/nr_regions/max"), "200\n");
	}
	auto tree = loaded({.ops = "paddr", .regions = "50"});

	EXPECT_EQ(read(c + "/monitoring_attrs/nr_regions/min"), "50\n");
	EXPECT_EQ(read(c + "/monitoring_attrs/nr_regions/max"), "50\n");
}

TEST(SysfsBoot, AProcess)
{
	FakeProcess process(77);

	process.map({0, 100 * page});
	{
		auto tree = loaded({.ops = "vaddr", .pid = "77"});

		EXPECT_EQ(read(c + "/targets/0/pid_target"), "77\n");
		EXPECT_EQ(read(k + "/0/state"), "on\n");
	}
	auto tree = loaded({.ops = "fvaddr", .pid = "77", .ranges = "16K..32K"});

	EXPECT_EQ(read(c + "/targets/0/regions/0/start"), "16384\n");
	EXPECT_EQ(read(k + "/0/state"), "on\n");
}

TEST(SysfsBoot, RefusalsNameParameterAndColumn)
{
	EXPECT_EQ(refusal({.sample = "5ms"}),
		  "ops: is needed with any of the others: vaddr, fvaddr or paddr");
	EXPECT_EQ(refusal({.ops = "padr"}),
		  "ops: column 1: 'padr': expected vaddr, fvaddr or paddr");
	EXPECT_EQ(refusal({.ops = "paddr x"}), "ops: column 7: 'x': expected nothing more");
	EXPECT_EQ(refusal({.ops = ""}),
		  "ops: column 1: it ends here: expected vaddr, fvaddr or paddr");
	EXPECT_EQ(refusal({.ops = "paddr", .pid = "1"}), "pid: paddr takes none");
	EXPECT_EQ(refusal({.ops = "vaddr"}), "pid: is needed for vaddr and fvaddr");
	EXPECT_EQ(refusal({.ops = "vaddr", .pid = "init"}),
		  "pid: column 1: 'init': expected a number");
	EXPECT_EQ(refusal({.ops = "vaddr", .pid = "2147483648"}),
		  "pid: column 1: '2147483648': the number is too large");
	EXPECT_EQ(refusal({.ops = "vaddr", .pid = "1", .ranges = "0..1M"}),
		  "ranges: vaddr finds them itself, fvaddr takes them");
	EXPECT_EQ(refusal({.ops = "fvaddr", .pid = "1"}), "ranges: are needed for fvaddr");
	EXPECT_EQ(refusal({.ops = "paddr", .ranges = "4G"}),
		  "ranges: column 3: it ends here: expected a range such as 4G..8G");
	EXPECT_EQ(refusal({.ops = "paddr", .ranges = "1G..2G,8G..4G"}),
		  "ranges: column 8: '8G': the range ends before it begins");
	EXPECT_EQ(refusal({.ops = "paddr", .ranges = "1G..2X"}),
		  "ranges: column 5: '2X': expected a size such as 4K");
	EXPECT_EQ(refusal({.ops = "paddr", .sample = "5"}),
		  "sample: column 1: '5': expected a time such as 5s");
	EXPECT_EQ(refusal({.ops = "paddr", .refresh = "500us"}),
		  "refresh: column 1: '500us': not a whole number");
	EXPECT_EQ(refusal({.ops = "paddr", .refresh = "50d"}),
		  "refresh: column 1: '50d': the number is too large");
	EXPECT_EQ(refusal({.ops = "paddr", .regions = "10..1000 5"}),
		  "regions: column 10: '5': expected nothing more");
	EXPECT_EQ(refusal({.ops = "paddr", .schemes = "pageout accesses 0% qota 1M"}),
		  "schemes: line 1, column 21: 'qota': unknown word, did you mean 'quota'?");
	EXPECT_EQ(refusal({.ops = "paddr", .schemes = "stat size 99999999999999999999"}),
		  "schemes: line 1, column 11: '99999999999999999999': the number is too large");
}

// What only the kdamond can judge.
TEST(SysfsBoot, WhatCannotRunIsNotLoaded)
{
	FakeProcess memory(physical_memory);

	EXPECT_EQ(refusal({.ops = "vaddr", .pid = "78"}),
		  "contexts/0/targets/0/pid_target: no such process");
	EXPECT_NE(refusal({.ops = "paddr", .ranges = "8G..9G,1G..2G"}).find("regions"),
		  std::string::npos);
	EXPECT_NE(refusal({.ops = "paddr", .regions = "..2"}).find("nr_regions"),
		  std::string::npos);
}

TEST(SysfsBoot, WithoutMemoryNothingIsLeft)
{
	FakeProcess memory(physical_memory);
	const uint64_t before = live_allocations();
	unsigned int refused = 0;

	with_each_allocation_refused(
		[&] {
			sysfs::LastError why;

			return load({.ops = "paddr",
				     .ranges = "4K..1M,2M..3M",
				     .schemes = "stat filter reject memcg /a; stat"},
				    why);
		},
		[&](const Error &error) {
			EXPECT_EQ(error.number, ENOMEM);
			EXPECT_EQ(live_allocations(), before);
			EXPECT_FALSE(exists("damon"));
			refused++;
		});
	EXPECT_GT(refused, 20u);
}
