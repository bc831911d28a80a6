// SPDX-License-Identifier: GPL-2.0
// Contexts in tests: over FakeProcess, stepped by hand.
#pragma once

#include <initializer_list>

#include "core/memory.hpp"
#include "schemes/context.hpp"
#include "tests/unit/regions.hpp"

namespace damon::test {

constexpr AccessPattern any_access = {
	.size = {0, UINT64_MAX}, .nr_accesses = {0, UINT32_MAX}, .age = {0, UINT32_MAX}};

// Memory that nothing may split: regions of one page, holes between.
constexpr std::initializer_list<Range> three_pages = {
	{1 * page, 2 * page}, {3 * page, 4 * page}, {5 * page, 6 * page}};

// A process that has it; the middle page is hot.
class World {
      public:
	World() : process(1)
	{
		register_fake({});
		for (const Range &range : three_pages)
			process.map(range);
		process.log.set_hot(page_range(3, 4));
	}
	~World()
	{
		EXPECT_EQ(nr_threads(), 0u);
		EXPECT_EQ(process.calls.opens, process.calls.closes);
		EXPECT_EQ(process.calls.violations, 0u);
	}

	FakeProcess process;
};

// Four samples an aggregation, so that examples stay short.
constexpr uint64_t sample_us = 5000;
constexpr uint64_t aggr_us = 20000;

class ConfigBuilder {
      public:
	explicit ConfigBuilder(OperationsId operations = OperationsId::fvaddr)
	{
		config_.operations = operations;
		config_.attributes.sample_us = sample_us;
		config_.attributes.aggr_us = aggr_us;
		config_.attributes.min_nr_regions = 3;
		config_.attributes.max_nr_regions = 100;
	}
	ConfigBuilder &regions(uint64_t min, uint64_t max)
	{
		config_.attributes.min_nr_regions = min;
		config_.attributes.max_nr_regions = max;
		return *this;
	}
	ConfigBuilder &intervals(uint64_t sample, uint64_t aggr, uint64_t update = 60000000)
	{
		config_.attributes.sample_us = sample;
		config_.attributes.aggr_us = aggr;
		config_.attributes.update_us = update;
		return *this;
	}
	ConfigBuilder &target(int pid, std::initializer_list<Range> ranges = {})
	{
		TargetConfig target;

		target.pid = pid;
		for (const Range &range : ranges)
			must(target.regions.push(range));
		must(config_.targets.push(std::move(target)));
		return *this;
	}
	// Removes the target of this index.
	ConfigBuilder &obsolete_target()
	{
		TargetConfig target;

		target.obsolete = true;
		must(config_.targets.push(std::move(target)));
		return *this;
	}
	ConfigBuilder &pause()
	{
		config_.pause = true;
		return *this;
	}
	ConfigBuilder &addr_unit(uint64_t bytes)
	{
		config_.addr_unit = bytes;
		return *this;
	}
	// The filters of the last one follow with probe_filter().
	ConfigBuilder &probe(uint32_t weight = 0)
	{
		ProbeConfig probe;

		probe.weight = weight;
		must(config_.probes.push(std::move(probe)));
		return *this;
	}
	ConfigBuilder &probe_filter(ProbeFilterType type, bool matching, bool allow,
				    std::string_view path = {})
	{
		ProbeFilterConfig filter;
		Result<String> text = String::of(path);

		CHECK(text);
		filter.type = type;
		filter.matching = matching;
		filter.allow = allow;
		filter.path = std::move(*text);
		must(config_.probes[config_.probes.size() - 1].filters.push(std::move(filter)));
		return *this;
	}
	ConfigBuilder &goal(const IntervalsGoal &goal)
	{
		config_.attributes.goal = goal;
		return *this;
	}
	ConfigBuilder &scheme(Action action, const AccessPattern &pattern = any_access,
			      uint64_t apply_interval_us = 0, uint64_t max_nr_snapshots = 0)
	{
		SchemeConfig scheme;

		scheme.action = action;
		scheme.pattern = pattern;
		scheme.apply_interval_us = apply_interval_us;
		scheme.max_nr_snapshots = max_nr_snapshots;
		must(config_.schemes.push(std::move(scheme)));
		return *this;
	}
	// Changes the scheme that was added last.
	template <class Function> ConfigBuilder &with(Function change)
	{
		change(config_.schemes[config_.schemes.size() - 1]);
		return *this;
	}
	operator const ContextConfig &() const
	{
		return config_;
	}

      private:
	ContextConfig config_;
};

// A context and its time.
class RunningContext : public Heap {
      public:
	explicit RunningContext(const ContextConfig &config)
	{
		must(context.configure(config));
		next = context.step();
	}
	// Takes @n steps when they are due.  False: the context ended.
	bool tick(unsigned int n = 1)
	{
		for (; n > 0 && next; n--) {
			set_time_us(next / 1000);
			next = context.step();
		}
		return next != 0;
	}
	Result<> commit(const ContextConfig &config)
	{
		struct Staged : Heap {
			Context context;
		};
		Owned<Staged> staged = TRY(make<Staged>());

		TRY(staged->context.configure(config));
		return context.commit(std::move(staged->context));
	}
	const SchemeStats &stats(std::size_t scheme = 0) const
	{
		return context.schemes()[scheme].stats;
	}

	Context context;
	uint64_t next = 0;
};

// They are too large for a kernel stack.
inline Owned<RunningContext> run(const ContextConfig &config)
{
	auto *made = new RunningContext(config);

	CHECK(made);
	return Owned<RunningContext>(made);
}

inline uint32_t sum_of_last_accesses(const RegionSet &set)
{
	uint32_t sum = 0;

	for (const Region &region : set.all())
		sum += region.last_nr_accesses;
	return sum;
}

} // namespace damon::test
