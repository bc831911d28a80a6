// SPDX-License-Identifier: GPL-2.0
// The functions of damon/damon.h: C in, a Kdamond at work, a negative errno out.
#include <damon/damon.h>

#include <algorithm>

#include <damon/port.h>

#include "clients/client_space.hpp"
#include "clients/config.hpp"
#include "core/error_text.hpp"
#include "core/memory.hpp"
#include "schemes/kdamond.hpp"
#include "schemes/text_form_writer.hpp"

// What a client holds on to.  Once the thread runs, nothing in it changes.
struct kdamond final : damon::Heap, damon::Observer {
	kdamond() = default;
	kdamond(const kdamond &) = delete;
	~kdamond();

	void aggregated(const damon::RegionSet &regions,
			const damon::Attributes &attributes) override;

	damon::ClientSpace space;
	damon::Operations operations = {};
	damon_kind kind = DAMON_VADDR;
	void (*callback)(void *arg, damon_view *view) = nullptr;
	void *arg = nullptr;
	struct module *owner = nullptr;
	damon_claim *claim = nullptr;
	damon::Owned<damon::Kdamond> worker;
};

kdamond::~kdamond()
{
	worker.reset();
	if (claim)
		damon_claim_drop(claim);
}

void kdamond::aggregated(const damon::RegionSet &regions, const damon::Attributes &attributes)
{
	damon_view view = {
		.nr_regions = regions.size(),
		.sample_us = attributes.sample_us,
		.aggr_us = attributes.aggr_us,
		.regions = &regions,
		.target = 0,
		.index = 0,
	};

	callback(arg, &view);
}

bool damon_next(damon_view *view, damon_region *region)
{
	const auto &set = *static_cast<const damon::RegionSet *>(view->regions);

	for (; view->target < set.nr_targets(); view->target++, view->index = 0) {
		std::span<const damon::Region> regions = set.target(view->target);

		if (view->index >= regions.size())
			continue;
		const damon::Region &next = regions[view->index++];

		*region = {next.start, next.end, static_cast<uint32_t>(view->target),
			   next.nr_accesses, next.age};
		return true;
	}
	view->target = view->index = 0;
	return false;
}

namespace damon {

namespace {

template <class T> int errno_of(const Result<T> &result)
{
	return result ? 0 : -result.error().number;
}

// As much of a sentence as fits, and a NUL.
class Sentence {
      public:
	// REQUIRES: room for the NUL.
	explicit Sentence(std::span<char> out) : out_(out.first(out.size() - 1)), writer_(out_) {}
	Sentence &put(std::string_view text)
	{
		writer_.put(text);
		return *this;
	}
	Sentence &put_unsigned(uint64_t number)
	{
		writer_.put(number);
		return *this;
	}
	void finish()
	{
		*(out_.data() + std::min(writer_.length(), out_.size())) = '\0';
	}

      private:
	std::span<char> out_;
	text_form::Writer writer_;
};

// @details, if there are any, say more than the error.
void tell(const Error &error, std::string_view details, std::span<char> out)
{
	if (out.empty())
		return;
	Sentence sentence(out);

	if (details.empty())
		print_error(sentence, error);
	else
		sentence.put(details);
	sentence.finish();
}

// Tells the client what is wrong with its configuration, or, if it does not listen, the log.
int refuse(const damon_config &config, const char *owner, const Error &error,
	   const TextError &details)
{
	if (config.error) {
		tell(error, details.message, {config.error, config.error_size});
	} else {
		char text[192];

		tell(error, details.message, text);
		damon_log_error("%s: %s (error %d)", owner, text, error.number);
	}
	return -error.number;
}

// @name: "kdamond.reclaimer", cut.
void print_thread_name(std::span<char> name, const char *owner)
{
	std::size_t n = 0;

	for (const char *part : {"kdamond.", owner}) {
		while (*part && n + 1 < name.size())
			name[n++] = *part++;
	}
	name[n] = '\0';
}

// Its owner has gone without doing that.
void stop_forgotten(void *object)
{
	auto *forgotten = static_cast<kdamond *>(object);

	forgotten->claim = nullptr; // this call is its end
	delete forgotten;
}

Result<Owned<kdamond>> start(module *owner, const damon_config &config, TextError &details)
{
	Owned<kdamond> started = TRY(make<kdamond>());
	char name[16]; // no thread's is longer

	started->owner = owner;
	started->kind = TRY(kind_of(config));
	started->callback = config.aggregated;
	started->arg = config.arg;
	if (started->kind == DAMON_CUSTOM) {
		if (!config.space)
			return fail(EINVAL, "space: there is none");
		started->space = {*config.space, config.space_arg};
		TRY(validate(started->space));
		started->operations = operations_for(started->space);
	}
	const ContextConfig context =
		TRY(context_config(config, started->operations, started->space, details));

	// Nothing may fail once the thread runs.
	TRY(from_errno(damon_claim_make(owner, stop_forgotten, started.get(), &started->claim)));
	print_thread_name(name, damon_module_name(owner));
	started->worker =
		TRY(Kdamond::start(name, context,
				   {.exclusive = config.exclusive,
				    .observer = config.aggregated ? started.get() : nullptr}));
	return started;
}

Result<> change(kdamond &running, const damon_config &config, TextError &details)
{
	if (TRY(kind_of(config)) != running.kind)
		return fail(EINVAL, "kind: is another than it was");
	return running.worker->commit(
		TRY(context_config(config, running.operations, running.space, details)));
}

damon_region region_of(const SnapshotRegion &region)
{
	return {region.range.start, region.range.end, region.target, region.nr_accesses,
		region.age};
}

} // namespace

} // namespace damon

