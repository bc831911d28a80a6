// SPDX-License-Identifier: GPL-2.0
#include "schemes/round.hpp"

#include <damon/port.h>

#include "core/adjust.hpp"
#include "core/check.hpp"
#include "schemes/arithmetic.hpp"
#include "schemes/pattern.hpp"

namespace damon {

namespace {

ScoreRules rules_of(const Scheme &scheme, const Monitored &monitored)
{
	return {
		.preference = scheme.preference,
		.samples_per_aggregation = monitored.clock.samples_per_aggregation(),
		.aggr_us = monitored.attributes.aggr_us,
		.accesses_weight = scheme.config.quota.nr_accesses_permil,
		.age_weight = scheme.config.quota.age_permil,
	};
}

// What such an action does to a part of a huge page, it does in vain, or splits it.
bool needs_whole_blocks(Action action)
{
	return action == Action::hugepage || action == Action::nohugepage ||
	       action == Action::collapse;
}

bool alike(const Region &a, const Region &b)
{
	return a.nr_accesses == b.nr_accesses && a.last_nr_accesses == b.last_nr_accesses;
}

// Either may be null: there are no probes.
bool alike(const ProbeHits *a, const ProbeHits *b)
{
	return !a || !b || *a == *b;
}

} // namespace

Round::Round(Scheme &scheme, std::size_t index, const Monitored &monitored, WalkRecord *record,
	     ScoreHistogram &histogram)
	: scheme_(scheme), index_(index), monitored_(monitored), record_(record),
	  window_(monitored.clock.window()), min_size_(monitored.min_region_size),
	  size_limit_(
		  region_size_limit(monitored.set, monitored.attributes.min_nr_regions, min_size_)),
	  rules_(rules_of(scheme, monitored)), least_score_(least_score(histogram)),
	  limited_(scheme.quota.exists()), traced_(damon_trace_before_apply_enabled())
{
}

// What the quota is enough for, if the best comes first.
uint32_t Round::least_score(ScoreHistogram &histogram) const
{
	if (!scheme_.quota.exists() || rules_.preference == Preference::none)
		return 0;

	histogram.clear();
	for (std::size_t t = 0; t < monitored_.targets.size(); t++) {
		if (!monitored_.targets[t].space->valid())
			continue;
		for (const Region &region : monitored_.set.target(t)) {
			const uint32_t nr_accesses = window_.moving_sum(region);

			if (!matches(scheme_.config.pattern, region, nr_accesses))
				continue;
			histogram.add(score(rules_, nr_accesses, region.age),
				      scheme_.core_filters.admitted({region.start, region.end}, t,
								    min_size_));
		}
	}
	return histogram.least_score(scheme_.quota.effective_size());
}

inline bool Round::wanted(const Region &region, uint32_t nr_accesses) const
{
	return matches(scheme_.config.pattern, region, nr_accesses) &&
	       (least_score_ == 0 || score(rules_, nr_accesses, region.age) >= least_score_);
}

void Round::run()
{
	if (takes_whole_regions()) {
		run_whole();
	} else {
		RegionRewriter rewrite(monitored_.set);

		rewrite_ = &rewrite;
		run_cutting();
	}
}

void Round::run_whole()
{
	for (std::size_t t = 0; t < monitored_.targets.size() && !over(); t++) {
		std::span<Region> regions = monitored_.set.target(t);

		if (!monitored_.targets[t].space->valid())
			continue;
		for (Region &region : regions) {
			if (!wanted(region, window_.moving_sum(region)))
				continue;
			(void)treat(t, region, monitored_.set.hits_of(region), region.end, true);
			if (scheme_.config.action != Action::stat)
				region.age = 0;
		}
		scheme_.stats.nr_snapshots += !regions.empty();
	}
}

void Round::run_cutting()
{
	while (!over() && rewrite_->next_target()) {
		const std::size_t target = rewrite_->target();
		bool finished = false;

		judged_to_ = 0;
		if (monitored_.targets[target].space->valid()) {
			while (rewrite_->peek() && !over())
				finished = visit(target);
			if (rewrite_->peek())
				break;
		}
		scheme_.stats.nr_snapshots += finished;
		scheme_.resume.end_target(target);
	}
	if (scheme_.resume.is_set() && scheme_.resume.target() >= monitored_.targets.size())
		scheme_.resume.clear();
}

// Deals with the next region, or with its first part if it is cut.  Whether its turn was now: it may
// have been before the quota was full, or have to wait for more quota.
bool Round::visit(std::size_t target)
{
	const Region region = *rewrite_->peek();

	if (region.start >= judged_to_) {
		judged_to_ = region.end;
		wanted_ = wanted(region, window_.moving_sum(region));
		nr_cuts_ = 0;
	}
	const uint64_t passed = scheme_.resume.passed(target, region, min_size_);

	if (passed == region.end || (passed > region.start && can_cut())) {
		put(passed, region.age);
		return false;
	}
	if (!wanted_) {
		put(region.end, region.age);
		return true;
	}

	const CoreDecision decision =
		scheme_.core_filters.decide({region.start, region.end}, target, min_size_);

	if (decision.end < region.end && !can_cut()) {
		put(region.end, region.age);
		return true;
	}
	if (decision.verdict == CoreVerdict::reject) {
		put(decision.end, region.age);
		return true;
	}

	uint64_t end = decision.end;

	if (limited_)
		end = region.start + scheme_.quota.allowance(end - region.start);
	if (end < region.end && !can_cut()) {
		// One minimum region too much is as near as quotas get.
		if (region.end - end > min_size_) {
			put(region.end, region.age);
			return false;
		}
		end = region.end;
	}
	end = treat(target, region, rewrite_->peek_hits(), end,
		    decision.verdict == CoreVerdict::pass);
	if (scheme_.quota.full())
		scheme_.resume.set(target, end);
	put(end, scheme_.config.action == Action::stat ? region.age : 0);
	return true;
}

// Applies the action up to @end, and counts.  Returns up to where it came.
uint64_t Round::treat(std::size_t target, const Region &region, const ProbeHits *hits, uint64_t end,
		      bool ask_folio_filters)
{
	const uint32_t nr_accesses = window_.moving_sum(region);
	SchemeStats &stats = scheme_.stats;

	if (traced_)
		trace(target, {region.start, end, nr_accesses, region.age});

	Applied result;

	// To count regions is the engine's own work, and takes no operations set.
	if (scheme_.powerless ||
	    (scheme_.config.action == Action::stat && scheme_.folio_filters.span().empty())) {
		if (limited_)
			scheme_.quota.charge(end - region.start, 0, 0);
	} else {
		result = apply(*monitored_.targets[target].space, region.start, end,
			       ask_folio_filters);
	}

	if (record_) {
		TriedRegion tried = {.range = {region.start, end},
				     .target = static_cast<uint32_t>(target),
				     .nr_accesses = nr_accesses,
				     .age = region.age,
				     .sz_filter_passed = result.filter_passed};

		window_.moving_sums(hits, tried.probe_hits);
		record_->add(tried);
	}
	stats.nr_tried++;
	stats.sz_tried = add_saturated(stats.sz_tried, end - region.start);
	if (result.applied == 0 && result.filter_passed == 0)
		return end;
	stats.nr_applied += result.applied > 0;
	stats.sz_applied = add_saturated(stats.sz_applied, result.applied);
	stats.sz_ops_filter_passed =
		add_saturated(stats.sz_ops_filter_passed, result.filter_passed);
	return end;
}

void Round::trace(std::size_t target, const damon_traced_region &traced) const
{
	// The set is being rewritten, but this it still tells.
	const std::size_t nr_regions = monitored_.set.target(target).size();

	damon_trace_before_apply(static_cast<unsigned int>(index_), target,
				 static_cast<unsigned int>(nr_regions), &traced);
}

// Slice by slice, until the quota is full.
Applied Round::apply(AddressSpace &space, uint64_t start, uint64_t &end, bool asks)
{
	const SchemeConfig &config = scheme_.config;
	const Order order = {
		.action = config.action,
		.filters = asks ? scheme_.folio_filters.span() : std::span<const damon_filter>(),
		.target_nid = config.target_nid,
		.destinations = config.destinations,
		.last_folio = &last_folio_,
	};
	Quota &quota = scheme_.quota;
	Applied total;
	uint64_t done = start;

	do {
		const Range slice = quota.slice({done, end}, needs_whole_blocks(config.action));
		const uint64_t start_ns = quota.timed() ? damon_thread_cpu_ns() : 0;
		const Applied result = space.apply(order, slice);
		const uint64_t ns = quota.timed() ? damon_thread_cpu_ns() - start_ns : 0;

		quota.charge(slice.size(), result.applied, ns);
		total.applied = add_saturated(total.applied, result.applied);
		total.filter_passed = add_saturated(total.filter_passed, result.filter_passed);
		done = slice.end;
	} while (done < end && !(quota.full() && can_cut()));
	end = done;
	return total;
}

// Leaves the peeked region up to @end with this age, and goes on behind it.  What a round cut is
// glued together again where it is alike, but the number of regions never falls: neighbours that the
// monitoring split stay apart.
void Round::put(uint64_t end, uint32_t age)
{
	Region &region = *rewrite_->peek();
	Region *left = rewrite_->last();
	const bool whole = end == region.end;

	nr_cuts_ += !whole;
	if (nr_cuts_ > 0 && left && left->end == region.start && left->age == age &&
	    alike(*left, region) && alike(rewrite_->last_hits(), rewrite_->peek_hits()) &&
	    end - left->start <= size_limit_) {
		nr_cuts_--;
		left->end = end;
		region.start = end;
		if (whole)
			rewrite_->take();
	} else if (whole) {
		region.age = age;
		rewrite_->keep();
	} else {
		CHECK(rewrite_->cut(end));
		rewrite_->last()->age = age;
	}
}

} // namespace damon
