// SPDX-License-Identifier: GPL-2.0
#include "schemes/folio_filters.hpp"

namespace damon {

namespace {

damon_filter_type port_type(FilterType type)
{
	switch (type) {
	case FilterType::active:
		return DAMON_FILTER_ACTIVE;
	case FilterType::memcg:
		return DAMON_FILTER_MEMCG;
	case FilterType::young:
		return DAMON_FILTER_YOUNG;
	case FilterType::hugepage_size:
		return DAMON_FILTER_HUGEPAGE_SIZE;
	case FilterType::unmapped:
		return DAMON_FILTER_UNMAPPED;
	case FilterType::anon:
	case FilterType::addr:
	case FilterType::target:
		break;
	}
	return DAMON_FILTER_ANON;
}

Result<> validate(const FilterConfig &config)
{
	if (config.type == FilterType::addr && config.addresses.end < config.addresses.start)
		return fail(EINVAL, "addr_end: is below addr_start");
	if (config.type == FilterType::hugepage_size && config.size.max < config.size.min)
		return fail(EINVAL, "max: is below min");
	return {};
}

Result<Memcg> open_memcg(const FilterConfig &config)
{
	if (config.type != FilterType::memcg)
		return Memcg();
	return Memcg::open(config.memcg_path, "memcg_path: no such memory cgroup");
}

} // namespace

Result<FolioFilters> FolioFilters::open(std::span<const FilterConfig> configs)
{
	FolioFilters opened;

	TRY(opened.filters_.reserve(configs.size()));
	TRY(opened.memcgs_.reserve(configs.size()));
	for (std::size_t i = 0; i < configs.size(); i++) {
		const FilterConfig &config = configs[i];

		TRY(within("filters", i, validate(config)));
		if (is_core_filter(config.type))
			continue;
		opened.memcgs_.push_reserved(TRY(within("filters", i, open_memcg(config))));
		opened.filters_.push_reserved({
			.type = port_type(config.type),
			.matching = config.matching,
			.allow = config.allow,
			.memcg = opened.memcgs_[opened.memcgs_.size() - 1].get(),
			.min = config.size.min,
			.max = config.size.max,
		});
	}
	return opened;
}

} // namespace damon
