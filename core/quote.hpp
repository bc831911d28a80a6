// SPDX-License-Identifier: GPL-2.0
// What somebody wrote, said again in an error.
#pragma once

#include <cstddef>
#include <string_view>

namespace damon {

// In quotes, on one line, and of it no more than @longest characters.  @out: has put() of a character and
// of text.
template <class Out> void put_quoted(Out &out, std::string_view text, std::size_t longest)
{
	out.put('\'');
	for (std::size_t i = 0; i < text.size() && i < longest; i++)
		out.put(' ' <= text[i] && text[i] <= '~' ? text[i] : '?');
	if (text.size() > longest)
		out.put("...");
	out.put('\'');
}

} // namespace damon
