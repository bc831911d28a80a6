// How well DAMON told hot memory from cold: compares regions with what a workload really did.
//
//   score [-v] WORKLOAD-OUTPUT MIN-ACCESSES SKIP-SECONDS <trace
//
// The trace has damon_aggregated events, with CLOCK_MONOTONIC as its clock; all regions of one
// aggregation are a snapshot.  Of the workload's ranges, all but those whose name begins with "warm"
// are hot; memory outside of its map is left out.  A region is called hot from so many accesses on.
// By bytes, precision is how much of what is called hot is hot, recall how much of what is hot is
// called so, and F1 their harmonic mean.  Prints, on one line:
//
//   F1 PRECISION RECALL    in permille, mean of the snapshots after the first SKIP-SECONDS
//   CONVERGED              ms from a change (the start, or a move) until F1 was 0.9, the longest
//                          of all changes; "never" if one came to no such snapshot
//   REGIONS SNAPSHOTS      regions per snapshot, mean; snapshots in all
//
// -v: before that, a line for each snapshot: its time in ms, F1, precision, recall and regions.

#include <algorithm>
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace {

constexpr int64_t kAggregation = 100'000'000; // ns
constexpr double kGood = 0.9;

struct Range {
	uint64_t start = 0, end = 0;
};

// Where a range is from some time on.
struct Place {
	int64_t since;
	std::string name;
	Range range;
};

struct Truth {
	Range map;
	std::vector<Place> places;

	std::vector<Range> hot_at(int64_t t) const
	{
		std::map<std::string, Range> now;
		std::vector<Range> hot;

		for (const Place &place : places)
			if (place.since <= t)
				now[place.name] = place.range;
		for (const auto &[name, range] : now)
			if (name.rfind("warm", 0) != 0)
				hot.push_back(range);
		return hot;
	}
};

struct Region {
	Range range;
	unsigned int accesses;
};

struct Snapshot {
	int64_t time;
	std::vector<Region> regions;
};

struct Score {
	double f1, precision, recall;
};

[[noreturn]] void fail(const std::string &why)
{
	std::cout << "error " << why << std::endl;
	exit(1);
}

Truth read_truth(const char *path)
{
	std::ifstream in(path);
	Truth truth;

	for (std::string line; std::getline(in, line);) {
		std::istringstream words(line);
		std::string what, name;
		Range r;
		int64_t since;

		words >> what;
		if (what == "map")
			words >> truth.map.start >> truth.map.end;
		else if ((what == "range" || what == "moved") &&
			 words >> name >> r.start >> r.end >> since)
			truth.places.push_back({what == "range" ? 0 : since, name, r});
	}
	if (truth.places.empty())
		fail(std::string("no ranges in ") + path);
	return truth;
}

std::vector<Snapshot> read_trace(std::istream &in)
{
	static const char event[] = ": damon_aggregated: ";
	std::vector<Snapshot> snapshots;
	size_t missing = 0;

	for (std::string line; std::getline(in, line);) {
		const size_t at = line.find(event);
		unsigned int count;
		Region r;

		if (at == std::string::npos)
			continue;
		const size_t time = line.rfind(' ', at) + 1;
		if (sscanf(line.c_str() + at + strlen(event),
			   "target_id=%*u nr_regions=%u %" SCNu64 "-%" SCNu64 ": %u", &count,
			   &r.range.start, &r.range.end, &r.accesses) != 4)
			fail("not understood: " + line);
		if (missing == 0) {
			snapshots.push_back(
				{static_cast<int64_t>(atof(line.c_str() + time) * 1e9), {}});
			missing = count;
		}
		snapshots.back().regions.push_back(r);
		missing--;
	}
	if (missing && !snapshots.empty())
		snapshots.pop_back();
	return snapshots;
}

Range common(const Range &a, const Range &b)
{
	const uint64_t start = std::max(a.start, b.start);

	return {start, std::max(start, std::min(a.end, b.end))};
}

Score score(const Truth &truth, const Snapshot &snapshot, unsigned int min_accesses)
{
	// The counts are of the time before.
	const std::vector<Range> hot = truth.hot_at(snapshot.time - kAggregation / 2);
	double both = 0, called = 0, real = 0;

	for (const Range &r : hot)
		real += r.end - r.start;
	for (const Region &region : snapshot.regions) {
		const Range r = common(region.range, truth.map);

		if (region.accesses < min_accesses)
			continue;
		called += r.end - r.start;
		for (const Range &h : hot) {
			const Range c = common(r, h);

			both += c.end - c.start;
		}
	}
	return {2 * both / (called + real), called > 0 ? both / called : 1, both / real};
}

} // namespace

int main(int argc, char **argv)
{
	const bool verbose = argc > 1 && !strcmp(argv[1], "-v");

	argc -= verbose;
	argv += verbose;
	if (argc != 4)
		return 2;
	const Truth truth = read_truth(argv[1]);
	const unsigned int min_accesses = atoi(argv[2]);
	const std::vector<Snapshot> snapshots = read_trace(std::cin);

	if (snapshots.empty())
		fail("no snapshot");
	const int64_t start = snapshots.front().time - kAggregation;
	const int64_t steady = start + static_cast<int64_t>(atof(argv[3]) * 1e9);
	std::vector<int64_t> changes = {start};

	for (const Place &place : truth.places)
		if (place.since > changes.back() && place.since < snapshots.back().time)
			changes.push_back(place.since);

	Score sum = {};
	double regions = 0;
	int64_t slowest = 0;
	size_t count = 0, change = 0, settled = 0;

	for (const Snapshot &snapshot : snapshots) {
		const Score s = score(truth, snapshot, min_accesses);

		while (change < changes.size() && changes[change] <= snapshot.time)
			change++;
		if (s.f1 >= kGood && settled < change) {
			slowest = std::max(slowest, snapshot.time - changes[change - 1]);
			// One that the next change came before was never seen.
			if (settled + 1 < change)
				slowest = INT64_MAX;
			settled = change;
		}
		if (verbose)
			printf("%" PRId64 " %.3f %.3f %.3f %zu\n",
			       (snapshot.time - start) / 1000000, s.f1, s.precision, s.recall,
			       snapshot.regions.size());
		regions += snapshot.regions.size();
		if (snapshot.time < steady)
			continue;
		sum.f1 += s.f1;
		sum.precision += s.precision;
		sum.recall += s.recall;
		count++;
	}
	if (!count)
		fail("no snapshot so late");
	// The last change may be too near to the end.
	if (settled < change && (change == 1 || snapshots.back().time - changes.back() > 1e9))
		slowest = INT64_MAX;
	printf("%.0f %.0f %.0f ", sum.f1 * 1000 / count, sum.precision * 1000 / count,
	       sum.recall * 1000 / count);
	if (slowest == INT64_MAX)
		printf("never");
	else
		printf("%" PRId64, slowest / 1000000);
	printf(" %.0f %zu\n", regions / snapshots.size(), snapshots.size());
	return 0;
}
