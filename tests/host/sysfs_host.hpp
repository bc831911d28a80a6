// SPDX-License-Identifier: GPL-2.0
// A sysfs in memory: what the product's directories look like to a user.  Paths are relative to
// /sys/kernel/mm.  One thread only.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <damon/port.h>

#include "core/result.hpp"

namespace damon::test {

// As read(2) and write(2) of the whole file: ENOENT, EACCES, and what the file says.
Result<std::string> read_file(std::string_view path);
Result<> write_file(std::string_view path, std::string_view text);
// As a second write(2) to a long file that was opened once.
Result<> write_rest(std::string_view path);

// An open file, which may outlive its directory: ENODEV from then on.
class OpenFile {
      public:
	// Of what does not exist, all fails with ENOENT.
	explicit OpenFile(std::string_view path);

	// All of it.  A long file shows what it was at the first read.
	Result<std::string> read();
	Result<> write(std::string_view text);

      private:
	std::shared_ptr<damon_dir *> dir_; // null where it is gone
	const damon_file *file_ = nullptr;
	std::string text_;
	bool has_text_ = false;
};

bool exists(std::string_view path);
// 0600 or 0400; 0 if there is no such file.
unsigned int mode_of(std::string_view path);
// What is in a directory, by name.
std::vector<std::string> list(std::string_view path);
// The paths of all files below a directory, sorted.
std::vector<std::string> files_below(std::string_view path);

// Makes /sys/kernel/mm/<name> someone else's.
void occupy(std::string_view name);
void vacate(std::string_view name);
// The module parameter.
void set_sysfs_name(std::string_view name);

} // namespace damon::test
