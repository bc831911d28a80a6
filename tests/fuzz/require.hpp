// SPDX-License-Identifier: GPL-2.0
// What must hold, or an input was found.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>

#define REQUIRE(condition, text)                                                                   \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			std::fprintf(stderr, "%s: %s\n", #condition, std::string(text).c_str());   \
			std::abort();                                                              \
		}                                                                                  \
	} while (0)
