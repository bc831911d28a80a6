// SPDX-License-Identifier: GPL-2.0
// The error of the last command or write, for people.
#pragma once

#include <cstddef>
#include <string_view>

#include <damon/port.h>

#include "core/error_text.hpp"
#include "core/quote.hpp"
#include "core/result.hpp"
#include "core/string.hpp"
#include "sysfs/text.hpp"

namespace damon::sysfs {

// What the last command came to, or why the last write was refused.
class LastError {
      public:
	// @print: puts all of the sentence.
	template <class Print> void tell(Print print)
	{
		Printer out(text_, sizeof(text_));

		print(out);
		length_ = out.length();
	}
	// @path: what the file says that is wrong, if that is the path of a cgroup.
	void set(const Result<> &result, const String *path = nullptr)
	{
		tell([&](Printer &out) {
			if (!result)
				print_error(out, result.error());
			if (!result && path)
				put_quoted(out.put(' '), path->view(), 100);
		});
	}
	// @text: of the file called @file.
	void set(std::string_view file, std::string_view text)
	{
		tell([&](Printer &out) { out.put(file).put(": ").put(text); });
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

// That of a kdamond.  Many write it at the same time, and those whose text is wrong have no lock: so it
// has one of its own, a spinlock, under which nothing but text is made.
class SharedLastError {
      public:
	// @print may not sleep.
	template <class Print> void tell(Print print)
	{
		const Lock lock;

		error_.tell(print);
	}
	void set(const Result<> &result, const String *path = nullptr)
	{
		const Lock lock;

		error_.set(result, path);
	}
	void set(std::string_view file, std::string_view text)
	{
		const Lock lock;

		error_.set(file, text);
	}
	void print(Printer &out) const
	{
		const Lock lock;

		out.put(error_.text());
	}

      private:
	struct Lock {
		Lock()
		{
			damon_last_error_lock();
		}
		Lock(const Lock &) = delete;
		~Lock()
		{
			damon_last_error_unlock();
		}
	};

	LastError error_;
};

} // namespace damon::sysfs
