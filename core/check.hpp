// SPDX-License-Identifier: GPL-2.0
// Invariants.  CHECK guards what would corrupt memory and is always on; input is never checked
// with it: wrong input is an Error.
#pragma once

#include <damon/port.h>

#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition)) [[unlikely]] {                                                   \
			damon_report_bug(#condition, __FILE__, __LINE__);                          \
			__builtin_trap();                                                          \
		}                                                                                  \
	} while (0)
