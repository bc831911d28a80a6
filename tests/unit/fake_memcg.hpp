// SPDX-License-Identifier: GPL-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace damon::test {

// A memory cgroup, found by its path while it is in scope.
class FakeMemcg {
      public:
	explicit FakeMemcg(std::string_view path_);
	FakeMemcg(const FakeMemcg &) = delete;
	~FakeMemcg();

	static FakeMemcg *find(std::string_view path);

	const std::string_view path;
	int users = 0; // opened and not yet closed
	static constexpr int nr_nodes = 3;
	uint64_t bytes_on_node[nr_nodes] = {};

      private:
	FakeMemcg *next_;
};

} // namespace damon::test
