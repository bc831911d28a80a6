// SPDX-License-Identifier: GPL-2.0
#include "schemes/engine.hpp"

#include <algorithm>

#include <damon/port.h>

#include "schemes/arithmetic.hpp"
#include "schemes/pattern.hpp"

namespace damon {

namespace {

// Where the memory is that a scheme looks for.
Residence eligible_memory(const AccessPattern &pattern, const Monitored &monitored, int nid)
{
	const WindowPosition window = monitored.clock.window();
	Residence sum;

	for (std::size_t t = 0; t < monitored.targets.size(); t++) {
		AddressSpace &space = *monitored.targets[t].space;

		if (!space.valid())
			continue;
		for (const Region &region : monitored.set.target(t)) {
			if (!matches(pattern, region, window.moving_sum(region)))
				continue;
			const Residence part = space.residence({region.start, region.end}, nid);

			sum.on_node = add_saturated(sum.on_node, part.on_node);
			sum.total = add_saturated(sum.total, part.total);
		}
	}
	return sum;
}

} // namespace

Result<> SchemeEngine::configure(std::span<const SchemeConfig> configs,
				 const Operations &operations)
{
	// Made in place: they are too large for a kernel stack.
	TRY(schemes_.resize(configs.size()));
	for (std::size_t i = 0; i < configs.size(); i++)
		TRY(within("schemes", i, schemes_[i].configure(configs[i], operations)));
	watched_ = std::any_of(schemes_.begin(), schemes_.end(),
			       [](const Scheme &scheme) { return scheme.watermarks.watched(); });
	return {};
}

void SchemeEngine::replace_by(SchemeEngine &&staged, const Clock &clock)
{
	const std::size_t common = std::min(schemes_.size(), staged.schemes_.size());

	staged.restart(clock);
	for (std::size_t i = 0; i < common; i++) {
		const Scheme &before = schemes_[i];
		Scheme &after = staged.schemes_[i];

		if (after.config.apply_interval_us == before.config.apply_interval_us)
			after.next_apply = before.next_apply;
	}
	std::swap(schemes_, staged.schemes_);
	watched_ = staged.watched_;
}

void SchemeEngine::commit_goals(std::span<Vec<Goal>> goals)
{
	for (std::size_t i = 0; i < goals.size() && i < schemes_.size(); i++)
		schemes_[i].quota.replace_goals(goals[i]);
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

void SchemeEngine::retune(const Clock &clock, uint64_t was_us)
{
	for (Scheme &scheme : schemes_)
		scheme.next_apply = scheme.config.apply_interval_us
					    ? clock.retimed(scheme.next_apply, was_us)
					    : clock.after(interval(scheme, clock));
}

// Each cuts once where it resumes and once where its quota ends, and both may be left from before.
std::size_t SchemeEngine::most_cuts() const
{
	std::size_t sum = 0;

	for (const Scheme &scheme : schemes_)
		sum += 4 + scheme.core_filters.most_cuts();
	return sum;
}

bool SchemeEngine::look_at_watermarks()
{
	damon_memory memory;

	damon_system_memory(&memory);
	for (Scheme &scheme : schemes_)
		scheme.watermarks.update(memory);
	return std::any_of(schemes_.begin(), schemes_.end(),
			   [](const Scheme &scheme) { return scheme.watermarks.active(); });
}

uint64_t SchemeEngine::watermarks_interval_us() const
{
	uint64_t shortest = UINT64_MAX;

	for (const Scheme &scheme : schemes_)
		shortest = std::min(shortest, scheme.watermarks.interval_us());
	return shortest;
}

bool SchemeEngine::due(const Clock &clock) const
{
	return std::any_of(schemes_.begin(), schemes_.end(),
			   [&](const Scheme &scheme) { return clock.now() >= scheme.next_apply; });
}

void SchemeEngine::begin_round(std::size_t index, const Monitored &monitored)
{
	Scheme &scheme = schemes_[index];
	const Quota::Beginning beginning =
		scheme.quota.begin_round(damon_now_ns(), monitored.min_region_size, [&](int nid) {
			return eligible_memory(scheme.config.pattern, monitored, nid);
		});

	scheme.stats.qt_exceeds += beginning.exceeded;
	if (beginning.resized)
		damon_trace_effective_size(static_cast<unsigned int>(index),
					   scheme.quota.effective_size());
}

void SchemeEngine::apply(const Monitored &monitored, const Walk &walk)
{
	auto is_due = [&](const Scheme &scheme) {
		return monitored.clock.now() >= scheme.next_apply;
	};

	for (std::size_t i = 0; i < schemes_.size(); i++) {
		if (is_due(schemes_[i]) && schemes_[i].watermarks.active())
			begin_round(i, monitored);
	}
	for (std::size_t i = 0; i < schemes_.size(); i++) {
		Scheme &scheme = schemes_[i];

		if (!is_due(scheme) || !scheme.watermarks.active() || scheme.quota.full() ||
		    scheme.exhausted())
			continue;
		Round(scheme, i, monitored, walk ? &(*walk.records)[i] : nullptr, histogram_).run();
	}
	for (std::size_t i = 0; i < schemes_.size(); i++) {
		if (is_due(schemes_[i]))
			end_round(i, monitored.clock, walk);
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
