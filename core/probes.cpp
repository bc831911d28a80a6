// SPDX-License-Identifier: GPL-2.0
#include "core/probes.hpp"

#include <algorithm>

namespace damon {

namespace {

damon_filter_type port_type(ProbeFilterType type)
{
	return type == ProbeFilterType::memcg ? DAMON_FILTER_MEMCG : DAMON_FILTER_ANON;
}

bool same_filter(const damon_filter &a, const damon_filter &b)
{
	return a.type == b.type && a.matching == b.matching && a.allow == b.allow &&
	       a.memcg == b.memcg;
}

// Hits of one window stay within 8 bit each, and their weighted sum within 32.
Result<> validate_weights(std::span<const ProbeConfig> configs, uint64_t samples)
{
	uint64_t sum = 0;

	for (const ProbeConfig &config : configs)
		sum += config.weight;
	if (sum == 0)
		return {};
	if (samples > UINT8_MAX)
		return fail(EINVAL, "monitoring_attrs/probes: with weights, an aggregation "
				    "interval may have at most 255 samples");
	if (sum * samples > UINT32_MAX)
		return fail(EINVAL, "monitoring_attrs/probes: weights are too large for so many "
				    "samples in an aggregation interval");
	return {};
}

} // namespace

Result<Probes> Probes::open(std::span<const ProbeConfig> configs, const Attributes &attributes)
{
	Probes opened;
	std::size_t nr_filters = 0;

	if (configs.size() > max_nr_probes)
		return fail(EINVAL, "monitoring_attrs/probes/nr_probes: above 4");
	TRY(validate_weights(configs, attributes.samples_per_aggregation()));
	for (const ProbeConfig &config : configs)
		nr_filters += config.filters.size();
	// All their room now: probes point to their filters.
	TRY(opened.filters_.reserve(nr_filters));
	TRY(opened.memcgs_.reserve(nr_filters));
	for (std::size_t i = 0; i < configs.size(); i++)
		TRY(within("monitoring_attrs/probes", i, opened.add(configs[i])));
	return opened;
}

Result<> Probes::add(const ProbeConfig &config)
{
	probes_[nr_] = {
		.filters = filters_.end(),
		.nr_filters = static_cast<unsigned int>(config.filters.size()),
	};
	for (std::size_t i = 0; i < config.filters.size(); i++)
		TRY(within("filters", i, add_filter(config.filters[i])));
	weights_[nr_] = config.weight;
	weighted_ |= config.weight != 0;
	nr_++;
	return {};
}

Result<> Probes::add_filter(const ProbeFilterConfig &config)
{
	Memcg memcg;

	if (config.type == ProbeFilterType::memcg)
		memcg = TRY(Memcg::open(config.path, "path: no such memory cgroup"));
	filters_.push_reserved({
		.type = port_type(config.type),
		.matching = config.matching,
		.allow = config.allow,
		.memcg = memcg.get(),
		.min = 0,
		.max = 0,
	});
	memcgs_.push_reserved(std::move(memcg));
	return {};
}

bool Probes::same(const Probes &other, std::size_t index) const
{
	if (index >= nr_ || index >= other.nr_)
		return false;
	const damon_probe &a = probes_[index];
	const damon_probe &b = other.probes_[index];

	return std::equal(a.filters, a.filters + a.nr_filters, b.filters, b.filters + b.nr_filters,
			  same_filter);
}

} // namespace damon
