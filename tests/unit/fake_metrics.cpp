// SPDX-License-Identifier: GPL-2.0
#include "tests/unit/fake_metrics.hpp"

#include <cerrno>

#include "core/check.hpp"
#include "tests/unit/fake_memcg.hpp"

namespace damon::test {

namespace {

constinit FakeMetrics *metrics = nullptr;

} // namespace

FakeMetrics::FakeMetrics()
{
	CHECK(!metrics);
	metrics = this;
}

FakeMetrics::~FakeMetrics()
{
	metrics = nullptr;
}

} // namespace damon::test

using namespace damon::test;

void damon_system_memory(damon_memory *memory)
{
	*memory = metrics ? metrics->system : damon_memory{};
	if (metrics)
		metrics->system_reads++;
}

int damon_node_memory(int nid, damon_memory *memory)
{
	if (!metrics || nid < 0 || nid >= FakeMetrics::nr_nodes || metrics->nodes[nid].total == 0)
		return -EINVAL;
	*memory = metrics->nodes[nid];
	return 0;
}

bool damon_node_possible(int nid)
{
	return nid >= 0 && nid < FakeMetrics::nr_nodes;
}

void damon_lru_memory_read(damon_lru_memory *lru)
{
	*lru = metrics ? metrics->lru : damon_lru_memory{};
}

uint64_t damon_memcg_bytes_on_node(damon_memcg *memcg, int nid)
{
	const auto *fake = reinterpret_cast<const FakeMemcg *>(memcg);

	return nid >= 0 && nid < FakeMemcg::nr_nodes ? fake->bytes_on_node[nid] : 0;
}

int damon_memory_stall_us(uint64_t *us)
{
	if (!metrics || !metrics->has_stalls)
		return -EOPNOTSUPP;
	*us = metrics->stall_us;
	return 0;
}

bool damon_silent_unsupported(void)
{
	return metrics && metrics->silent_unsupported;
}
