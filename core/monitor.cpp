// SPDX-License-Identifier: GPL-2.0
#include "core/monitor.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "core/tuner.hpp"

namespace damon {

namespace {

// Numbers of regions may be any.  Beyond this many, room is made as regions come...
constexpr uint64_t initial_capacity = 4096;
// ...and beyond this many, for the minimum, not at once.
constexpr uint64_t capacity_for_minimum = 65536;

// Enough to find a 2000th part of the memory within an aggregation interval of 20 samples.
constexpr uint64_t most_scouts = 256;

constexpr bool counts(Pass pass)
{
	return pass == Pass::check || pass == Pass::check_and_prepare;
}

constexpr bool prepares(Pass pass)
{
	return pass == Pass::prepare || pass == Pass::check_and_prepare;
}

Region region_of(const Range &range)
{
	Region region;

	region.start = range.start;
	region.end = range.end;
	return region;
}

// Bit i of @bits counts for the i-th region.
template <class T> void count(uint64_t bits, Region *regions, T Region::*counter)
{
	for (; bits; bits &= bits - 1) {
		T &value = regions[static_cast<unsigned int>(__builtin_ctzll(bits))].*counter;

		if (value < std::numeric_limits<T>::max())
			value++;
	}
}

} // namespace

Monitor::Monitor() : random_(damon_random_seed()) {}

Result<> Monitor::configure(const ContextConfig &config)
{
	operations_ = config.custom ? config.custom : find_operations(config.operations);
	if (!operations_)
		return fail(EINVAL, "operations: not available on this kernel");
	if (operations_->single_target && config.targets.size() > 1)
		return fail(EINVAL, "targets/nr_targets: these operations take one only");
	TRY(set_addr_unit(config.addr_unit));
	TRY(validate(config.attributes));
	attributes_ = config.attributes;
	TRY(set_probes(config));

	TRY(set_.reserve(std::min(attributes_.max_nr_regions, initial_capacity)));
	for (const TargetConfig &wanted : config.targets) {
		const std::size_t index = targets_.size();
		Vec<Range> ranges;
		Target target{.space = {}, .pid = wanted.pid};

		if (!wanted.obsolete)
			target.space = TRY(
				within("targets", index, operations_->open(wanted, addr_unit_)));
		TRY(ranges.reserve(wanted.regions.size()));
		for (const Range &range : wanted.regions)
			ranges.push_reserved(range);
		TRY(within("targets", index, align_ranges(ranges, min_region_size_)));

		Vec<Region> regions;

		TRY(regions.reserve(ranges.size()));
		for (const Range &range : ranges)
			regions.push_reserved(region_of(range));
		TRY(set_.add_target(regions));
		TRY(targets_.push(std::move(target)));
	}
	TRY(scouts_.reserve(std::min(attributes_.max_nr_regions, most_scouts), targets_.size()));
	clock_.restart(attributes_);
	return {};
}

Result<> Monitor::set_addr_unit(uint64_t unit)
{
	if (unit == 0)
		return fail(EINVAL, "addr_unit: is 0");
	addr_unit_ = operations_->has_addr_unit ? unit : 1;
	min_region_size_ = std::max<uint64_t>(operations_->min_region_size / addr_unit_, 1);
	if ((min_region_size_ & (min_region_size_ - 1)) != 0)
		return fail(EINVAL, "addr_unit: the size of a page over it is not a power of two");
	return {};
}

Result<> Monitor::set_probes(const ContextConfig &config)
{
	Probes probes = TRY(Probes::open(config.probes, config.attributes));

	if (!operations_->has_probes || probes.empty())
		return {};
	probes_ = std::move(probes);
	return set_.install_probes();
}

void Monitor::begin()
{
	if (operations_->finds_ranges) {
		for (std::size_t i = 0; i < targets_.size(); i++) {
			if (!set_.target(i).empty())
				continue;
			found_.clear();
			// Without ranges the target stays empty until the next update.
			if (targets_[i].space->find_ranges(found_))
				(void)fit_to_ranges(set_, i, found_);
		}
	}
	limit_sizes();
	sample_accesses(Pass::prepare);
}

void Monitor::end()
{
	sample_accesses(Pass::release);
	sampled_ = false;
}

bool Monitor::a_target_is_valid()
{
	return std::any_of(targets_.begin(), targets_.end(),
			   [](Target &target) { return target.space->valid(); });
}

void Monitor::sample_accesses(Pass pass)
{
	sampled_ = false;
	if (probes_.weighted())
		return;
	if (pass == Pass::prepare)
		deploy_scouts();
	for (std::size_t i = 0; i < targets_.size(); i++) {
		std::span<Region> regions = set_.target(i);
		std::span<damon_watch> watches = set_.watches(i);

		if (pass == Pass::prepare)
			std::fill(watches.begin(), watches.end(), damon_watch{DAMON_NO_ADDRESS, 0});
		if (regions.empty())
			continue;
		if (!targets_[i].space->begin_pass()) {
			std::fill(watches.begin(), watches.end(), damon_watch{DAMON_NO_ADDRESS, 0});
			scouts_.forget(i);
			for (Region &region : regions)
				region.nr_unknown += counts(pass) && region.nr_unknown < UINT16_MAX;
			continue;
		}
		sampled_ = true;
		// Scouts first: else a region might begin to watch where a scout still does.
		if (scouts_.deployed())
			scouts_.check(*targets_[i].space, i);
		sample_target(*targets_[i].space, regions, watches, pass);
		if (prepares(pass) && scouts_.deployed())
			scouts_.prepare(*targets_[i].space, watches, i, random_, min_region_size_);
		targets_[i].space->end_pass();
	}
}

void Monitor::sample_target(AddressSpace &space, std::span<Region> regions,
			    std::span<damon_watch> watches, Pass pass)
{
	const uint64_t granule = ~(min_region_size_ - 1);
	[[gnu::uninitialized]] uint64_t next[DAMON_BATCH]; // zeroing it would show

	for (std::size_t done = 0; done < regions.size();) {
		const std::size_t n = std::min<std::size_t>(regions.size() - done, DAMON_BATCH);
		Region *batch = &regions[done];

		if (prepares(pass)) {
			Random random = random_; // in a register

			// Bounds are multiples of the granule, so every one is equally likely.
			for (std::size_t i = 0; i < n; i++)
				next[i] =
					(batch[i].start + random.below(batch[i].size())) & granule;
			random_ = random;
		}
		const damon_verdict verdict =
			space.sample(watches.subspan(done, n), prepares(pass) ? next : nullptr);

		if (counts(pass)) {
			count(verdict.accessed, batch, &Region::nr_accesses);
			count(verdict.unknown, batch, &Region::nr_unknown);
		}
		done += n;
	}
}

void Monitor::probe()
{
	for (std::size_t t = 0; t < targets_.size(); t++) {
		std::span<const Region> regions = set_.target(t);

		for (std::size_t done = 0; done < regions.size();) {
			const std::size_t n =
				std::min<std::size_t>(regions.size() - done, DAMON_BATCH);

			probe_batch(*targets_[t].space, regions.subspan(done, n),
				    set_.watches(t).subspan(done, n),
				    set_.hits(t).subspan(done, n));
			done += n;
		}
	}
}

void Monitor::probe_batch(AddressSpace &space, std::span<const Region> regions,
			  std::span<const damon_watch> watches, std::span<ProbeHits> hits)
{
	const uint64_t granule = ~(min_region_size_ - 1);
	[[gnu::uninitialized]] uint64_t addresses[DAMON_BATCH];
	uint64_t found[max_nr_probes] = {};

	for (std::size_t i = 0; i < regions.size(); i++) {
		addresses[i] = probes_.weighted() ? DAMON_NO_ADDRESS : watches[i].address;
		if (addresses[i] == DAMON_NO_ADDRESS)
			addresses[i] =
				(regions[i].start + random_.below(regions[i].size())) & granule;
	}
	space.probe({addresses, regions.size()}, probes_.span(), found);
	for (std::size_t p = 0; p < probes_.size(); p++) {
		for (; found[p]; found[p] &= found[p] - 1) {
			uint8_t &count = hits[__builtin_ctzll(found[p])].now[p];

			if (count < UINT8_MAX)
				count++;
		}
	}
}

void Monitor::merge()
{
	const uint64_t samples = clock_.samples_per_aggregation();

	age_and_merge(set_, MergeRules{
				    .max_nr_regions = attributes_.max_nr_regions,
				    .samples_per_aggregation = static_cast<uint32_t>(
					    std::min<uint64_t>(samples, UINT32_MAX)),
				    .size_limit = size_limit_,
				    .weights = probes_.weights(),
			    });
	limit_sizes();
}

bool Monitor::tune()
{
	const IntervalsGoal &goal = attributes_.goal;

	// Without access checks there is nothing to tune by.
	if (!goal.aggrs || probes_.weighted() || !clock_.tuning_due(goal.aggrs))
		return false;
	clock_.tuning_done();

	const Attributes next =
		tuned(attributes_, access_score(set_, clock_.samples_per_aggregation(), goal));

	if (next == attributes_)
		return false;
	convert_counters(next);
	clock_.retune(next);
	attributes_ = next;
	damon_trace_tuned(attributes_.sample_us);
	return true;
}

void Monitor::trace_aggregation() const
{
	const bool plain = damon_trace_aggregated_enabled();
	const bool probed = !probes_.empty() && damon_trace_region_aggregated_enabled();

	if (!plain && !probed)
		return;
	for (std::size_t t = 0; t < set_.nr_targets(); t++) {
		std::span<const Region> regions = set_.target(t);

		for (const Region &region : regions) {
			const damon_traced_region traced = {region.start, region.end,
							    region.nr_accesses, region.age};

			const auto n = static_cast<unsigned int>(regions.size());

			if (plain)
				damon_trace_aggregated(t, n, &traced);
			if (probed)
				damon_trace_region_aggregated(
					t, n, &traced, set_.hits_of(region)->now,
					static_cast<unsigned int>(probes_.size()));
		}
	}
}

void Monitor::start_aggregation()
{
	trace_aggregation();
	for (Region &region : set_.all()) {
		region.last_nr_accesses = region.nr_accesses;
		region.nr_accesses = 0;
		region.last_nr_unknown = region.nr_unknown;
		region.nr_unknown = 0;
	}
	for (ProbeHits &hits : set_.all_hits()) {
		std::copy(hits.now, hits.now + max_nr_probes, hits.last);
		std::fill(hits.now, hits.now + max_nr_probes, uint8_t{0});
	}
	clock_.next_aggregation();
	// Splitting at most triples the regions.
	if (set_.size() > set_.capacity() / 3)
		make_room(3 * uint64_t{set_.capacity()});
	carve(set_, scouts_.sorted_finds(), scouts_.reach(), attributes_.max_nr_regions,
	      min_region_size_);
	scouts_.forget_finds();
	split(set_, random_, split_memory_, attributes_.max_nr_regions, min_region_size_);
}

// Regions and scouts together make no more samples than max_nr_regions.
void Monitor::deploy_scouts()
{
	uint64_t left = attributes_.max_nr_regions -
			std::min<uint64_t>(attributes_.max_nr_regions, set_.size());

	// Blocks are told by masks.  An odd unit, if anybody wants one, has no scouts.
	if ((addr_unit_ & (addr_unit_ - 1)) != 0)
		left = 0;

	scouts_.deploy(set_, clock_.samples_per_aggregation(), min_region_size_,
		       std::min(left, most_scouts),
		       std::max(operations_->watched_block / addr_unit_, min_region_size_));
}

void Monitor::update()
{
	const bool all = clock_.update_due();

	if (all)
		clock_.next_update();
	find_now_ = false;
	for (std::size_t i = 0; i < targets_.size(); i++) {
		const bool now = std::exchange(targets_[i].find_now, false);

		found_.clear();
		if ((all || now) && targets_[i].space->find_ranges(found_) && !found_.empty())
			(void)fit_to_ranges(set_, i, found_);
	}
}

void Monitor::limit_sizes()
{
	size_limit_ = region_size_limit(set_, attributes_.min_nr_regions, min_region_size_);
	const uint64_t count = regions_at_size_limit(set_, size_limit_);

	if (count == set_.size())
		return;
	if (set_.capacity() < capacity_for_minimum)
		make_room(std::min(count, capacity_for_minimum));
	enforce_size_limit(set_, size_limit_);
}

// If there is no memory, one makes do with less.
void Monitor::make_room(uint64_t count)
{
	(void)set_.reserve(std::min(attributes_.max_nr_regions, count));
}

} // namespace damon
