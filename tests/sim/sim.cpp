// SPDX-License-Identifier: GPL-2.0
// Accuracy with an ideal accessed bit: how well, and how soon, do regions tell hot memory from cold?
//
//	sim [SECONDS] [SEED]
//
// The scenarios are those of tools/accuracy.sh.  For each: samples a tick, F1 of "hot" (byte-weighted, a region is called hot if at least
// half of its samples were) at some moments, and the time after which it stayed at 0.9 or more.
#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <vector>

#include "core/monitor.hpp"

using namespace damon;

namespace {

constexpr uint64_t KiB = 1024, MiB = 1024 * KiB, GiB = 1024 * MiB;
constexpr uint64_t base = 64 * GiB;

struct World {
	uint64_t size;
	std::vector<Range> hot;
	Range warm; // accessed in one of eight samples, which is not hot
	uint64_t samples = 0;
};
World *world;

bool is_hot(uint64_t address)
{
	auto next = std::upper_bound(world->hot.begin(), world->hot.end(), address,
				     [](uint64_t a, const Range &r) { return a < r.start; });
	return next != world->hot.begin() && address < std::prev(next)->end;
}

bool is_accessed(uint64_t address)
{
	if (world->warm.start <= address && address < world->warm.end)
		return std::rand() % 8 == 0;
	return is_hot(address);
}

struct SimSpace final : AddressSpace, Heap {
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
		return ranges.push(Range{base, base + world->size});
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
				world->samples++;
				if (is_accessed(watches[i].address))
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
};

constexpr Operations sim_operations = {
	.id = OperationsId::vaddr,
	.finds_ranges = true,
	.targets_end = false,
	.min_region_size = 4096,
	.open = [](const TargetConfig &, uint64_t) -> Result<AddressSpacePtr> {
		return AddressSpacePtr(new SimSpace);
	},
	.supports = [](Action) -> Result<> { return {}; },
};

double f1(std::span<const Region> regions, uint32_t threshold)
{
	double both = 0, called = 0, truth = 0;

	for (const Range &range : world->hot)
		truth += static_cast<double>(range.size());
	for (const Region &region : regions) {
		if (region.last_nr_accesses < threshold)
			continue;
		called += static_cast<double>(region.size());
		for (const Range &hot : world->hot) {
			uint64_t start = std::max(hot.start, region.start);
			uint64_t end = std::min(hot.end, region.end);

			if (start < end)
				both += static_cast<double>(end - start);
		}
	}
	return called + truth > 0 ? 2 * both / (called + truth) : 1;
}

void run(const char *name, World w, unsigned seconds,
	 const std::function<void(World &, unsigned)> &change)
{
	world = &w;
	ContextConfig config;
	TargetConfig target;
	Monitor monitor;

	if (!config.targets.push(std::move(target)) || !monitor.configure(config))
		abort();
	monitor.begin();
	Clock &clock = monitor.clock();
	double good_since = -1, sum = 0;
	uint64_t ticks = 0, most = 0;
	unsigned snapshots = 0;
	std::printf("%-32s", name);
	for (unsigned second = 0; second < seconds; second++) {
		double last = 0;

		if (change)
			change(w, second);
		for (unsigned tick = 0; tick < 200; tick++, ticks++) {
			clock.tick();
			if (!clock.aggregation_due()) {
				monitor.sample(Pass::check_and_prepare);
				continue;
			}
			monitor.sample(Pass::check);
			monitor.merge();
			monitor.start_aggregation();
			monitor.sample(Pass::prepare);
			most = std::max<uint64_t>(most, monitor.regions().size());
			last = f1(monitor.regions().all(), 10);
			if (second >= seconds / 2) {
				sum += last;
				snapshots++;
			}
			double now = static_cast<double>(ticks + 1) / 200;
			if (last < 0.9)
				good_since = -1;
			else if (good_since < 0)
				good_since = now;
		}
		if (second == 0 || second == 1 || second == 4 || second == 9 || second == 19)
			std::printf(" %2us %.2f", second + 1, last);
	}
	std::printf("  mean %.2f  >=0.9 after %5.1f s  %4lu samples/tick  %lu regions\n",
		    sum / std::max(snapshots, 1U), good_since,
		    w.samples / std::max<uint64_t>(ticks, 1), most);
}

// One chunk in each of @count equal parts of 1 GiB, at the start of any of its first @pages pages.
std::vector<Range> scattered(uint64_t count, uint64_t size, uint64_t pages)
{
	std::vector<Range> chunks;

	for (uint64_t i = 0; i < count; i++) {
		const uint64_t at = base + i * (GiB / count) +
				    static_cast<uint64_t>(std::rand()) % pages * 4 * KiB;

		chunks.push_back({at, at + size});
	}
	return chunks;
}

} // namespace

int main(int argc, char **argv)
{
	unsigned seconds = argc > 1 ? static_cast<unsigned>(std::atoi(argv[1])) : 20;

	if (argc > 2)
		std::srand(static_cast<unsigned>(std::atoi(argv[2])));
	register_operations(sim_operations);
	run("tenth: 25 MiB in 256 MiB", {256 * MiB, {{base + 100 * MiB, base + 125 * MiB}}, {}},
	    seconds, {});
	run("moving: 100 MiB in 1 GiB", {1 * GiB, {{base, base + 100 * MiB}}, {}}, seconds,
	    [](World &w, unsigned s) {
		    const uint64_t at = base + (s / 5 % 2 ? 600 : 100) * MiB;

		    w.hot = {{at, at + 100 * MiB}};
	    });
	run("rates: 100 MiB hot, 100 warm",
	    {1 * GiB,
	     {{base + 100 * MiB, base + 200 * MiB}},
	     {base + 500 * MiB, base + 600 * MiB}},
	    seconds, {});
	run("tiny: 4 MiB in 8 GiB", {8 * GiB, {{base + 5003 * MiB, base + 5007 * MiB}}, {}},
	    seconds, {});
	run("scattered: 32 x 1 MiB in 1 GiB", {1 * GiB, scattered(32, 1 * MiB, 7000), {}}, seconds,
	    {});
	run("crumbs: 32 x 256 KiB", {1 * GiB, scattered(32, 256 * KiB, 7000), {}}, seconds, {});
	run("pages: one in every 2 MiB", {1 * GiB, scattered(512, 4 * KiB, 512), {}}, seconds, {});
	return 0;
}

// What of the port monitoring needs.

void *damon_alloc(size_t size)
{
	return size ? std::calloc(1, size) : nullptr;
}

void damon_free(void *memory)
{
	std::free(memory);
}

int damon_memcg_open(const char *, damon_memcg **)
{
	return -ENOENT;
}

void damon_memcg_close(damon_memcg *) {}

uint64_t damon_random_seed(void)
{
	return static_cast<uint64_t>(std::rand());
}

void damon_report_bug(const char *condition, const char *file, int line)
{
	std::fprintf(stderr, "%s:%d: %s\n", file, line, condition);
}
