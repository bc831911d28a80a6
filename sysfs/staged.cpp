// SPDX-License-Identifier: GPL-2.0
#include "sysfs/staged.hpp"

#include "sysfs/fields.hpp"

namespace damon::sysfs {

namespace {

Limits<uint32_t> low_32_bits(const Limits<uint64_t> &limits)
{
	return {.min = static_cast<uint32_t>(limits.min), .max = static_cast<uint32_t>(limits.max)};
}

} // namespace

Result<TargetConfig> TargetDir::config() const
{
	TargetConfig config;

	config.pid = load_field(pid);
	config.obsolete = load_field(obsolete);
	TRY(config.regions.reserve(regions.size()));
	for (std::size_t i = 0; i < regions.size(); i++)
		config.regions.push_reserved(load_fields(regions[i].range));
	return config;
}

SchemeConfig SchemeDir::config() const
{
	const Pattern staged = load_fields(pattern);
	SchemeConfig config;

	config.action = load_field(action);
	config.pattern.size = staged.size;
	config.pattern.nr_accesses = low_32_bits(staged.nr_accesses);
	config.pattern.age = low_32_bits(staged.age);
	config.apply_interval_us = load_field(apply_interval_us);
	config.max_nr_snapshots = load_field(max_nr_snapshots);
	return config;
}

Result<ContextConfig> ContextDir::config() const
{
	ContextConfig config;

	config.operations = load_field(operations);
	config.pause = load_field(pause);
	config.attributes = load_fields(attributes);
	TRY(config.targets.reserve(targets.size()));
	for (std::size_t i = 0; i < targets.size(); i++)
		config.targets.push_reserved(TRY(targets[i].config()));
	TRY(config.schemes.reserve(schemes.size()));
	for (std::size_t i = 0; i < schemes.size(); i++)
		config.schemes.push_reserved(schemes[i].config());
	return config;
}

void TriedRegionsDir::clear()
{
	regions.truncate(0);
	store_field(total_bytes, uint64_t{0});
}

Result<> TriedRegionsDir::show(const TriedRegions &tried, bool only_bytes)
{
	uint64_t bytes = 0;

	clear();
	if (!only_bytes)
		TRY(regions.check(tried.size()));
	for (const TriedRegion &region : tried) {
		bytes += region.range.size();
		if (only_bytes)
			continue;
		TriedRegionDir *dir = TRY(regions.add());

		store_fields(dir->range, region.range);
		store_field(dir->nr_accesses, region.nr_accesses);
		store_field(dir->age, region.age);
	}
	store_field(total_bytes, bytes);
	return {};
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
