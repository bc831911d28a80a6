// SPDX-License-Identifier: GPL-2.0
#include "tests/unit/fakes.hpp"

#include <algorithm>

#include "core/check.hpp"
#include "core/memory.hpp"

namespace damon::test {

namespace {

constinit FakeProcess *processes = nullptr;

bool covers(const Range &range, uint64_t address)
{
	return range.start <= address && address < range.end;
}

bool any_covers(const Vec<Range> &ranges, uint64_t address)
{
	return std::any_of(ranges.begin(), ranges.end(),
			   [=](const Range &range) { return covers(range, address); });
}

// A test that runs out of memory has nothing more to say.
void must(const Result<> &result)
{
	CHECK(result);
}

class FakeSpace final : public AddressSpace, public Heap {
      public:
	explicit FakeSpace(FakeProcess &process) : process_(process) {}

	void destroy() override
	{
		process_.calls.closes++;
		delete this;
	}
	bool valid() override
	{
		return process_.alive;
	}
	Result<> find_ranges(Vec<Range> &ranges) override
	{
		process_.calls.finds++;
		if (process_.find_error)
			return fail(process_.find_error);
		for (const Range &range : process_.mappings)
			TRY(ranges.push(range));
		return {};
	}
	bool begin_pass() override
	{
		return process_.begin();
	}
	damon_verdict sample(std::span<damon_watch> watches, const uint64_t *next) override
	{
		return process_.sample(watches, next);
	}
	void end_pass() override
	{
		process_.end();
	}
	void probe(std::span<const uint64_t> addresses, std::span<const damon_probe> probes,
		   uint64_t *hits) override
	{
		process_.probe(addresses, probes, hits);
	}
	Applied apply(const Order &order, Range range) override
	{
		const uint64_t passed =
			process_.passed_divisor ? range.size() / process_.passed_divisor : 0;

		process_.record(order, range);
		set_thread_cpu_ns(damon_thread_cpu_ns() +
				  range.size() / page * process_.apply_ns_per_page);
		if (order.action == Action::stat)
			return {.applied = 0, .filter_passed = passed};
		return {.applied = range.size() / process_.apply_divisor, .filter_passed = passed};
	}
	Residence residence(Range range, int nid) override
	{
		const uint64_t border = std::clamp(process_.node_border, range.start, range.end);

		return {.on_node = nid == 0   ? border - range.start
				   : nid == 1 ? range.end - border
					      : 0,
			.total = range.size()};
	}

