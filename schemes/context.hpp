// SPDX-License-Identifier: GPL-2.0
// A running context: monitoring and schemes, stepped by one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include <damon/port.h>

#include "core/config.hpp"
#include "core/monitor.hpp"
#include "core/pacer.hpp"
#include "core/result.hpp"
#include "schemes/engine.hpp"
#include "schemes/observer.hpp"
#include "schemes/snapshot.hpp"
#include "schemes/walk.hpp"

namespace damon {

// Worker thread only, but for configure() and observe(), which anyone may call on a context not yet
// at work.
class Context {
      public:
	[[nodiscard]] Result<> configure(const ContextConfig &config);
	// @observer, which may be null, stays as long as the context: commits do not change it.
	void observe(Observer *observer)
	{
		observer_ = observer;
	}

	// Does what is due.  Returns when to come back, 0 if there is nothing left to do.
	uint64_t step();
	// After the last step: leaves the monitored memory as if we had never been there.
	void finish();

	// Replaces the configuration by that of @staged, which never stepped.  All or nothing.
	[[nodiscard]] Result<> commit(Context &&staged);

	// See SchemeEngine.
	void commit_goals(std::span<Vec<Goal>> goals)
	{
		engine_.commit_goals(goals);
	}

	std::span<const Scheme> schemes() const
	{
		return engine_.schemes();
	}
	const RegionSet &regions() const
	{
		return monitor_.regions();
	}
	OperationsId operations() const
	{
		return monitor_.operations().id;
	}
	// The intervals in use: tuning changes them.
	const Attributes &attributes() const
	{
		return monitor_.attributes();
	}
	// Also for other threads.
	uint64_t nr_late_ticks() const
	{
		return pacer_.nr_late();
	}

	// Fills in @snapshot without allocating; false if its regions have no room for all.
	[[nodiscard]] bool take(Snapshot &snapshot) const;

	// Records the next round of each scheme in @records (one per scheme), then answers @request.
	// ECANCELED without schemes, while paused, or while all schemes are inactive; EBUSY while
	// another walk goes on; EAGAIN if @records does not fit.
	[[nodiscard]] Result<> start_walk(damon_request *request, Vec<WalkRecord> &records);
	// Forgets @request, whose caller gave up.
	void cancel(damon_request *request);

      private:
	void begin();
	void tick();
	// Time stands still, and nothing in the monitored memory is watched.
	bool resting() const
	{
		return paused_ || asleep_;
	}
	void settle(bool rested);
	void fall_asleep();
	void look_again();
	Monitored monitored();
	void end_walk_if_done();
	void drop_walk();

	Monitor monitor_;
	SchemeEngine engine_;
	Pacer pacer_;
	Walk walk_;
	Observer *observer_ = nullptr;
	bool begun_ = false;
	bool paused_ = false;
	bool asleep_ = false; // all schemes are inactive by their watermarks
};

} // namespace damon
