// SPDX-License-Identifier: GPL-2.0
// For tests of `state`: a kdamond over a fake process, and its user; time moves by hand.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "sysfs/tree.hpp"
#include "tests/host/host.hpp"
#include "tests/unit/fakes.hpp"
#include "tests/unit/sysfs_tools.hpp"

namespace damon::test {

// Its only scheme.
inline const std::string s = c + "/schemes/0";
constexpr int pid = 77;
constexpr uint64_t aggr_us = 20000;

inline Result<> command(std::string_view text)
{
	return write_file(k + "/0/state", text);
}

inline std::string last_error()
{
	return read(k + "/0/last_error");
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

inline bool has_scheme_regions()
{
	return exists(s + "/tried_regions/0");
}

} // namespace damon::test
