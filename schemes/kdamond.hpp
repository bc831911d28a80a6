// SPDX-License-Identifier: GPL-2.0
// A kdamond: the worker thread that owns a running context, as everyone else sees it.
#pragma once

#include <span>

#include <damon/port.h>

#include "core/config.hpp"
#include "core/memory.hpp"
#include "core/result.hpp"
#include "schemes/context.hpp"
#include "schemes/observer.hpp"
#include "schemes/snapshot.hpp"
#include "schemes/stats.hpp"

namespace damon {

struct KdamondOptions {
	bool exclusive = false; // no other kdamond runs while this one does
	Observer *observer = nullptr;
};

// All functions may sleep, and may be called from any thread, but not concurrently with the
// destructor.  Commands and queries fail with ECANCELED once the kdamond ended by itself, and with
// EINTR if a signal arrives while they wait.
class Kdamond final : public Heap {
      public:
	// Builds a context from @config and starts the thread.  EBUSY: see KdamondOptions::exclusive.
	[[nodiscard]] static Result<Owned<Kdamond>>
	start(const char *name, const ContextConfig &config, const KdamondOptions &options = {});
	Kdamond() = default;
	Kdamond(const Kdamond &) = delete;
	// Stops the thread and waits for it.
	~Kdamond();

	// False once it was stopped, or ended because no target is left.
	bool running() const
	{
		return pid() >= 0;
	}
	// The worker's thread id, -1 if it is not running.
	int pid() const;
	// Whether its worker is who asks: that one may neither destroy it, nor give it commands
	// (EDEADLK).
	bool is_current() const;
	// Ticks that came an interval or more late, also after it ended.
	uint64_t nr_late_ticks() const
	{
		return context_.nr_late_ticks();
	}

	// Applies a whole new configuration, or fails and changes nothing.
	[[nodiscard]] Result<> commit(const ContextConfig &config);

	// Replaces the goals of the quotas and nothing else: one list per scheme, as far as both go.
	// Or fails and changes nothing.
	[[nodiscard]] Result<> commit_quota_goals(std::span<const Vec<GoalConfig>> goals);

	// Fills in one entry per scheme, as far as both go.
	[[nodiscard]] Result<> read_stats(std::span<SchemeStats> stats);

	// The same, of what the quotas amount to; 0 where there is none, or not yet.
	[[nodiscard]] Result<> read_effective_quotas(std::span<uint64_t> bytes);

	// Both of one scheme.  ENOENT: there is none of this index.
	[[nodiscard]] Result<> read_stats_of(std::size_t scheme, SchemeStats &stats,
					     uint64_t &effective_quota);

	// The attributes in use: intervals tuning changes them.
	[[nodiscard]] Result<Attributes> read_attributes();

	// All regions as they are now; on failure @snapshot is undefined.
	[[nodiscard]] Result<> snapshot(Snapshot &snapshot);

	// Waits until every scheme was applied once more, and tells what each was applied to: one
	// entry per scheme.  @tried is replaced, on failure left alone.  ECANCELED without schemes.
	[[nodiscard]] Result<> walk(Vec<TriedRegions> &tried);

      private:
	template <class Function> Result<> call(Function function);
	[[nodiscard]] Result<> try_walk(std::size_t nr_schemes, std::size_t room,
					Vec<TriedRegions> &tried, bool &overflow);

	Context context_;
	damon_thread *thread_ = nullptr;
};

} // namespace damon
