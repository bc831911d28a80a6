// SPDX-License-Identifier: GPL-2.0
// Client modules that can go.
#pragma once

struct module {
	char name[32];
};

namespace damon::test {

// What the kernel does when @owner has gone: whatever it left behind is released.
void module_goes(module &owner);
// Of all modules.
unsigned int nr_claims();

} // namespace damon::test
