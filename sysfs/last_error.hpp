// SPDX-License-Identifier: GPL-2.0
// The error of the last command, for people.
#pragma once

#include <cstddef>
#include <string_view>

#include "core/error_text.hpp"
#include "core/quote.hpp"
#include "core/result.hpp"
#include "core/string.hpp"
#include "sysfs/text.hpp"

namespace damon::sysfs {

// What the last command came to.  Under the interface lock.
class LastError {
      public:
	// @path: what the file says that is wrong, if that is the path of a cgroup.
	void set(const Result<> &result, const String *path = nullptr)
	{
		Printer out(text_, sizeof(text_));

		if (!result)
			print_error(out, result.error());
		if (!result && path)
			put_quoted(out.put(' '), path->view(), 100);
		length_ = out.length();
	}
	// @text: of the file called @file.
	void set(std::string_view file, std::string_view text)
	{
		Printer out(text_, sizeof(text_));

		out.put(file).put(": ").put(text);
		length_ = out.length();
	}
	// Empty after a success.
	std::string_view text() const
	{
		return {text_, length_};
	}

      private:
	char text_[320] = {}; // room for the longest sentence there is
	std::size_t length_ = 0;
};

} // namespace damon::sysfs
