// SPDX-License-Identifier: GPL-2.0
// For tests of the files: where they are, and how they are read and written.
#pragma once

#include <string>
#include <string_view>

#include "tests/host/sysfs_host.hpp"
#include "tests/unit/test.hpp"

namespace damon::test {

// Where the kdamonds are, and the context of the first.
inline const std::string k = "damon/admin/kdamonds";
inline const std::string c = k + "/0/contexts/0";

inline std::string read(const std::string &path)
{
	auto text = read_file(path);

	return text ? *text : "error " + std::to_string(text.error().number);
}

inline void write(const std::string &path, std::string_view text)
{
	EXPECT_OK(write_file(path, text)) << path;
}

} // namespace damon::test
