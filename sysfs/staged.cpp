// SPDX-License-Identifier: GPL-2.0
#include "sysfs/staged.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "core/check.hpp"
#include "sysfs/fields.hpp"

namespace damon::sysfs {

namespace {

Limits<uint32_t> low_32_bits(const Limits<uint64_t> &limits)
{
	return {.min = static_cast<uint32_t>(limits.min), .max = static_cast<uint32_t>(limits.max)};
}

// In the order in which they are installed.
struct FilterList {
	const char *name;
	Numbered<FilterConfig> SchemeDir::*filters;
};
constexpr FilterList filter_lists[] = {
	{"core_filters", &SchemeDir::core_filters},
	{"ops_filters", &SchemeDir::ops_filters},
	{"filters", &SchemeDir::filters},
};

// Core filters come first, whichever directory they are in.
Result<Vec<FilterConfig>> filters_of(const SchemeDir &scheme)
{
	Vec<FilterConfig> staged;
	Vec<FilterConfig> sorted;

	for (const FilterList &list : filter_lists)
		TRY((scheme.*list.filters).append_to(staged));
	TRY(sorted.reserve(staged.size()));
	for (bool core : {true, false}) {
		for (FilterConfig &filter : staged) {
			if (is_core_filter(filter.type) == core)
				sorted.push_reserved(std::move(filter));
		}
	}
	return sorted;
}

// ---- The other way: a configuration becomes directories ----

// The numbered directories of a scheme, but for the regions that were tried.
constexpr std::size_t nr_lists = 5;
using Lists = std::array<Children *, nr_lists>;
using Sizes = std::array<std::size_t, nr_lists>;

Lists lists_of(SchemeDir &dir)
{
	return {&dir.goals, &dir.core_filters, &dir.ops_filters, &dir.filters, &dir.destinations};
}

Sizes sizes_of(SchemeDir &dir)
{
	Sizes sizes;

	for (std::size_t i = 0; i < nr_lists; i++)
		sizes[i] = lists_of(dir)[i]->size();
	return sizes;
}

Sizes sizes_for(const SchemeConfig &config)
{
	const auto nr_core = static_cast<std::size_t>(std::count_if(
		config.filters.begin(), config.filters.end(),
		[](const FilterConfig &filter) { return is_core_filter(filter.type); }));

	return {config.quota.goals.size(), nr_core, config.filters.size() - nr_core, 0,
		config.destinations.size()};
}

Result<> grow(SchemeDir &dir, const Sizes &sizes)
{
	for (std::size_t i = 0; i < nr_lists; i++)
		TRY(lists_of(dir)[i]->grow(sizes[i]));
	return {};
}

void truncate(SchemeDir &dir, const Sizes &sizes)
{
	for (std::size_t i = 0; i < nr_lists; i++)
		lists_of(dir)[i]->truncate(sizes[i]);
}

// Paths alone need memory to be copied, so they are moved.
template <class T> void fill(Numbered<T> &list, std::size_t i, T &from, String T::*path)
{
	String moved = std::move(from.*path);

	CHECK(list.store(i, from));
	list[i].*path = std::move(moved);
}

// REQUIRES: @dir has room for the lists of @config.  @fields is to be used here.
void fill(Numbered<SchemeDir> &schemes, std::size_t i, SchemeConfig &config, SchemeDir &fields)
{
	SchemeDir &dir = schemes[i];
	std::size_t nr_core = 0;
	std::size_t nr_ops = 0;

	fields.pattern.size = config.pattern.size;
	fields.pattern.nr_accesses = {config.pattern.nr_accesses.min,
				      config.pattern.nr_accesses.max};
	fields.pattern.age = {config.pattern.age.min, config.pattern.age.max};
	fields.scheme = std::move(config);
	dir.tried.clear();
	CHECK(schemes.store(i, fields));

	for (std::size_t g = 0; g < dir.goals.size(); g++)
		fill(dir.goals, g, fields.scheme.quota.goals[g], &GoalConfig::path);
	for (FilterConfig &filter : fields.scheme.filters) {
		if (is_core_filter(filter.type))
			fill(dir.core_filters, nr_core++, filter, &FilterConfig::memcg_path);
		else
			fill(dir.ops_filters, nr_ops++, filter, &FilterConfig::memcg_path);
	}
	for (std::size_t d = 0; d < dir.destinations.size(); d++)
		CHECK(dir.destinations.store(d, fields.scheme.destinations[d]));
}

} // namespace

Result<TargetConfig> TargetDir::config(const Numbered<TargetDir> &targets, std::size_t i)
{
	TargetDir fields;

	TRY(targets.load(i, fields));
	TRY(targets[i].regions.append_to(fields.target.regions));
	return std::move(fields.target);
}

Result<ProbeConfig> ProbeDir::config(const Numbered<ProbeDir> &probes, std::size_t i)
{
	ProbeDir fields;

	TRY(probes.load(i, fields));
	TRY(probes[i].filters.append_to(fields.probe.filters));
	return std::move(fields.probe);
}

Result<SchemeConfig> SchemeDir::config(const Numbered<SchemeDir> &schemes, std::size_t i)
{
	const SchemeDir &dir = schemes[i];
	Owned<SchemeDir> fields = TRY(make<SchemeDir>()); // too large for the stack
	SchemeConfig &config = fields->scheme;

	TRY(schemes.load(i, *fields));
	config.pattern.size = fields->pattern.size;
	config.pattern.nr_accesses = low_32_bits(fields->pattern.nr_accesses);
	config.pattern.age = low_32_bits(fields->pattern.age);
	TRY(dir.goals.append_to(config.quota.goals));
	TRY(dir.destinations.append_to(config.destinations));
	config.filters = TRY(filters_of(dir));
	return std::move(config);
}

Step SchemeDir::filter_place(std::size_t index) const
{
	for (bool core : {true, false}) {
		for (const FilterList &list : filter_lists) {
			const Numbered<FilterConfig> &staged = this->*list.filters;

			for (std::size_t i = 0; i < staged.size(); i++) {
				if (is_core_filter(load_field(staged[i].type)) == core &&
				    index-- == 0)
					return {list.name, static_cast<uint32_t>(i)};
			}
		}
	}
	return {};
}

Numbered<FilterConfig> *SchemeDir::filters_called(const char *name)
{
	for (const FilterList &list : filter_lists) {
		if (name && std::string_view(name) == list.name)
			return &(this->*list.filters);
	}
	return nullptr;
}

Result<ContextConfig> ContextDir::config(const Numbered<ContextDir> &contexts, std::size_t i)
{
	const ContextDir &dir = contexts[i];
	Owned<ContextDir> fields = TRY(make<ContextDir>(dir.kdamond));
	ContextConfig &config = fields->context;

	TRY(contexts.load(i, *fields));
	TRY(append_configs(config.probes, dir.probes));
	TRY(append_configs(config.targets, dir.targets));
	TRY(append_configs(config.schemes, dir.schemes));
	return std::move(config);
}

Result<> ContextDir::replace_schemes(std::span<SchemeConfig> configs)
{
	const std::size_t before = schemes.size();
	Vec<Sizes> sizes;

	// First all that can fail, which adds directories at the end of lists and changes none.
	Owned<SchemeDir> fields = TRY(make<SchemeDir>());
	TRY(sizes.reserve(before));
	for (std::size_t i = 0; i < before; i++)
		sizes.push_reserved(sizes_of(schemes[i]));

	Result<> grown = schemes.grow(configs.size());

	for (std::size_t i = 0; grown && i < configs.size(); i++)
		grown = grow(schemes[i], sizes_for(configs[i]));
	if (!grown) {
		schemes.truncate(before);
		for (std::size_t i = 0; i < before; i++)
			truncate(schemes[i], sizes[i]);
		return grown;
	}
	schemes.truncate(configs.size());
	for (std::size_t i = 0; i < configs.size(); i++) {
		truncate(schemes[i], sizes_for(configs[i]));
		fill(schemes, i, configs[i], *fields);
	}
	return {};
}

void TriedRegionsDir::clear()
{
	regions.truncate(0);
	store_field(total_bytes, uint64_t{0});
}

Result<> TriedRegionsDir::show(const TriedRegions &tried, std::size_t nr_probes, bool only_bytes)
{
	uint64_t bytes = 0;

	clear();
	for (const TriedRegion &region : tried) {
		bytes += region.range.size();
		if (only_bytes || regions.size() == regions.most())
			continue;
		TriedRegionDir *dir = TRY(regions.add([&](TriedRegionDir &added) {
			added.region = region;
			added.nr_probes = nr_probes;
		}));

		for (std::size_t p = 0; p < nr_probes; p++)
			TRY(dir->probes.add(
				[&](ProbeHitsDir &added) { added.hits = region.probe_hits[p]; }));
	}
	store_field(total_bytes, bytes);
	return {};
}

void KdamondDir::stepped(const Context &running)
{
	const uint64_t period_ns = uint64_t{load_field(refresh_ms)} * 1'000'000;

	if (!period_ns)
		return;
	const uint64_t now = damon_now_ns();
	if (now < next_refresh_ns)
		return;
	// Who removes these directories holds the lock, and may be waiting for this thread.
	const InterfaceLock lock;

	if (!lock.held() || contexts.size() != 1)
		return;
	next_refresh_ns = now + period_ns;

	ContextDir &context = contexts[0];
	std::span<const Scheme> schemes = running.schemes();

	store_field(context.context.attributes.sample_us, running.attributes().sample_us);
	store_field(context.context.attributes.aggr_us, running.attributes().aggr_us);
	for (std::size_t i = 0; i < context.schemes.size() && i < schemes.size(); i++) {
		store_fields(context.schemes[i].stats, schemes[i].stats);
		store_field(context.schemes[i].effective_bytes, schemes[i].quota.effective_size());
	}
}

bool Root::any_running() const
{
	for (std::size_t i = 0; i < kdamonds.size(); i++) {
		if (kdamonds[i].running())
			return true;
	}
	return false;
}

} // namespace damon::sysfs
