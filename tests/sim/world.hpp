// SPDX-License-Identifier: GPL-2.0
// Memory whose hot parts are known, with an ideal accessed bit: what accuracy is measured on without
// a kernel.  The scenarios are those of tools/accuracy.sh.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <span>
#include <vector>

#include "core/monitor.hpp"

namespace damon::sim {

constexpr uint64_t KiB = 1024, MiB = 1024 * KiB, GiB = 1024 * MiB;
constexpr uint64_t base = 64 * GiB;

struct World {
	uint64_t size = 0;
	std::vector<Range> hot = {}; // sorted
	Range warm = {};	     // accessed in one of eight samples, which is not hot
	uint64_t samples = 0;

	bool is_accessed(uint64_t address)
	{
		if (warm.start <= address && address < warm.end)
			return std::rand() % 8 == 0;
		auto next =
			std::upper_bound(hot.begin(), hot.end(), address,
					 [](uint64_t a, const Range &r) { return a < r.start; });
		return next != hot.begin() && address < std::prev(next)->end;
	}
};

struct WorldSpace final : AddressSpace, Heap {
	explicit WorldSpace(World &w) : world(w) {}

	void destroy() override
	{
		delete this;
	}
	bool valid() override
	{
		return true;
	}
	Result<> find_ranges(Vec<Range> &ranges) override
	{
		return ranges.push(Range{base, base + world.size});
	}
	bool begin_pass() override
	{
		return true;
	}
	damon_verdict sample(std::span<damon_watch> watches, const uint64_t *next) override
	{
		damon_verdict verdict{};

		for (std::size_t i = 0; i < watches.size(); i++) {
			if (watches[i].address != DAMON_NO_ADDRESS) {
				world.samples++;
				if (world.is_accessed(watches[i].address))
					verdict.accessed |= uint64_t{1} << i;
			}
			watches[i] = {next ? next[i] : DAMON_NO_ADDRESS, 0};
		}
		return verdict;
	}
	void end_pass() override {}
	Applied apply(const Order &, Range) override
	{
		return {};
	}
	Residence residence(Range, int) override
	{
		return {};
	}

	World &world;
};

inline constexpr Operations world_operations = {
	.id = OperationsId::vaddr,
	.finds_ranges = true,
	.targets_end = false,
	.min_region_size = 4096,
	.open = [](const TargetConfig &target, uint64_t) -> Result<AddressSpacePtr> {
		World *world = static_cast<World *>(const_cast<void *>(target.custom));

		return AddressSpacePtr(new WorldSpace(*world));
	},
	.supports = [](Action) -> Result<> { return {}; },
};

// Monitors a world with the default attributes: 5 ms, 100 ms, 10 to 1000 regions.
class Watcher {
      public:
	explicit Watcher(World &world) : world_(world)
	{
		ContextConfig config;
		TargetConfig target;

		target.custom = &world;
		config.custom = &world_operations;
		if (!config.targets.push(std::move(target)) || !monitor_.configure(config))
			abort();
		monitor_.begin();
	}

	// To the end of the next aggregation: 20 ticks.
	void aggregate()
	{
		Clock &clock = monitor_.clock();

		for (;;) {
			clock.tick();
			if (clock.aggregation_due())
				break;
			monitor_.sample(Pass::check_and_prepare);
		}
		monitor_.sample(Pass::check);
		monitor_.merge();
		monitor_.start_aggregation();
		monitor_.sample(Pass::prepare);
	}

	// Of "hot", byte-weighted; a region is called hot if at least half of its samples were.
	double f1() const
	{
		double both = 0, called = 0, truth = 0;

		for (const Range &range : world_.hot)
			truth += static_cast<double>(range.size());
		for (const Region &region : monitor_.regions().all()) {
			if (region.last_nr_accesses < 10)
				continue;
			called += static_cast<double>(region.size());
			for (const Range &hot : world_.hot) {
				const uint64_t start = std::max(hot.start, region.start);
				const uint64_t end = std::min(hot.end, region.end);

				if (start < end)
					both += static_cast<double>(end - start);
			}
		}
		return 2 * both / (called + truth);
	}

	uint64_t nr_regions() const
	{
		return monitor_.regions().size();
	}

      private:
	World &world_;
	Monitor monitor_;
};

struct Scenario {
	const char *name;
	World world;
	// How the world is from that second on.
	std::function<void(World &, unsigned)> change = {};
};

// One chunk in each of @count equal parts of 1 GiB, at any of its first @pages pages.
inline std::vector<Range> scattered(uint64_t count, uint64_t size, uint64_t pages)
{
	std::vector<Range> chunks;

	for (uint64_t i = 0; i < count; i++) {
		const uint64_t at = base + i * (GiB / count) +
				    static_cast<uint64_t>(std::rand()) % pages * 4 * KiB;

		chunks.push_back({at, at + size});
	}
	return chunks;
}

inline std::vector<Scenario> scenarios()
{
	const Range tenth = {base + 100 * MiB, base + 200 * MiB};

	return {
		{"tenth: 25 MiB in 256 MiB",
		 {.size = 256 * MiB, .hot = {{base + 100 * MiB, base + 125 * MiB}}}},
		{"moving: 100 MiB in 1 GiB",
		 {.size = 1 * GiB},
		 [](World &w, unsigned second) {
			 const uint64_t at = base + (second / 5 % 2 ? 600 : 100) * MiB;

			 w.hot = {{at, at + 100 * MiB}};
		 }},
		{"rates: 100 MiB hot, 100 warm",
		 {.size = 1 * GiB, .hot = {tenth}, .warm = {base + 500 * MiB, base + 600 * MiB}}},
		{"tiny: 4 MiB in 8 GiB",
		 {.size = 8 * GiB, .hot = {{base + 5003 * MiB, base + 5007 * MiB}}}},
		{"scattered: 32 x 1 MiB in 1 GiB",
		 {.size = 1 * GiB, .hot = scattered(32, 1 * MiB, 7000)}},
		{"crumbs: 32 x 256 KiB", {.size = 1 * GiB, .hot = scattered(32, 256 * KiB, 7000)}},
		{"pages: one in every 2 MiB",
		 {.size = 1 * GiB, .hot = scattered(512, 4 * KiB, 512)}},
	};
}

} // namespace damon::sim
