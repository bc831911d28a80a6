// SPDX-License-Identifier: GPL-2.0
// What the port is asked to do with folios, and what it answers.
#pragma once

#include <cstdint>

#include <damon/port.h>

#include "core/config.hpp"

namespace damon::test {

struct FakeFolios {
	const char *lacks = nullptr; // damon_folio_action_lacks()
	damon_folio_result result = {};
	damon_residence residence = {};

	// The last call, what it was about, and how many there were.
	damon_folio_order order = {};
	Range range;
	int nid = -1;
	unsigned int calls = 0;
};

extern FakeFolios fake_folios;

} // namespace damon::test
