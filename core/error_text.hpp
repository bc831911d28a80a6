// SPDX-License-Identifier: GPL-2.0
// An error as a sentence: what is wrong, and why.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/result.hpp"

namespace damon {

// Whether the error is about a file (of sysfs, or what is called so elsewhere), in the words of
// core/result.hpp.
bool names_file(const Error &error);

// Whether the file is named by the reason itself.
bool begins_with_file(std::string_view reason);

// Whether the reason has what was written to a file for its subject: "is not a whole number".
bool is_about_text(std::string_view reason);

// The reason, or what is to be said where nobody gave one; maybe nothing.
std::string_view reason_of(const Error &error);

// That, or the number.  @out: has put() of text and put_unsigned().
template <class Out> void print_reason(Out &out, const Error &error)
{
	const std::string_view reason = reason_of(error);

	if (reason.empty())
		out.put("error ").put_unsigned(static_cast<uint64_t>(error.number));
	else
		out.put(reason);
}

// "schemes/1/filters/0/memcg_path: no such cgroup".  @out: as above.
template <class Out> void print_error(Out &out, const Error &error)
{
	bool first = true;

	for (const Step &step : error.where) {
		if (!step.list)
			break;
		out.put(first ? "" : "/").put(step.list).put("/").put_unsigned(step.index);
		first = false;
	}
	if (!first)
		out.put(begins_with_file(error.reason) ? "/" : ": ");
	print_reason(out, error);
}

} // namespace damon
