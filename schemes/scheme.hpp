// SPDX-License-Identifier: GPL-2.0
// A scheme at work: what was asked for, and what came of it so far.
#pragma once

#include <cstdint>

#include "core/address_space.hpp"
#include "core/config.hpp"
#include "core/result.hpp"
#include "schemes/core_filters.hpp"
#include "schemes/folio_filters.hpp"
#include "schemes/priority.hpp"
#include "schemes/quota.hpp"
#include "schemes/resume_point.hpp"
#include "schemes/stats.hpp"
#include "schemes/watermarks.hpp"

namespace damon {

struct Scheme {
	// Makes it ready for @operations, or tells why that cannot be.  In the context of who asks
	// for it: cgroups are looked up in its namespace.
	[[nodiscard]] Result<> configure(const SchemeConfig &wanted, const Operations &operations);
	// Goes on where @before, the scheme that this one replaces, was.
	void inherit(const Scheme &before);

	// Whether it has nothing to do any more, for good.
	bool exhausted() const
	{
		return config.max_nr_snapshots && stats.nr_snapshots >= config.max_nr_snapshots;
	}

	SchemeConfig config;
	CoreFilters core_filters;
	FolioFilters folio_filters;
	Quota quota;
	Watermarks watermarks;
	Preference preference = Preference::none;
	bool powerless = false; // regions are counted, but nothing can be done to them

	SchemeStats stats;
	ResumePoint resume;
	uint64_t next_apply = 0; // in samples, see Clock
};

} // namespace damon
