// SPDX-License-Identifier: GPL-2.0
#include "sysfs/snapshot.hpp"

#include <algorithm>
#include <string_view>

#include "sysfs/text.hpp"

namespace damon::sysfs {

namespace {

// Longer than any line.
constexpr std::size_t line_size = 256;

void put_header(Printer &out, const Snapshot &snapshot)
{
	out.put("# damon_snapshot 1 targets ").put_unsigned(snapshot.nr_targets);
	out.put(" regions ").put_unsigned(snapshot.regions.size());
	out.put(" sample_us ").put_unsigned(snapshot.attributes.sample_us);
	out.put(" aggr_us ").put_unsigned(snapshot.attributes.aggr_us);
	out.put(" now_us ").put_unsigned(snapshot.now_ns / 1000);
	out.put(" probes ").put_unsigned(snapshot.nr_probes);
	out.put('\n');
}

void put_region(Printer &out, const SnapshotRegion &region, std::size_t nr_probes)
{
	out.put_unsigned(region.target).put(' ');
	out.put_unsigned(region.range.start).put(' ').put_unsigned(region.range.end).put(' ');
	out.put_unsigned(region.nr_accesses).put(' ').put_unsigned(region.age).put(' ');
	out.put_unsigned(region.nr_unknown);
	for (std::size_t p = 0; p < nr_probes; p++)
		out.put(' ').put_unsigned(region.probe_hits[p]);
	out.put('\n');
}

Result<> append(Vec<char> &text, const char *line, std::size_t length)
{
	if (text.capacity() - text.size() < length)
		TRY(text.reserve(std::max(text.size() + length, 2 * text.capacity())));
	for (std::size_t i = 0; i < length; i++)
		text.push_reserved(line[i]);
	return {};
}

} // namespace

Result<Vec<char>> snapshot_text(const Snapshot &snapshot)
{
	char line[line_size];
	Vec<char> text;

	// Most lines are about that long.
	TRY(text.reserve(line_size + 40 * snapshot.regions.size()));
	{
		Printer out(line, sizeof(line));

		put_header(out, snapshot);
		TRY(append(text, line, out.length()));
	}
	for (const SnapshotRegion &region : snapshot.regions) {
		Printer out(line, sizeof(line));

		put_region(out, region, snapshot.nr_probes);
		TRY(append(text, line, out.length()));
	}
	return text;
}

} // namespace damon::sysfs
