// SPDX-License-Identifier: GPL-2.0
// That hot memory is found, where a user may rely on it.  `make sim` shows the figures, `make
// accuracy` those with a real accessed bit.
#include "tests/sim/world.hpp"
#include "tests/unit/test.hpp"

using namespace damon;

TEST(Accuracy, HotMemoryIsFoundWithinSecondsAndKept)
{
	for (sim::Scenario &scenario : sim::scenarios()) {
		const std::string name = scenario.name;

		// More borders than there may be regions.
		if (name.starts_with("pages"))
			continue;
		if (scenario.change)
			scenario.change(scenario.world, 0);
		sim::Watcher watcher(scenario.world);
		double sum = 0;

		for (int i = 0; i < 60; i++) {
			watcher.aggregate();
			if (i >= 50)
				sum += watcher.f1();
		}
		EXPECT_GT(sum / 10, 0.9) << name;
	}
}

TEST(Accuracy, HotMemoryIsFoundAgainWhereItMovedTo)
{
	for (sim::Scenario &scenario : sim::scenarios()) {
		if (!scenario.change)
			continue;
		scenario.change(scenario.world, 0);
		sim::Watcher watcher(scenario.world);

		for (unsigned second = 0; second < 20; second += 5) {
			scenario.change(scenario.world, second);
			for (int i = 0; i < 10; i++)
				watcher.aggregate();
			EXPECT_GT(watcher.f1(), 0.95) << second;
		}
	}
}
