// SPDX-License-Identifier: GPL-2.0
// For tests of rounds: a monitor whose counters they set, and what schemes are often made of.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <utility>

#include "core/adjust.hpp"
#include "schemes/engine.hpp"
#include "schemes/round.hpp"
#include "tests/unit/context_tools.hpp"

namespace damon::test {

// A monitor whose counters the test sets, and schemes that are applied when it says so.
class Rig : public Heap {
      public:
	explicit Rig(const ContextConfig &config, std::size_t spare = 100)
	{
		must(monitor.configure(config));
		must(engine.configure(config.schemes, monitor.operations()));
		must(monitor.regions().reserve(monitor.regions().capacity() + spare));
		engine.restart(monitor.clock());
	}

	// Lets an aggregation interval pass.  Aggregation is due, so the counters are those that the
	// regions have.
	void round(const Walk &walk = {})
	{
		advance_us(aggr_us);
		for (uint64_t i = 0; i < aggr_us / sample_us; i++)
			monitor.clock().tick();
		engine.apply({.targets = monitor.targets(),
			      .set = monitor.regions(),
			      .clock = monitor.clock(),
			      .attributes = monitor.attributes(),
			      .min_region_size = page},
			     walk);
	}
	const SchemeStats &stats(std::size_t scheme = 0) const
	{
		return engine.schemes()[scheme].stats;
	}
	RegionSet &set()
	{
		return monitor.regions();
	}

	Monitor monitor;
	SchemeEngine engine;
};

inline Owned<Rig> rig(const ContextConfig &config, std::size_t spare = 100)
{
	auto *made = new Rig(config, spare);

	CHECK(made);
	return Owned<Rig>(made);
}

// Targets that are FakeProcess 1, 2, ...; regions of at most half of the whole are within the size
// limit.
struct Memory {
	Memory()
	{
		register_fake({});
	}
	~Memory()
	{
		EXPECT_EQ(process.calls.violations, 0u);
		EXPECT_EQ(second.calls.violations, 0u);
	}
	FakeProcess process{1};
	FakeProcess second{2};
};

inline ConfigBuilder one_target(std::initializer_list<Range> ranges)
{
	ConfigBuilder config;

	config.target(1, ranges);
	return config;
}

// Once a round.
inline void set_quota(SchemeConfig &scheme, uint64_t bytes)
{
	scheme.quota.bytes = bytes;
}

inline void add_filter(SchemeConfig &scheme, Range range, bool allow)
{
	FilterConfig filter;

	filter.type = FilterType::addr;
	filter.matching = true;
	filter.allow = allow;
	filter.addresses = range;
	must(scheme.filters.push(std::move(filter)));
}

inline void add_young_filter(SchemeConfig &scheme)
{
	FilterConfig filter;

	filter.type = FilterType::young;
	must(scheme.filters.push(std::move(filter)));
}

inline void expect_applied(FakeProcess &process, std::initializer_list<Range> ranges)
{
	ASSERT_EQ(process.applied.size(), ranges.size());
	for (std::size_t i = 0; i < ranges.size(); i++) {
		EXPECT_EQ(process.applied[i].range.start / page, ranges.begin()[i].start / page)
			<< "region " << i;
		EXPECT_EQ(process.applied[i].range.end / page, ranges.begin()[i].end / page)
			<< "region " << i;
	}
	process.applied.clear();
}

inline void set_ages(RegionSet &set, std::initializer_list<uint32_t> ages)
{
	ASSERT_EQ(set.size(), ages.size());
	for (std::size_t i = 0; i < ages.size(); i++)
		set.all()[i].age = ages.begin()[i];
}

} // namespace damon::test
