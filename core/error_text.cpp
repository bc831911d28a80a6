// SPDX-License-Identifier: GPL-2.0
#include "core/error_text.hpp"

namespace damon {

// A file's name is one word, and a colon follows.
bool begins_with_file(std::string_view reason)
{
	const std::size_t end = reason.find_first_of(": ");

	return end != std::string_view::npos && reason[end] == ':';
}

bool names_file(const Error &error)
{
	return error.where[0].list || begins_with_file(error.reason);
}

bool is_about_text(std::string_view reason)
{
	return reason.starts_with("is ");
}

std::string_view reason_of(const Error &error)
{
	const std::string_view reason = error.reason;

	if (!reason.empty())
		return reason;
	switch (error.number) {
	case ENOMEM:
		return "out of memory";
	case ECANCELED:
		return "the kdamond ended meanwhile";
	case EINTR:
		return "interrupted by a signal";
	case EBUSY:
		return "another command is being served";
	case EDEADLK:
		return "asked for by the kdamond itself";
	case ENODEV:
		return "the module is being unloaded";
	case ENOENT:
	case ESRCH:
		return "there is no such thing";
	case EOPNOTSUPP:
		return "this kernel cannot do that";
	default:
		return {};
	}
}

} // namespace damon
