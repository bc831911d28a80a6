// SPDX-License-Identifier: GPL-2.0
// A monitor at work gets another configuration: what becomes of its results.
#include "core/monitor.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace damon {

namespace {

// A count of one window, converted to a window of another number of samples.
uint32_t convert_count(uint32_t count, uint64_t old_samples, uint64_t new_samples)
{
	if (old_samples == new_samples)
		return count;

	uint64_t rate_bp = count * uint64_t{10000} / old_samples;
	uint64_t converted;

	if (__builtin_mul_overflow(rate_bp, new_samples, &converted))
		return UINT32_MAX;
	return static_cast<uint32_t>(std::min<uint64_t>(converted / 10000, UINT32_MAX));
}

// The same of a counter of fewer bits.
template <class T> T convert_small(T count, uint64_t old_samples, uint64_t new_samples)
{
	return static_cast<T>(std::min<uint32_t>(convert_count(count, old_samples, new_samples),
						 std::numeric_limits<T>::max()));
}

uint32_t convert_age(uint32_t age, uint64_t old_aggr_us, uint64_t new_aggr_us)
{
	uint64_t age_us;

	if (__builtin_mul_overflow(age, old_aggr_us, &age_us))
		age_us = UINT64_MAX;
	return static_cast<uint32_t>(std::min<uint64_t>(age_us / new_aggr_us, UINT32_MAX));
}

} // namespace

void Monitor::convert_counters(const Attributes &attributes)
{
	const uint64_t old_samples = attributes_.samples_per_aggregation();
	const uint64_t new_samples = attributes.samples_per_aggregation();
	const bool whole_window = clock_.at_window_start() || clock_.aggregation_due();

	if (!attributes_.sample_us || !attributes_.aggr_us || !attributes.sample_us ||
	    !attributes.aggr_us)
		return;
	for (Region &region : set_.all()) {
		region.age = convert_age(region.age, attributes_.aggr_us, attributes.aggr_us);
		region.last_nr_accesses =
			convert_count(region.last_nr_accesses, old_samples, new_samples);
		region.nr_accesses =
			whole_window ? convert_count(region.nr_accesses, old_samples, new_samples)
				     : 0;
		region.last_nr_unknown =
			convert_small(region.last_nr_unknown, old_samples, new_samples);
		region.nr_unknown =
			whole_window ? convert_small(region.nr_unknown, old_samples, new_samples)
				     : 0;
	}
	for (ProbeHits &hits : set_.all_hits()) {
		for (uint8_t &count : hits.last)
			count = convert_small(count, old_samples, new_samples);
		for (uint8_t &count : hits.now)
			count = whole_window ? convert_small(count, old_samples, new_samples) : 0;
	}
}

void Monitor::change_attributes(const Attributes &attributes)
{
	if (!attributes.same_intervals(attributes_)) {
		convert_counters(attributes);
		clock_.restart(attributes);
	} else if (attributes.update_us != attributes_.update_us) {
		clock_.restart_updates(attributes.update_us);
	}
	attributes_ = attributes;
}

// What one probe counted says nothing of another's hits, and where hits take the place of
// accesses, none of those is left.
void Monitor::change_probes(Probes &probes)
{
	for (std::size_t p = 0; p < max_nr_probes; p++) {
		if (probes_.same(probes, p))
			continue;
		for (ProbeHits &hits : set_.all_hits())
			hits.now[p] = hits.last[p] = 0;
	}
	if (probes.weighted()) {
		for (Region &region : set_.all()) {
			region.nr_accesses = region.last_nr_accesses = 0;
			region.nr_unknown = region.last_nr_unknown = 0;
		}
	}
	std::swap(probes_, probes);
}

// What the regions will be: for each target that stays, its own, fitted to the staged ranges.
Result<> Monitor::merge_targets(Monitor &staged, RegionSet &merged) const
{
	const bool keep = same_addresses(*operations_, *staged.operations_) &&
			  addr_unit_ == staged.addr_unit_;
	const std::size_t nr_kept = keep ? targets_.size() : 0;

	if (!staged.probes_.empty())
		TRY(merged.install_probes());
	TRY(merged.reserve(std::max(set_.size(), staged.set_.capacity())));
	for (std::size_t i = 0; i < staged.targets_.size(); i++) {
		Target &target = staged.targets_[i];
		std::span<const Region> wanted = staged.set_.target(i);
		Vec<Range> ranges;

		if (target.obsolete()) {
			if (i >= targets_.size())
				return within<void>(
					"targets", i,
					fail(EINVAL, "obsolete_target: there is no such target"));
			continue;
		}
		if (i >= nr_kept) {
			TRY(merged.add_target(wanted));
			target.find_now = wanted.empty();
			continue;
		}
		TRY(merged.add_target(set_.target(i), set_.hits(i)));
		if (wanted.empty()) {
			target.find_now = targets_[i].find_now || target.pid != targets_[i].pid ||
					  !operations_->finds_ranges;
			continue;
		}
		TRY(ranges.reserve(wanted.size()));
		for (const Region &region : wanted)
			ranges.push_reserved(Range{region.start, region.end});
		TRY(fit_to_ranges(merged, merged.nr_targets() - 1, ranges));
	}
	return {};
}

Result<> Monitor::commit(Monitor &&staged)
{
	RegionSet merged;

	// First all that can fail.
	TRY(merge_targets(staged, merged));

	sample_accesses(Pass::release); // puts back what the watches took away
	std::swap(set_, merged);
	std::swap(targets_, staged.targets_);
	targets_.remove_if([](const Target &target) { return target.obsolete(); });
	std::swap(scouts_, staged.scouts_);
	operations_ = staged.operations_;
	addr_unit_ = staged.addr_unit_;
	min_region_size_ = staged.min_region_size_;
	change_probes(staged.probes_);
	change_attributes(staged.attributes_);
	find_now_ = std::any_of(targets_.begin(), targets_.end(),
				[](const Target &target) { return target.find_now; });
	limit_sizes();
	sample_accesses(Pass::prepare);
	return {};
}

} // namespace damon
