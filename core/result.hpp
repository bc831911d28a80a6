// SPDX-License-Identifier: GPL-2.0
// Errors are values.  A function that can fail returns a Result; TRY passes a failure on.
#pragma once

#include <cerrno>
#include <expected>
#include <utility>

namespace damon {

struct Error {
	int number;		 // a positive errno
	const char *reason = ""; // a static sentence for people, maybe empty
};

template <class T = void> using Result = std::expected<T, Error>;

[[nodiscard]] constexpr std::unexpected<Error> fail(int number, const char *reason = "")
{
	return std::unexpected<Error>(Error{number, reason});
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
