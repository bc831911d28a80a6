// SPDX-License-Identifier: GPL-2.0
#include "schemes/engine.hpp"

#include <algorithm>

#include "schemes/pattern.hpp"

namespace damon {

Result<> SchemeEngine::configure(std::span<const SchemeConfig> configs,
				 const Operations &operations)
{
	TRY(schemes_.reserve(configs.size()));
	for (const SchemeConfig &config : configs) {
		TRY(operations.supports(config.action));
		schemes_.push_reserved(Scheme{.config = config, .stats = {}, .next_apply = 0});
	}
	return {};
}

void SchemeEngine::commit(SchemeEngine &&staged)
{
	const std::size_t common = std::min(schemes_.size(), staged.schemes_.size());

	for (std::size_t i = 0; i < common; i++) {
		staged.schemes_[i].stats = schemes_[i].stats;
		staged.schemes_[i].next_apply = schemes_[i].next_apply;
	}
	std::swap(schemes_, staged.schemes_);
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
	return std::any_of(schemes_.begin(), schemes_.end(), [&](const Scheme &scheme) {
		return clock.now() >= scheme.next_apply;
	});
}

void SchemeEngine::visit(Scheme &scheme, WalkRecord *record, AddressSpace &space, Region &region,
			 const WindowPosition &window)
{
	const uint32_t nr_accesses = window.moving_sum(region);

	if (!matches(scheme.config.pattern, region, nr_accesses))
		return;

	const Range range{region.start, region.end};
	const Applied result = space.apply(scheme.config.action, range);

	if (record)
		record->add(TriedRegion{.range = range,
					.nr_accesses = nr_accesses,
					.age = region.age,
					.sz_filter_passed = result.filter_passed});
	scheme.stats.nr_tried++;
	scheme.stats.sz_tried += range.size();
	scheme.stats.nr_applied += result.applied > 0;
	scheme.stats.sz_applied += result.applied;
	if (scheme.config.action != Action::stat)
		region.age = 0;
}

void SchemeEngine::apply(std::span<Target> targets, RegionSet &set, const Clock &clock,
			 const Walk &walk)
{
	const WindowPosition window = clock.window();
	auto at_work = [&](const Scheme &scheme) {
		return clock.now() >= scheme.next_apply && !scheme.exhausted();
	};

	for (std::size_t t = 0; t < targets.size(); t++) {
		if (!targets[t].space->valid())
			continue;
		for (Region &region : set.target(t)) {
			for (std::size_t i = 0; i < schemes_.size(); i++) {
				if (!at_work(schemes_[i]))
					continue;
				visit(schemes_[i], walk ? &(*walk.records)[i] : nullptr,
				      *targets[t].space, region, window);
			}
		}
		for (Scheme &scheme : schemes_) {
			if (at_work(scheme) && !set.target(t).empty())
				scheme.stats.nr_snapshots++;
		}
	}

	for (std::size_t i = 0; i < schemes_.size(); i++) {
		if (clock.now() < schemes_[i].next_apply)
			continue;
		if (walk)
			(*walk.records)[i].done = true;
		schemes_[i].next_apply = clock.after(interval(schemes_[i], clock));
	}
}

} // namespace damon
