// SPDX-License-Identifier: GPL-2.0
// Text of any length, owned.  Copying it can fail.
#pragma once

#include <string_view>

#include "core/vec.hpp"

namespace damon {

class String {
      public:
	[[nodiscard]] static Result<String> of(std::string_view text)
	{
		String string;

		TRY(string.chars_.reserve(text.size() + 1));
		for (char c : text)
			string.chars_.push_reserved(c);
		string.chars_.push_reserved('\0');
		return string;
	}

	std::string_view view() const
	{
		return {c_str(), chars_.empty() ? 0 : chars_.size() - 1};
	}
	const char *c_str() const
	{
		return chars_.empty() ? "" : chars_.begin();
	}
	bool empty() const
	{
		return view().empty();
	}
	friend bool operator==(const String &a, const String &b)
	{
		return a.view() == b.view();
	}

      private:
	Vec<char> chars_; // with a NUL at its end, or nothing at all
};

[[nodiscard]] inline Result<String> copy(const String &string)
{
	return String::of(string.view());
}

} // namespace damon