      private:
	FakeProcess &process_;
};

Result<AddressSpacePtr> open_fake(const TargetConfig &target, uint64_t)
{
	FakeProcess *process = FakeProcess::find(target.pid);

	if (!process)
		return fail(EINVAL, "pid_target: no such process");
	auto *space = new FakeSpace(*process);
	if (!space)
		return fail(ENOMEM);
	process->calls.opens++;
	return AddressSpacePtr(space);
}

Result<> supports_all(Action)
{
	return {};
}

Result<> supports_stat(Action action)
{
	if (action == Action::stat)
		return {};
	return fail(EOPNOTSUPP, "action: a fake that only counts");
}

// Registered for good: there is no way back.
constinit Operations fake_operations[nr_operations_ids] = {};

} // namespace

void register_fake(const FakeOperations &fake)
{
	Operations &operations = fake_operations[static_cast<std::size_t>(fake.id)];

	operations = Operations{
		.id = fake.id,
		.of_processes = fake.id != OperationsId::paddr,
		.finds_ranges = fake.finds_ranges,
		.targets_end = fake.targets_end,
		.min_region_size = fake.min_region_size,
		.single_target = fake.single_target,
		.has_addr_unit = fake.has_addr_unit,
		.has_probes = fake.has_probes,
		.open = open_fake,
		.supports = fake.only_stat ? supports_stat : supports_all,
		.looks_at_folios = [](Action action) { return action != Action::willneed; },
	};
	register_operations(operations);
}

void AccessLog::touch(Range range)
{
	now_++;
	for (Touch &touch : touches_) {
		if (touch.range == range) {
			touch.moment = now_;
			return;
		}
	}
	must(touches_.push({range, now_}));
}

void AccessLog::set_hot(Range range)
{
	must(hot_.push(range));
}

void AccessLog::set_cold(Range range)
{
	for (Range &hot : hot_) {
		if (hot == range)
			hot = {};
	}
	touch(range);
}

bool AccessLog::accessed_since(uint64_t address, uint64_t moment) const
{
	return any_covers(hot_, address) ||
	       std::any_of(touches_.begin(), touches_.end(), [=](const Touch &touch) {
		       return covers(touch.range, address) && touch.moment > moment;
	       });
}

FakeProcess::FakeProcess(int pid_) : pid(pid_), next_(processes)
{
	must(applied.reserve(1000));
	processes = this;
}

FakeProcess::~FakeProcess()
{
	FakeProcess **link = &processes;

	while (*link != this)
		link = &(*link)->next_;
	*link = next_;
}

FakeProcess *FakeProcess::find(int pid)
{
	for (FakeProcess *process = processes; process; process = process->next_) {
		if (process->pid == pid && process->alive)
			return process;
	}
	return nullptr;
}

void FakeProcess::map(Range range)
{
	must(mappings.push(range));
	std::sort(mappings.begin(), mappings.end(),
		  [](const Range &a, const Range &b) { return a.start < b.start; });
}

bool FakeProcess::mapped(uint64_t address) const
{
	return any_covers(mappings, address);
}

bool FakeProcess::begin()
{
	calls.violations += in_pass_;
	if (!alive || !has_memory)
		return false;
	calls.passes++;
	in_pass_ = true;
	return true;
}

void FakeProcess::end()
{
	calls.violations += !in_pass_;
	in_pass_ = false;
}

damon_verdict FakeProcess::sample(std::span<damon_watch> watches, const uint64_t *next)
{
	damon_verdict verdict = {};
	uint64_t last = 0;

	calls.batches++;
	calls.violations += !in_pass_ || watches.empty() || watches.size() > DAMON_BATCH;
	for (std::size_t i = 0; i < watches.size() && i < DAMON_BATCH; i++) {
		damon_watch &watch = watches[i];

		if (watch.address != DAMON_NO_ADDRESS) {
			calls.checked++;
			calls.violations += watch.address < last;
			last = watch.address;
			// A cookie of 0 would mean that we are asked about what we never saw.
			calls.violations += watch.cookie == 0;
			if (!mapped(watch.address))
				verdict.unknown |= uint64_t{1} << i;
			else if (log.accessed_since(watch.address, watch.cookie))
				verdict.accessed |= uint64_t{1} << i;
		}
		watch = {.address = DAMON_NO_ADDRESS, .cookie = 0};
		if (next && next[i] != DAMON_NO_ADDRESS) {
			calls.started++;
			watch = {.address = next[i], .cookie = log.now()};
		}
	}
	return verdict;
}

void FakeProcess::probe(std::span<const uint64_t> addresses, std::span<const damon_probe> probes,
			uint64_t *hits)
{
	calls.violations += in_pass_ || addresses.empty() || addresses.size() > DAMON_BATCH ||
			    probes.empty() || probes.size() > max_nr_probes;
	calls.probed += addresses.size();
	for (std::size_t p = 0; p < probes.size(); p++) {
		hits[p] = 0;
		for (std::size_t i = 0; i < addresses.size(); i++)
			hits[p] |= uint64_t{hit_by(probes[p], addresses[i])} << i;
	}
}

bool FakeProcess::has(const damon_filter &filter, uint64_t address) const
{
	if (!mapped(address))
		return false;
	if (filter.type == DAMON_FILTER_ANON)
		return any_covers(anon, address);
	return std::any_of(charged.begin(), charged.end(), [&](const Charge &charge) {
		return covers(charge.range, address) && charge.memcg == filter.memcg;
	});
}

bool FakeProcess::hit_by(const damon_probe &probe, uint64_t address) const
{
	bool last_allows = false;

	for (unsigned int i = 0; i < probe.nr_filters; i++) {
		const damon_filter &filter = probe.filters[i];

		if (has(filter, address) == filter.matching)
			return filter.allow;
		last_allows = filter.allow;
	}
	return !last_allows;
}

void FakeProcess::record(const Order &order, Range range)
{
	calls.violations += in_pass_ || range.start >= range.end;
	calls.applies++;
	if (applied.size() < applied.capacity())
		applied.push_reserved({
			.action = order.action,
			.range = range,
			.nr_filters = order.filters.size(),
			.target_nid = order.target_nid,
			.nr_destinations = order.destinations.size(),
			.last_folio = order.last_folio ? *order.last_folio : 0,
		});
	if (order.last_folio)
		*order.last_folio = range.end;
}

} // namespace damon::test
