// SPDX-License-Identifier: GPL-2.0
#include "schemes/context.hpp"

#include <algorithm>

namespace damon {

Result<> Context::configure(const ContextConfig &config)
{
	TRY(monitor_.configure(config));
	TRY(engine_.configure(config.schemes, monitor_.operations()));
	engine_.restart(monitor_.clock());
	paused_ = config.pause;
	return {};
}

uint64_t Context::step()
{
	if (!begun_) {
		begin();
	} else if (pacer_.due(damon_now_ns())) {
		if (!paused_)
			tick();
		pacer_.advance(damon_now_ns());
	}
	if (observer_)
		observer_->stepped(*this);
	return monitor_.alive() ? pacer_.deadline() : 0;
}

void Context::begin()
{
	begun_ = true;
	monitor_.begin();
	pacer_.start(damon_now_ns(), monitor_.attributes().sample_us);
	if (paused_)
		monitor_.end();
}

void Context::finish()
{
	if (begun_ && !paused_)
		monitor_.end();
}

void Context::tick()
{
	Clock &clock = monitor_.clock();

	clock.tick();
	const bool aggregation = clock.aggregation_due();
	const bool schemes = engine_.due(clock);
	const bool update = monitor_.update_due();

	if (!aggregation && !schemes && !update) {
		monitor_.sample(Pass::check_and_prepare);
		return;
	}

	// Regions are about to change: no sample may be outstanding meanwhile.
	monitor_.sample(Pass::check);
	if (aggregation) {
		monitor_.merge();
		if (observer_)
			observer_->aggregated(monitor_.regions(), monitor_.attributes());
	}
	if (schemes) {
		engine_.apply(monitor_.targets(), monitor_.regions(), clock, walk_);
		end_walk_if_done();
	}
	if (aggregation) {
		if (monitor_.tune()) {
			engine_.restart(clock);
			pacer_.set_interval(monitor_.attributes().sample_us);
		}
		monitor_.start_aggregation();
	}
	if (update)
		monitor_.update();
	monitor_.sample(Pass::prepare);
}

Result<> Context::commit(Context &&staged)
{
	if (!begun_)
		begin();
	const Attributes before = monitor_.attributes();

	TRY(monitor_.commit(std::move(staged.monitor_)));
	engine_.commit(std::move(staged.engine_), monitor_.clock());
	if (!monitor_.attributes().same_intervals(before)) {
		engine_.restart(monitor_.clock());
		pacer_.start(damon_now_ns(), monitor_.attributes().sample_us);
	}
	drop_walk();
	set_pause(staged.paused_);
	return {};
}

// Time stands still for a paused context, and it holds on to nothing in the monitored memory.
void Context::set_pause(bool pause)
{
	if (pause)
		monitor_.end();
	else if (paused_)
		pacer_.start(damon_now_ns(), monitor_.attributes().sample_us);
	paused_ = pause;
}

bool Context::take(Snapshot &snapshot) const
{
	const RegionSet &set = monitor_.regions();
	const WindowPosition window = monitor_.clock().window();

	if (snapshot.regions.capacity() < set.size())
		return false;
	snapshot.now_ns = damon_now_ns();
	snapshot.nr_targets = set.nr_targets();
	snapshot.attributes = monitor_.attributes();
	snapshot.regions.clear();
	for (std::size_t t = 0; t < set.nr_targets(); t++) {
		for (const Region &region : set.target(t))
			snapshot.regions.push_reserved({.range = {region.start, region.end},
							.target = static_cast<uint32_t>(t),
							.nr_accesses = window.moving_sum(region),
							.age = region.age});
	}
	return true;
}

Result<> Context::start_walk(damon_request *request, Vec<WalkRecord> &records)
{
	if (engine_.schemes().empty() || paused_)
		return fail(ECANCELED, "there are no schemes, or monitoring is paused");
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
