// SPDX-License-Identifier: GPL-2.0
#include "schemes/kdamond.hpp"

namespace damon {

namespace {

// What the worker is asked to do: lives on the asking thread's stack until it is answered.
class Work {
      public:
	virtual void run(Context &context, damon_request *request) = 0;

      protected:
	~Work() = default;
};

Context &context_of(void *worker)
{
	return *static_cast<Context *>(worker);
}

constexpr damon_thread_ops worker_ops = {
	.step = [](void *worker) { return context_of(worker).step(); },
	.serve = [](void *worker, damon_request *request,
		    void *work) { static_cast<Work *>(work)->run(context_of(worker), request); },
	.cancel = [](void *worker, damon_request *request) { context_of(worker).cancel(request); },
	.finish = [](void *worker) { context_of(worker).finish(); },
};

} // namespace

// Runs @function(context) in the worker, between two ticks, and waits for its result.
template <class Function> Result<> Kdamond::call(Function function)
{
	struct Call final : Work {
		explicit Call(Function &f) : function(f) {}
		void run(Context &context, damon_request *request) override
		{
			result = function(context);
			damon_request_done(request, 0);
		}
		Function &function;
		Result<> result;
	} work(function);

	TRY(from_errno(damon_thread_call(thread_, static_cast<Work *>(&work))));
	return work.result;
}

Result<Owned<Kdamond>> Kdamond::start(const char *name, const ContextConfig &config,
				      const KdamondOptions &options)
{
	Owned<Kdamond> kdamond = TRY(make<Kdamond>());

	for (std::size_t i = 0; i < config.targets.size(); i++) {
		if (config.targets[i].obsolete)
			return within<Owned<Kdamond>>(
				"targets", i,
				fail(EINVAL, "obsolete_target: nothing is running yet"));
	}
	TRY(kdamond->context_.configure(config));
	kdamond->context_.observe(options.observer);

	const int err = damon_thread_start(name, &worker_ops, &kdamond->context_, options.exclusive,
					   &kdamond->thread_);

	if (err == -EBUSY)
		return fail(EBUSY,
			    options.exclusive ? "other kdamonds run" : "an exclusive kdamond runs");
	TRY(from_errno(err));
	return kdamond;
}

Kdamond::~Kdamond()
{
	if (thread_)
		damon_thread_stop(thread_);
}

int Kdamond::pid() const
{
	return damon_thread_pid(thread_);
}

bool Kdamond::is_current() const
{
	return damon_thread_is_current(thread_);
}

Result<> Kdamond::commit(const ContextConfig &config)
{
	// Too large for a kernel stack.
	struct Staged final : Heap {
		Context context;
	};
	Owned<Staged> staged = TRY(make<Staged>());

	TRY(staged->context.configure(config));
	return call([&](Context &context) { return context.commit(std::move(staged->context)); });
}

Result<> Kdamond::commit_quota_goals(std::span<const Vec<GoalConfig>> goals)
{
	OperationsId operations = OperationsId::vaddr;
	Vec<Vec<Goal>> opened;

	TRY(call([&](Context &context) -> Result<> {
		operations = context.operations();
		return {};
	}));
	TRY(opened.reserve(goals.size()));
	for (std::size_t i = 0; i < goals.size(); i++)
		opened.push_reserved(TRY(within("schemes", i, open_goals(goals[i], operations))));
	return call([&](Context &context) -> Result<> {
		context.commit_goals(opened);
		return {};
	});
}

Result<> Kdamond::read_stats(std::span<SchemeStats> stats)
{
	return call([&](Context &context) -> Result<> {
		std::span<const Scheme> schemes = context.schemes();

		for (std::size_t i = 0; i < stats.size() && i < schemes.size(); i++)
			stats[i] = schemes[i].stats;
		return {};
	});
}

Result<> Kdamond::read_effective_quotas(std::span<uint64_t> bytes)
{
	return call([&](Context &context) -> Result<> {
		std::span<const Scheme> schemes = context.schemes();

		for (std::size_t i = 0; i < bytes.size() && i < schemes.size(); i++)
			bytes[i] = schemes[i].quota.effective_size();
		return {};
	});
}

Result<> Kdamond::read_stats_of(std::size_t scheme, SchemeStats &stats, uint64_t &effective_quota)
{
	return call([&](Context &context) -> Result<> {
		if (scheme >= context.schemes().size())
			return fail(ENOENT, "there is no such scheme");
		stats = context.schemes()[scheme].stats;
		effective_quota = context.schemes()[scheme].quota.effective_size();
		return {};
	});
}

Result<Attributes> Kdamond::read_attributes()
{
	Attributes attributes;

	TRY(call([&](Context &context) -> Result<> {
		attributes = context.attributes();
		return {};
	}));
	return attributes;
}

Result<> Kdamond::snapshot(Snapshot &snapshot)
{
	std::size_t room = 256;
	bool taken = false;

	// Between two tries an aggregation may split regions, each into three at most.
	for (int tries = 0; !taken && tries < 4; tries++) {
		TRY(snapshot.regions.reserve(room));
		TRY(call([&](Context &context) -> Result<> {
			taken = context.take(snapshot);
			room = 3 * context.regions().size();
			return {};
		}));
	}
	return taken ? Result<>{} : fail(EAGAIN, "there are more regions at each try");
}

Result<> Kdamond::try_walk(std::size_t nr_schemes, std::size_t room, Vec<TriedRegions> &tried,
			   bool &overflow)
{
	Vec<WalkRecord> records;
	Vec<TriedRegions> result;

	struct WalkWork final : Work {
		explicit WalkWork(Vec<WalkRecord> &r) : records(r) {}
		void run(Context &context, damon_request *request) override
		{
			started = context.start_walk(request, records);
			if (!started)
				damon_request_done(request, 0);
		}
		Vec<WalkRecord> &records;
		Result<> started;
	} work(records);

	TRY(records.resize(nr_schemes));
	TRY(result.reserve(nr_schemes));
	for (WalkRecord &record : records)
		TRY(record.regions.reserve(room));

	TRY(from_errno(damon_thread_call(thread_, static_cast<Work *>(&work))));
	TRY(work.started);

	overflow = false;
	for (WalkRecord &record : records) {
		overflow |= record.overflow;
		result.push_reserved(std::move(record.regions));
	}
	if (!overflow)
		std::swap(tried, result);
	return {};
}

Result<> Kdamond::walk(Vec<TriedRegions> &tried)
{
	std::size_t nr_schemes = 0;
	std::size_t room = 0;
	bool overflow = true;

	TRY(call([&](Context &context) -> Result<> {
		nr_schemes = context.schemes().size();
		room = context.regions().capacity();
		return {};
	}));
	if (nr_schemes == 0)
		return fail(ECANCELED, "there are no schemes");
	// The set may grow before the round, and schemes may cut regions.
	for (int tries = 0; overflow && tries < 4; tries++, room *= 2)
		TRY(try_walk(nr_schemes, room, tried, overflow));
	return overflow ? fail(ENOMEM, "more regions than can be told") : Result<>{};
}

} // namespace damon
