// SPDX-License-Identifier: GPL-2.0
// Data attribute probes, ready for use: what is told of each sampled page beside its accesses.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include <damon/port.h>

#include "core/config.hpp"
#include "core/memcg.hpp"
#include "core/region_set.hpp"
#include "core/result.hpp"
#include "core/vec.hpp"

namespace damon {

class Probes {
      public:
	// Opens what they refer to, in the caller's cgroup namespace.
	[[nodiscard]] static Result<Probes> open(std::span<const ProbeConfig> configs,
						 const Attributes &attributes);

	std::size_t size() const
	{
		return nr_;
	}
	bool empty() const
	{
		return nr_ == 0;
	}
	// Of each probe.  They point into this object's memory, which stays where it is.
	std::span<const damon_probe> span() const
	{
		return {probes_, nr_};
	}
	// Whether regions follow probe hits instead of accesses, which are not looked for then.
	bool weighted() const
	{
		return weighted_;
	}
	// None if not weighted.
	std::span<const uint32_t> weights() const
	{
		return {weights_, weighted_ ? nr_ : 0};
	}
	// Whether hits of the probe at this index mean the same in both.
	bool same(const Probes &other, std::size_t index) const;

      private:
	[[nodiscard]] Result<> add(const ProbeConfig &config);
	[[nodiscard]] Result<> add_filter(const ProbeFilterConfig &config);

	damon_probe probes_[max_nr_probes] = {};
	uint32_t weights_[max_nr_probes] = {};
	std::size_t nr_ = 0;
	bool weighted_ = false;
	Vec<damon_filter> filters_; // of all probes
	Vec<Memcg> memcgs_;	    // that filters refer to
};

} // namespace damon
