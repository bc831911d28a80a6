// SPDX-License-Identifier: GPL-2.0
// Accuracy with an ideal accessed bit: how well, and how soon, do regions tell hot memory from cold?
//
//	sim [SECONDS] [SEED]
//
// For each scenario of world.hpp: F1 of "hot" at some moments, its mean over the second half, the
// time from the start after which it stayed at 0.9 or more, and the samples of a tick.
#include "tests/sim/world.hpp"

#include <cerrno>
#include <cstdio>

using namespace damon;

namespace {

void run(sim::Scenario scenario, unsigned seconds)
{
	sim::World &world = scenario.world;
	if (scenario.change)
		scenario.change(world, 0);
	sim::Watcher watcher(world);
	const unsigned skipped = seconds / 2;
	double good_since = -1, sum = 0;
	uint64_t most = 0;

	std::printf("%-32s", scenario.name);
	for (unsigned second = 0; second < seconds; second++) {
		double f1 = 0;

		if (scenario.change)
			scenario.change(world, second);
		for (unsigned i = 0; i < 10; i++) {
			watcher.aggregate();
			most = std::max(most, watcher.nr_regions());
			f1 = watcher.f1();
			if (second >= skipped)
				sum += f1;
			if (f1 < 0.9)
				good_since = -1;
			else if (good_since < 0)
				good_since = second + (i + 1) / 10.0;
		}
		if (second == 0 || second == 1 || second == 4 || second == 9 || second == 19)
			std::printf(" %2us %.2f", second + 1, f1);
	}
	std::printf("  mean %.2f  >=0.9 after %5.1f s  %4lu samples/tick  %lu regions\n",
		    sum / (10 * (seconds - skipped)), good_since, world.samples / (200 * seconds),
		    most);
}

} // namespace

int main(int argc, char **argv)
{
	const unsigned seconds = argc > 1 ? static_cast<unsigned>(std::atoi(argv[1])) : 20;

	if (argc > 2)
		std::srand(static_cast<unsigned>(std::atoi(argv[2])));
	if (seconds == 0)
		return 2;
	for (const sim::Scenario &scenario : sim::scenarios())
		run(scenario, seconds);
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