using damon::errno_of;

int damon_start_for(module *owner, const damon_config *config, kdamond **kdamond)
{
	damon::TextError details;
	auto started = damon::start(owner, *config, details);

	*kdamond = started ? started->release() : nullptr;
	return started ? 0
		       : damon::refuse(*config, damon_module_name(owner), started.error(), details);
}

void damon_stop(kdamond *kdamond)
{
	if (!kdamond)
		return;
	if (kdamond->worker->is_current()) {
		damon_log_error("damon_stop() in a callback of the same kdamond: it goes on");
		return;
	}
	delete kdamond;
}

bool damon_running(const kdamond *kdamond)
{
	return kdamond && kdamond->worker->running();
}

int damon_pid(const kdamond *kdamond)
{
	return kdamond ? kdamond->worker->pid() : -1;
}

int damon_change(kdamond *kdamond, const damon_config *config)
{
	damon::TextError details;

	if (!kdamond)
		return -ECANCELED;
	const auto changed = damon::change(*kdamond, *config, details);

	return changed ? 0
		       : damon::refuse(*config, damon_module_name(kdamond->owner), changed.error(),
				       details);
}

ssize_t damon_snapshot(kdamond *kdamond, damon_region *regions, size_t max)
{
	damon::Snapshot snapshot;

	if (!kdamond)
		return -ECANCELED;
	const auto taken = kdamond->worker->snapshot(snapshot);

	if (!taken)
		return errno_of(taken);
	for (std::size_t i = 0; i < std::min(max, snapshot.regions.size()); i++)
		regions[i] = damon::region_of(snapshot.regions[i]);
	return static_cast<ssize_t>(snapshot.regions.size());
}

int damon_walk(kdamond *kdamond, int (*visit)(void *arg, const damon_region *region), void *arg)
{
	damon::Snapshot snapshot;

	if (!kdamond)
		return -ECANCELED;
	const auto taken = kdamond->worker->snapshot(snapshot);

	if (!taken)
		return errno_of(taken);
	for (const damon::SnapshotRegion &region : snapshot.regions) {
		const damon_region told = damon::region_of(region);

		if (const int result = visit(arg, &told))
			return result;
	}
	return 0;
}

int damon_walk_tried(kdamond *kdamond,
		     int (*visit)(void *arg, size_t scheme, const damon_region *region,
				  uint64_t sz_filter_passed),
		     void *arg)
{
	damon::Vec<damon::TriedRegions> tried;

	if (!kdamond)
		return -ECANCELED;
	const auto walked = kdamond->worker->walk(tried);

	for (std::size_t i = 0; i < tried.size(); i++) {
		for (const damon::TriedRegion &region : tried[i]) {
			const damon_region told = {region.range.start, region.range.end,
						   region.target, region.nr_accesses, region.age};

			if (const int result = visit(arg, i, &told, region.sz_filter_passed))
				return result;
		}
	}
	return errno_of(walked);
}

int damon_stats(kdamond *kdamond, size_t scheme, damos_stats *stats)
{
	damon::SchemeStats read;
	uint64_t effective_quota = 0;

	if (!kdamond)
		return -ECANCELED;
	const auto result = kdamond->worker->read_stats_of(scheme, read, effective_quota);

	if (result)
		*stats = {
			.nr_tried = read.nr_tried,
			.sz_tried = read.sz_tried,
			.nr_applied = read.nr_applied,
			.sz_applied = read.sz_applied,
			.sz_ops_filter_passed = read.sz_ops_filter_passed,
			.qt_exceeds = read.qt_exceeds,
			.nr_snapshots = read.nr_snapshots,
			.effective_bytes = effective_quota,
		};
	return errno_of(result);
}

int damon_intervals(kdamond *kdamond, uint64_t *sample_us, uint64_t *aggr_us)
{
	if (!kdamond)
		return -ECANCELED;
	const auto attributes = kdamond->worker->read_attributes();

	if (!attributes)
		return errno_of(attributes);
	*sample_us = attributes->sample_us;
	*aggr_us = attributes->aggr_us;
	return 0;
}
