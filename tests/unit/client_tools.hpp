// SPDX-License-Identifier: GPL-2.0
// Clients in tests: a module that owns kdamonds, and what it asks for.
#pragma once

#include <damon/damon.h>

#include <initializer_list>
#include <span>
#include <string_view>

#include "core/vec.hpp"
#include "tests/unit/context_tools.hpp"
#include "tests/unit/fake_owner.hpp"

namespace damon::test {

// Of World's process, at the intervals of context_tools.hpp.
constexpr damon_range client_pages[] = {
	{1 * page, 2 * page}, {3 * page, 4 * page}, {5 * page, 6 * page}};

inline damon_config client_config()
{
	damon_config config = {};

	config.kind = DAMON_FVADDR;
	config.pid = 1;
	config.ranges = client_pages;
	config.nr_ranges = std::size(client_pages);
	config.sample_us = sample_us;
	config.aggr_us = aggr_us;
	return config;
}

inline damos_scheme client_scheme(damos_action action)
{
	return DAMOS_SCHEME(action);
}

inline struct module owner = {"client"};

// A kdamond that is stopped at the end of its scope.
class Client {
      public:
	explicit Client(const damon_config &config)
		: error(damon_start_for(&owner, &config, &at_work))
	{
	}
	Client(const Client &) = delete;
	~Client()
	{
		stop();
	}
	void stop()
	{
		damon_stop(at_work);
		at_work = nullptr;
	}
	operator kdamond *() const
	{
		return at_work;
	}

	kdamond *at_work = nullptr;
	const int error;
};

// What a configuration is refused with, and the sentence that is said about it.
inline int refused(damon_config config, std::string_view sentence)
{
	char text[128] = "nothing";
	kdamond *started = nullptr;

	config.error = text;
	config.error_size = sizeof(text);

	const int error = damon_start_for(&owner, &config, &started);

	EXPECT_TRUE(!started);
	EXPECT_TRUE(std::string_view(text) == sentence) << text;
	damon_stop(started);
	return -error;
}

} // namespace damon::test
