// SPDX-License-Identifier: GPL-2.0
// Errors are values.  A function that can fail returns a Result; TRY passes a failure on.
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <utility>

namespace damon {

// A step on the way to the part of a configuration that is wrong: the i-th of a list.
struct Step {
	const char *list = nullptr; // the name of its directory in sysfs: "schemes"
	uint32_t index = 0;
};

struct Error {
	int number; // a positive errno
	// A static sentence for people, maybe empty; begins with the name of the file that is wrong,
	// if one is: "memcg_path: no such cgroup".
	const char *reason = "";
	// Where, from the outermost list inwards; no list: the end.
	Step where[3] = {};
};

template <class T = void> using Result = std::expected<T, Error>;

[[nodiscard]] constexpr std::unexpected<Error> fail(int number, const char *reason = "")
{
	return std::unexpected<Error>(Error{.number = number, .reason = reason});
}

// Tells that what failed is in the @index-th of a list: each level adds its own as the error passes.
template <class T>
[[nodiscard]] constexpr Result<T> within(const char *list, std::size_t index, Result<T> result)
{
	if (!result) {
		Step(&where)[3] = result.error().where;

		where[2] = where[1];
		where[1] = where[0];
		where[0] = {list, static_cast<uint32_t>(index)};
	}
	return result;
}

// What the port and C callers use: 0 or a negative errno.
[[nodiscard]] constexpr Result<> from_errno(int code, const char *reason = "")
{
	if (code < 0)
		return fail(-code, reason);
	return {};
}

[[nodiscard]] constexpr int to_errno(const Result<> &result)
{
	return result ? 0 : -result.error().number;
}

} // namespace damon

#define TRY(expression)                                                                            \
	({                                                                                         \
		auto &&try_result = (expression);                                                  \
		if (!try_result) [[unlikely]]                                                      \
			return std::unexpected<::damon::Error>(try_result.error());                \
		*std::move(try_result);                                                            \
	})

// Not in an initializer list after a member that owns something: where TRY leaves it, gcc 12 forgets
// to destroy that member.
