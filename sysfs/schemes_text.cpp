// SPDX-License-Identifier: GPL-2.0
#include "sysfs/schemes_text.hpp"

#include "schemes/text_form.hpp"
#include "sysfs/fields.hpp"

namespace damon::sysfs {

namespace {

constexpr std::string_view file = "contexts/0/schemes/text";

} // namespace

Result<Vec<char>> print_schemes_text(ContextDir &context)
{
	const Attributes attributes = load_fields(context.context.attributes);
	Vec<SchemeConfig> schemes;
	Vec<char> text;
	{
		const InterfaceLock lock;

		TRY(lock.held());
		TRY(append_configs(schemes, context.schemes));
	}
	TRY(text.resize(print_schemes(schemes, attributes, {})));
	print_schemes(schemes, attributes, {text.begin(), text.size()});
	return text;
}

Result<> write_schemes_text(ContextDir &context, std::string_view text)
{
	TextError error;
	auto schemes = parse_schemes(text, load_fields(context.context.attributes), error);
	const InterfaceLock lock;
	const Result<> held = lock.held();
	SharedLastError &last = context.kdamond.last_error;

	if (!held) {
		last.set(file, reason_of(held.error()));
		return held;
	}
	if (!schemes) {
		last.set(file, until_nul(error.message, sizeof(error.message)));
		return fail(schemes.error().number);
	}
	const Result<> result = context.replace_schemes(*schemes);

	last.set(result);
	return result;
}

} // namespace damon::sysfs
