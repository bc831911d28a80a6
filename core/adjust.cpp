// SPDX-License-Identifier: GPL-2.0
#include "core/adjust.hpp"

#include <algorithm>
#include <bit>

namespace damon {

namespace {

constexpr uint32_t difference(uint32_t a, uint32_t b)
{
	return a > b ? a - b : b - a;
}

constexpr uint64_t round_down(uint64_t value, uint64_t multiple)
{
	return value & ~(multiple - 1);
}

// Counters of two regions joined: averages weighted by size, rounded down.
class WeightedAverage {
      public:
	WeightedAverage(uint64_t size_a, uint64_t size_b)
	{
		// With a total below 2^32, 32-bit values times sizes fit 64 bit.
		int excess = static_cast<int>(std::bit_width(size_a + size_b)) - 32;

		if (excess > 0) {
			size_a >>= excess;
			size_b >>= excess;
		}
		size_a_ = size_a;
		size_b_ = size_b;
	}

	uint32_t of(uint32_t a, uint32_t b) const
	{
		if (a == b)
			return a;
		return static_cast<uint32_t>((a * size_a_ + b * size_b_) /
					     std::max<uint64_t>(size_a_ + size_b_, 1));
	}

      private:
	uint64_t size_a_;
	uint64_t size_b_;
};

void join_hits(ProbeHits &left, const ProbeHits &right, const WeightedAverage &average)
{
	for (std::size_t p = 0; p < max_nr_probes; p++) {
		left.now[p] = static_cast<uint8_t>(average.of(left.now[p], right.now[p]));
		left.last[p] = static_cast<uint8_t>(average.of(left.last[p], right.last[p]));
	}
}

// The peeked region becomes a part of the last one.
void join(RegionRewriter &rewrite)
{
	Region &left = *rewrite.last();
	const Region &right = *rewrite.peek();
	const WeightedAverage average(left.size(), right.size());

	left.nr_accesses = average.of(left.nr_accesses, right.nr_accesses);
	left.last_nr_accesses = average.of(left.last_nr_accesses, right.last_nr_accesses);
	left.age = average.of(left.age, right.age);
	left.nr_unknown = static_cast<uint16_t>(average.of(left.nr_unknown, right.nr_unknown));
	left.last_nr_unknown =
		static_cast<uint16_t>(average.of(left.last_nr_unknown, right.last_nr_unknown));
	left.end = right.end;
	if (ProbeHits *hits = rewrite.last_hits())
		join_hits(*hits, *rewrite.peek_hits(), average);
	rewrite.take();
}

void grow_older(Region &region, uint32_t last_score, uint32_t score, uint32_t threshold)
{
	if ((last_score == 0) != (score == 0) || difference(score, last_score) > threshold)
		region.age = 0;
	else if (region.age < UINT32_MAX)
		region.age++;
}

// What tells regions apart: mostly accesses...
struct AccessScore {
	uint32_t of(const Region &region, const ProbeHits *) const
	{
		return region.nr_accesses;
	}
	uint32_t last_of(const Region &region, const ProbeHits *) const
	{
		return region.last_nr_accesses;
	}
};

// ...or probe hits.
class ProbeScore {
      public:
	explicit ProbeScore(std::span<const uint32_t> weights) : weights_(weights) {}

	uint32_t of(const Region &, const ProbeHits *hits) const
	{
		return sum(hits->now);
	}
	uint32_t last_of(const Region &, const ProbeHits *hits) const
	{
		return sum(hits->last);
	}

      private:
	uint32_t sum(const uint8_t (&hits)[max_nr_probes]) const
	{
		uint64_t total = 0;

		for (std::size_t p = 0; p < weights_.size(); p++)
			total += uint64_t{weights_[p]} * hits[p];
		return static_cast<uint32_t>(std::min<uint64_t>(total, UINT32_MAX));
	}

