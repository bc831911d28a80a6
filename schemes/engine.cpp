// SPDX-License-Identifier: GPL-2.0
#include "schemes/engine.hpp"

#include <algorithm>

#include <damon/port.h>

#include "schemes/pattern.hpp"

namespace damon {

Result<> SchemeEngine::configure(std::span<const SchemeConfig> configs,
				 const Operations &operations)
{
	TRY(schemes_.reserve(configs.size()));
	for (const SchemeConfig &config : configs) {
		TRY(operations.supports(config.action));
		Scheme scheme;

		scheme.config = TRY(copy(config));
		scheme.goals =
			TRY(within("schemes", schemes_.size(), open_goals(config.quota.goals)));
		schemes_.push_reserved(std::move(scheme));
	}
	return {};
}

void SchemeEngine::commit(SchemeEngine &&staged, const Clock &clock)
{
	const std::size_t common = std::min(schemes_.size(), staged.schemes_.size());

	staged.restart(clock);
	for (std::size_t i = 0; i < common; i++) {
		const Scheme &before = schemes_[i];
		Scheme &after = staged.schemes_[i];

		after.stats = before.stats;
		if (after.config.apply_interval_us == before.config.apply_interval_us)
			after.next_apply = before.next_apply;
	}
	std::swap(schemes_, staged.schemes_);
}

void SchemeEngine::commit_goals(std::span<Vec<Goal>> goals)
{
	for (std::size_t i = 0; i < goals.size() && i < schemes_.size(); i++)
		std::swap(schemes_[i].goals, goals[i]);
}

uint64_t SchemeEngine::interval(const Scheme &scheme, const Clock &clock) const
{
	return scheme.config.apply_interval_us ? clock.samples(scheme.config.apply_interval_us)
					       : clock.samples_per_aggregation();
}

void SchemeEngine::restart(const Clock &clock)
{
	for (Scheme &scheme : schemes_)
		scheme.next_apply = clock.after(interval(scheme, clock));
}

bool SchemeEngine::due(const Clock &clock) const
{
	return std::any_of(schemes_.begin(), schemes_.end(),
			   [&](const Scheme &scheme) { return clock.now() >= scheme.next_apply; });
}

void SchemeEngine::visit(std::size_t index, Region &region, const Place &place)
{
	Scheme &scheme = schemes_[index];
	const uint32_t nr_accesses = place.window.moving_sum(region);

	if (!matches(scheme.config.pattern, region, nr_accesses))
		return;

	if (damon_trace_before_apply_enabled()) {
		const damon_traced_region traced = {region.start, region.end, nr_accesses,
						    region.age};

		damon_trace_before_apply(static_cast<unsigned int>(index), place.target,
					 static_cast<unsigned int>(place.nr_regions), &traced);
	}

	const Range range{region.start, region.end};
	const Applied result = place.space.apply({.action = scheme.config.action}, range);

	if (place.walk) {
		TriedRegion tried = {.range = range,
				     .nr_accesses = nr_accesses,
				     .age = region.age,
				     .sz_filter_passed = result.filter_passed};

		if (const ProbeHits *hits = place.set.hits_of(region)) {
			for (std::size_t p = 0; p < max_nr_probes; p++)
				tried.probe_hits[p] = place.window.moving_sum(*hits, p);
		}
		(*place.walk.records)[index].add(tried);
	}
	scheme.stats.nr_tried++;
	scheme.stats.sz_tried += range.size();
	scheme.stats.nr_applied += result.applied > 0;
	scheme.stats.sz_applied += result.applied;
	scheme.stats.sz_ops_filter_passed += result.filter_passed;
	if (scheme.config.action != Action::stat)
		region.age = 0;
}

void SchemeEngine::apply(std::span<Target> targets, RegionSet &set, const Clock &clock,
			 const Walk &walk)
{
	auto at_work = [&](const Scheme &scheme) {
		return clock.now() >= scheme.next_apply && !scheme.exhausted();
	};

	for (std::size_t t = 0; t < targets.size(); t++) {
		std::span<Region> regions = set.target(t);
		const Place place = {*targets[t].space, t,   regions.size(), set,
				     clock.window(),	walk};

		if (regions.empty() || !place.space.valid())
			continue;
		for (Region &region : regions) {
			for (std::size_t i = 0; i < schemes_.size(); i++) {
				if (at_work(schemes_[i]))
					visit(i, region, place);
			}
		}
		for (Scheme &scheme : schemes_)
			scheme.stats.nr_snapshots += at_work(scheme);
	}
	for (std::size_t i = 0; i < schemes_.size(); i++) {
		if (clock.now() >= schemes_[i].next_apply)
			end_round(i, clock, walk);
	}
}

void SchemeEngine::end_round(std::size_t index, const Clock &clock, const Walk &walk)
{
	Scheme &scheme = schemes_[index];
	const SchemeStats &stats = scheme.stats;
	const damon_scheme_counters counters = {
		.nr_tried = stats.nr_tried,
		.sz_tried = stats.sz_tried,
		.nr_applied = stats.nr_applied,
		.sz_applied = stats.sz_applied,
		.sz_ops_filter_passed = stats.sz_ops_filter_passed,
		.qt_exceeds = stats.qt_exceeds,
		.nr_snapshots = stats.nr_snapshots,
	};

	scheme.next_apply = clock.after(interval(scheme, clock));
	if (walk)
		(*walk.records)[index].done = true;
	damon_trace_after_apply(static_cast<unsigned int>(index), &counters);
}

} // namespace damon
