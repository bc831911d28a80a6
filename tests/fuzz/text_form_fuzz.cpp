// SPDX-License-Identifier: GPL-2.0
// Any text is read or refused with a position in it; what is read is printed, and that text gives
// the same schemes and is printed the same.
#include "schemes/text_form.hpp"
#include "tests/fuzz/require.hpp"
#include "tests/unit/text_form_tools.hpp"

using namespace damon;

namespace {

void check_error(std::string_view text, const Error &failed, const TextError &error)
{
	const std::string_view message = error.message;

	REQUIRE(failed.number == EINVAL || failed.number == ERANGE, error.message);
	REQUIRE(error.line >= 1 && error.column >= 1, error.message);
	REQUIRE(error.line - 1 <= text.size() && error.column - 1 <= text.size(), error.message);
	REQUIRE(message.starts_with("line ") && message.size() > 20, error.message);
	for (char c : message)
		REQUIRE(' ' <= c && c <= '~', error.message);
}

void check(std::string_view text, const Attributes &attributes)
{
	TextError error;
	const Result<Vec<SchemeConfig>> read = parse_schemes(text, attributes, error);

	if (!read) {
		check_error(text, read.error(), error);
		return;
	}
	const Result<String> printed = print_schemes(*read, attributes);

	REQUIRE(printed, "not printed");
	const Result<Vec<SchemeConfig>> again = parse_schemes(printed->view(), attributes, error);

	REQUIRE(again, error.message);
	REQUIRE(test::same(*read, *again), printed->c_str());
	const Result<String> printed_again = print_schemes(*again, attributes);

	REQUIRE(printed_again, "not printed again");
	REQUIRE(*printed == *printed_again, printed->c_str());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const std::string_view text(reinterpret_cast<const char *>(data), size);

	for (const Attributes &attributes : test::kinds_of_attributes)
		check(text, attributes);
	return 0;
}