	std::span<const uint32_t> weights_;
};

template <class Score> uint32_t highest(const RegionSet &set, const Score &score)
{
	uint32_t most = 0;

	for (const Region &region : set.all())
		most = std::max(most, score.of(region, set.hits_of(region)));
	return most;
}

enum class Ageing : bool { no, yes };

// Returns a threshold below which another pass would join nothing more.
template <class Score> uint32_t merge_pass(RegionSet &set, const Score &score, uint32_t threshold,
					   uint64_t size_limit, Ageing ageing)
{
	RegionRewriter rewrite(set);
	uint32_t least = UINT32_MAX;

	while (rewrite.next_target()) {
		while (Region *region = rewrite.peek()) {
			const ProbeHits *hits = rewrite.peek_hits();
			const uint32_t here = score.of(*region, hits);

			if (ageing == Ageing::yes)
				grow_older(*region, score.last_of(*region, hits), here, threshold);
			Region *left = rewrite.last();

			if (!left || left->end != region->start ||
			    region->end - left->start > size_limit) {
				rewrite.keep();
				continue;
			}
			const uint32_t apart =
				difference(score.of(*left, rewrite.last_hits()), here);

			if (apart <= threshold) {
				join(rewrite);
				least = 0; // scores changed
			} else {
				least = std::min(least, apart);
				rewrite.keep();
			}
		}
	}
	return least;
}

// @most: the highest score there may be.
template <class Score>
void age_and_merge_by(const Score &score, uint32_t most, RegionSet &set, const MergeRules &rules)
{
	uint32_t threshold = highest(set, score) / 10;

	uint32_t least = merge_pass(set, score, threshold, rules.size_limit, Ageing::yes);

	while (set.size() > rules.max_nr_regions && threshold < most && least <= most) {
		threshold = threshold < most / 2 ? std::max<uint32_t>(2 * threshold, 1) : most;
		// A pass that would join nothing is spared.
		if (threshold >= least)
			least = merge_pass(set, score, threshold, rules.size_limit, Ageing::no);
	}
}

uint64_t tenths(uint64_t size, uint64_t count)
{
	return size / 10 * count + size % 10 * count / 10;
}

// A random place in the region, 0 if there is none.
uint64_t cut_place(uint64_t start, uint64_t end, Random &random, uint64_t min_size)
{
	uint64_t left = round_down(tenths(end - start, 1 + random.below(9)), min_size);

	return left == 0 || left >= end - start ? 0 : start + left;
}

void split_in_three(RegionRewriter &rewrite, Random &random, uint64_t min_size, bool three)
{
	const Region &region = *rewrite.peek();
	uint64_t start = region.start;

	if (region.size() <= 2 * min_size)
		return;
	uint64_t right_cut = cut_place(start, region.end, random, min_size);

	if (three && right_cut && right_cut - start > 2 * min_size) {
		uint64_t left_cut = cut_place(start, right_cut, random, min_size);

		if (left_cut && rewrite.room() >= 2)
			rewrite.cut(left_cut);
	}
	if (right_cut)
		rewrite.cut(right_cut);
}

bool much_hotter(const Region &a, const Region &b)
{
	return a.last_nr_accesses >= 2 * (uint64_t{b.last_nr_accesses} + 1);
}

// Where two regions meet, accesses rarely end just there; and what is off by less than a tenth of the
// larger one, no cut at a tenth of it shows.  So a region is also cut near a hotter one, by a part of
// that one's size.  False: there is none.
bool split_at_borders(RegionRewriter &rewrite, Random &random, uint64_t min_size, bool three)
{
	const Region &region = *rewrite.peek();
	const Region *left = rewrite.last(), *right = rewrite.peek_next();
	auto distance = [&](const Region &from) {
		return std::max(round_down(from.size() >> random.below(6), min_size), min_size);
	};

	if (left && (left->end != region.start || !much_hotter(*left, region)))
		left = nullptr;
	if (right && (right->start != region.end || !much_hotter(*right, region)))
		right = nullptr;
	if ((!left && !right) || region.size() <= 2 * min_size)
		return false;
	if (left && right && !three)
		(random.below(2) ? left : right) = nullptr;
	if (left)
		rewrite.cut(region.start + distance(*left));
	if (right) {
		const uint64_t size = distance(*right);

		if (size < region.size())
			rewrite.cut(region.end - size);
	}
	return true;
}

} // namespace

uint64_t region_size_limit(const RegionSet &set, uint64_t min_nr_regions, uint64_t min_size)
{
	uint64_t limit = set.total_size() / std::max<uint64_t>(min_nr_regions, 1);

	return round_down(std::max(limit, min_size) + min_size - 1, min_size);
}

uint64_t regions_at_size_limit(const RegionSet &set, uint64_t limit)
{
	uint64_t count = set.size();

	for (const Region &region : set.all()) {
		if (region.size() > limit)
			count += (region.size() - 1) / limit;
	}
	return count;
}

void enforce_size_limit(RegionSet &set, uint64_t limit)
{
	if (regions_at_size_limit(set, limit) == set.size())
		return;

	RegionRewriter rewrite(set);

	while (rewrite.next_target()) {
		while (Region *region = rewrite.peek()) {
			while (region->size() > limit && rewrite.cut(region->start + limit))
				;
			rewrite.keep();
		}
	}
}

void age_and_merge(RegionSet &set, const MergeRules &rules)
{
	if (rules.weights.empty() || !set.has_probes()) {
		age_and_merge_by(AccessScore(), rules.samples_per_aggregation, set, rules);
		return;
	}

	uint64_t most = 0;

	for (uint32_t weight : rules.weights)
		most += uint64_t{weight} * rules.samples_per_aggregation;
	age_and_merge_by(ProbeScore(rules.weights),
			 static_cast<uint32_t>(std::min<uint64_t>(most, UINT32_MAX)), set, rules);
}

void split(RegionSet &set, Random &random, SplitMemory &memory, uint64_t max_nr_regions,
	   uint64_t min_size)
{
	const uint64_t n = set.size();

	if (n == 0 || n >= max_nr_regions)
		return;
	const bool some = n > max_nr_regions / 2;
	const bool three = n == memory.last_nr_regions && n < max_nr_regions / 3;
	const uint64_t step = some ? max_nr_regions / (max_nr_regions - n) : 1;
	const uint64_t offset = some ? memory.rotation++ % step : 0;

	if (!some)
		memory.last_nr_regions = n;
	RegionRewriter rewrite(set);

	for (uint64_t phase = 0; rewrite.next_target();) {
		while (Region *region = rewrite.peek()) {
			if (!some) {
				// Every other time, for there may be more to find elsewhere.
				if (random.below(2) == 0 ||
				    !split_at_borders(rewrite, random, min_size, three))
					split_in_three(rewrite, random, min_size, three);
			} else if (phase == offset && region->size() >= 2 * min_size) {
				rewrite.cut(
					cut_place(region->start, region->end, random, min_size));
			}
			phase = phase + 1 == step ? 0 : phase + 1;
			rewrite.keep();
		}
	}
}

void carve(RegionSet &set, std::span<const Find> finds, uint64_t reach, uint64_t max_nr_regions,
	   uint64_t min_size)
{
	if (finds.empty())
		return;
	uint64_t spare = max_nr_regions - std::min<uint64_t>(max_nr_regions, set.size());
	RegionRewriter rewrite(set);
	auto cut = [&](uint64_t at) {
		if (spare > 0 && rewrite.cut(at))
			spare--;
	};
	const Find *find = finds.data();
	const Find *const last = find + finds.size();

	while (rewrite.next_target()) {
		auto here = [&](const Find *f) {
			return f != last && f->target == rewrite.target();
		};

		while (Region *region = rewrite.peek()) {
			bool joined = false; // with the one before

			for (; here(find) && find->address < region->end; find++) {
				const uint64_t at = find->address;
				const uint64_t end = round_down(at + reach, min_size) + min_size;

				if (at < region->start)
					continue;
				if (!joined)
					cut(round_down(at - std::min(reach, at), min_size));
				joined = here(find + 1) && find[1].address < end + reach;
				if (!joined)
					cut(end);
			}
			rewrite.keep();
		}
		while (here(find)) // beyond the last region
			find++;
	}
}

} // namespace damon
