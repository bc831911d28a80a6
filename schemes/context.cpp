// SPDX-License-Identifier: GPL-2.0
#include "schemes/context.hpp"

#include <algorithm>

namespace damon {

Result<> Context::configure(const ContextConfig &config)
{
	TRY(monitor_.configure(config));
	TRY(engine_.configure(config.schemes, monitor_.operations()));
	// Monitoring fills the set up to its maximum: schemes have room of their own.
	TRY(monitor_.regions().reserve(monitor_.regions().capacity() + engine_.most_cuts()));
	engine_.restart(monitor_.clock());
	paused_ = config.pause;
	return {};
}

uint64_t Context::step()
{
	if (!begun_) {
		begin();
	} else if (pacer_.due(damon_now_ns())) {
		if (asleep_) {
			look_again();
		} else {
			if (!paused_)
				tick();
			if (!asleep_)
				pacer_.advance(damon_now_ns());
		}
	}
	if (observer_)
		observer_->stepped(*this);
	return monitor_.alive() ? pacer_.deadline() : 0;
}

void Context::begin()
{
	begun_ = true;
	monitor_.begin();
	settle(true);
}

void Context::finish()
{
	if (begun_ && !resting())
		monitor_.end();
}

Monitored Context::monitored()
{
	return {
		.targets = monitor_.targets(),
		.set = monitor_.regions(),
		.clock = monitor_.clock(),
		.attributes = monitor_.attributes(),
		.min_region_size = monitor_.min_region_size(),
	};
}

void Context::tick()
{
	Clock &clock = monitor_.clock();

	clock.tick();
	const bool aggregation = clock.aggregation_due();
	const bool schemes = engine_.due(clock);
	const bool update = monitor_.update_due();
	const bool last = !engine_.check_watermarks();

	if (!aggregation && !schemes && !update && !last) {
		monitor_.sample(Pass::check_and_prepare);
		return;
	}

	// Regions are about to change: no sample may be outstanding meanwhile.
	monitor_.sample(Pass::check);
	if (last)
		drop_walk();
	if (aggregation) {
		monitor_.merge();
		if (observer_)
			observer_->aggregated(monitor_.regions(), monitor_.attributes());
	}
	if (schemes) {
		engine_.apply(monitored(), walk_);
		end_walk_if_done();
	}
	if (aggregation) {
		const uint64_t was_us = clock.sample_us();

		if (monitor_.tune()) {
			engine_.retune(clock, was_us);
			pacer_.set_interval(monitor_.attributes().sample_us);
		}
		monitor_.start_aggregation();
	}
	if (update)
		monitor_.update();
	if (last)
		fall_asleep();
	else
		monitor_.sample(Pass::prepare);
}

Result<> Context::commit(Context &&staged)
{
	if (!begun_)
		begin();
	const Attributes before = monitor_.attributes();
	const bool same = same_addresses(monitor_.operations(), staged.monitor_.operations());
	std::span<const Target> targets = staged.monitor_.targets();

	// Where the target of this index will be: obsolete ones are taken out.
	staged.engine_.inherit(engine_, [&](std::size_t target) {
		if (!same || target >= targets.size() || targets[target].obsolete())
			return ResumePoint::nowhere;
		return target - static_cast<std::size_t>(std::count_if(
					targets.begin(), targets.begin() + target,
					[](const Target &t) { return t.obsolete(); }));
	});
	TRY(monitor_.commit(std::move(staged.monitor_)));
	engine_.replace_by(std::move(staged.engine_), monitor_.clock());
	if (!monitor_.attributes().same_intervals(before)) {
		engine_.restart(monitor_.clock());
		pacer_.start(damon_now_ns(), monitor_.attributes().sample_us);
	}
	drop_walk();

	const bool rested = resting();

	paused_ = staged.paused_;
	settle(rested);
	return {};
}

// All regions are watched: goes on with that, or takes a rest.
void Context::settle(bool rested)
{
	asleep_ = false;
	if (!paused_ && !engine_.check_watermarks()) {
		monitor_.end();
		fall_asleep();
		return;
	}
	if (paused_)
		monitor_.end();
	if (rested)
		pacer_.start(damon_now_ns(), monitor_.attributes().sample_us);
}

// REQUIRES: no sample is outstanding.
void Context::fall_asleep()
{
	RegionSet &set = monitor_.regions();

	// There may be more regions by now than were watched.
	for (std::size_t t = 0; t < set.nr_targets(); t++) {
		for (damon_watch &watch : set.watches(t))
			watch = {.address = DAMON_NO_ADDRESS, .cookie = 0};
	}
	asleep_ = true;
	drop_walk();
	pacer_.start(damon_now_ns(),
		     std::max(engine_.watermarks_interval_us(), monitor_.attributes().sample_us));
}

void Context::look_again()
{
	if (!engine_.check_watermarks()) {
		fall_asleep();
		return;
	}
	asleep_ = false;
	monitor_.sample(Pass::prepare);
	pacer_.start(damon_now_ns(), monitor_.attributes().sample_us);
}

bool Context::take(Snapshot &snapshot) const
{
	const RegionSet &set = monitor_.regions();
	const WindowPosition window = monitor_.clock().window();

	if (snapshot.regions.capacity() < set.size())
		return false;
	snapshot.now_ns = damon_now_ns();
	snapshot.nr_targets = set.nr_targets();
	snapshot.nr_probes = monitor_.probes().size();
	snapshot.attributes = monitor_.attributes();
	snapshot.regions.clear();
	for (std::size_t t = 0; t < set.nr_targets(); t++) {
		for (const Region &region : set.target(t)) {
			SnapshotRegion shown = {.range = {region.start, region.end},
						.target = static_cast<uint32_t>(t),
						.nr_accesses = window.moving_sum(region),
						.age = region.age,
						.nr_unknown = window.unknown(region)};

			window.moving_sums(set.hits_of(region), shown.probe_hits);
			snapshot.regions.push_reserved(shown);
		}
	}
	return true;
}

Result<> Context::start_walk(damon_request *request, Vec<WalkRecord> &records)
{
	if (engine_.schemes().empty() || resting())
		return fail(ECANCELED,
			    "there are no schemes, or none is active, or monitoring is paused");
	if (walk_)
		return fail(EBUSY, "another walk goes on");
	if (records.size() != engine_.schemes().size())
		return fail(EAGAIN);
	walk_ = Walk{request, &records};
	return {};
}

void Context::end_walk_if_done()
{
	if (!walk_ || !std::all_of(walk_.records->begin(), walk_.records->end(),
				   [](const WalkRecord &record) { return record.done; }))
		return;
	damon_request_done(walk_.request, 0);
	walk_ = {};
}

void Context::drop_walk()
{
	if (!walk_)
		return;
	damon_request_done(walk_.request, -ECANCELED);
	walk_ = {};
}

void Context::cancel(damon_request *request)
{
	if (walk_.request == request)
		walk_ = {};
}

} // namespace damon
