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

// A count of one window, converted to a window of another number of samples.
uint32_t convert_count(uint32_t count, uint64_t old_samples, uint64_t new_samples)
{
	if (old_samples == new_samples)
		return count;

	uint64_t rate_bp = count * uint64_t{10000} / old_samples;
	uint64_t converted;

	if (__builtin_mul_overflow(rate_bp, new_samples, &converted))
		return UINT32_MAX;
	return static_cast<uint32_t>(std::min<uint64_t>(converted / 10000, UINT32_MAX));
}

// The same of a counter of fewer bits.
template <class T> T convert_small(T count, uint64_t old_samples, uint64_t new_samples)
{
	return static_cast<T>(std::min<uint32_t>(convert_count(count, old_samples, new_samples),
						 std::numeric_limits<T>::max()));
}

uint32_t convert_age(uint32_t age, uint64_t old_aggr_us, uint64_t new_aggr_us)
{
	uint64_t age_us;

	if (__builtin_mul_overflow(age, old_aggr_us, &age_us))
		age_us = UINT64_MAX;
	return static_cast<uint32_t>(std::min<uint64_t>(age_us / new_aggr_us, UINT32_MAX));
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

void Monitor::change_attributes(const Attributes &attributes)
{
	if (!attributes.same_intervals(attributes_)) {
		convert_counters(attributes);
		clock_.restart(attributes);
	} else if (attributes.update_us != attributes_.update_us) {
		clock_.restart_updates(attributes.update_us);
	}
	attributes_ = attributes;
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

void Monitor::convert_counters(const Attributes &attributes)
{
	const uint64_t old_samples = attributes_.samples_per_aggregation();
	const uint64_t new_samples = attributes.samples_per_aggregation();
	const bool whole_window = clock_.at_window_start() || clock_.aggregation_due();

	if (!attributes_.sample_us || !attributes_.aggr_us || !attributes.sample_us ||
	    !attributes.aggr_us)
		return;
	for (Region &region : set_.all()) {
		region.age = convert_age(region.age, attributes_.aggr_us, attributes.aggr_us);
		region.last_nr_accesses =
			convert_count(region.last_nr_accesses, old_samples, new_samples);
		region.nr_accesses =
			whole_window ? convert_count(region.nr_accesses, old_samples, new_samples)
				     : 0;
		region.last_nr_unknown =
			convert_small(region.last_nr_unknown, old_samples, new_samples);
		region.nr_unknown =
			whole_window ? convert_small(region.nr_unknown, old_samples, new_samples)
				     : 0;
	}
	for (ProbeHits &hits : set_.all_hits()) {
		for (uint8_t &count : hits.last)
			count = convert_small(count, old_samples, new_samples);
		for (uint8_t &count : hits.now)
			count = whole_window ? convert_small(count, old_samples, new_samples) : 0;
	}
}

// What one probe counted says nothing of another's hits, and where hits take the place of
// accesses, none of those is left.
void Monitor::change_probes(Probes &probes)
{
	for (std::size_t p = 0; p < max_nr_probes; p++) {
		if (probes_.same(probes, p))
			continue;
		for (ProbeHits &hits : set_.all_hits())
			hits.now[p] = hits.last[p] = 0;
	}
	if (probes.weighted()) {
		for (Region &region : set_.all()) {
			region.nr_accesses = region.last_nr_accesses = 0;
			region.nr_unknown = region.last_nr_unknown = 0;
		}
	}
	std::swap(probes_, probes);
}

// What the regions will be: for each target that stays, its own, fitted to the staged ranges.
Result<> Monitor::merge_targets(Monitor &staged, RegionSet &merged) const
{
	// What is known of one operations set's addresses says nothing of another's, nor does an
	// address in one unit of one in another.
	const bool keep = operations_ == staged.operations_ && addr_unit_ == staged.addr_unit_;
	const std::size_t nr_kept = keep ? targets_.size() : 0;

	if (!staged.probes_.empty())
		TRY(merged.install_probes());
	TRY(merged.reserve(std::max(set_.size(), staged.set_.capacity())));
	for (std::size_t i = 0; i < staged.targets_.size(); i++) {
		Target &target = staged.targets_[i];
		std::span<const Region> wanted = staged.set_.target(i);
		Vec<Range> ranges;

		if (target.obsolete()) {
			if (i >= targets_.size())
				return within<void>(
					"targets", i,
					fail(EINVAL, "obsolete_target: there is no such target"));
			continue;
		}
		if (i >= nr_kept) {
			TRY(merged.add_target(wanted));
			target.find_now = wanted.empty();
			continue;
		}
		TRY(merged.add_target(set_.target(i), set_.hits(i)));
		if (wanted.empty()) {
			target.find_now = targets_[i].find_now || target.pid != targets_[i].pid;
			continue;
		}
		TRY(ranges.reserve(wanted.size()));
		for (const Region &region : wanted)
			ranges.push_reserved(Range{region.start, region.end});
		TRY(fit_to_ranges(merged, merged.nr_targets() - 1, ranges));
	}
	return {};
}

Result<> Monitor::commit(Monitor &&staged)
{
	RegionSet merged;

	// First all that can fail.
	TRY(merge_targets(staged, merged));

	sample_accesses(Pass::release); // puts back what the watches took away
	std::swap(set_, merged);
	std::swap(targets_, staged.targets_);
	targets_.remove_if([](const Target &target) { return target.obsolete(); });
	std::swap(scouts_, staged.scouts_);
	operations_ = staged.operations_;
	addr_unit_ = staged.addr_unit_;
	min_region_size_ = staged.min_region_size_;
	change_probes(staged.probes_);
	change_attributes(staged.attributes_);
	find_now_ = std::any_of(targets_.begin(), targets_.end(),
				[](const Target &target) { return target.find_now; });
	limit_sizes();
	sample_accesses(Pass::prepare);
	return {};
}

} // namespace damon
