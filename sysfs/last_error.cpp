// SPDX-License-Identifier: GPL-2.0
#include "sysfs/last_error.hpp"

namespace damon::sysfs {

namespace {

// What is to be said where nobody gave a reason.
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

// A file's name is one word, and a colon follows.
bool begins_with_file(std::string_view reason)
{
	const std::size_t end = reason.find_first_of(": ");

	return end != std::string_view::npos && reason[end] == ':';
}

} // namespace

bool names_file(const Error &error)
{
	return error.where[0].list || begins_with_file(error.reason);
}

void print_error(Printer &out, const Error &error)
{
	const std::string_view reason = reason_of(error);
	bool first = true;

	for (const Step &step : error.where) {
		if (!step.list)
			break;
		if (!first)
			out.put('/');
		out.put(step.list).put('/').put_unsigned(step.index);
		first = false;
	}
	if (!first)
		out.put(begins_with_file(reason) ? "/" : ": ");
	out.put(reason);
	if (reason.empty())
		out.put("error ").put_unsigned(static_cast<uint64_t>(error.number));
}

} // namespace damon::sysfs
