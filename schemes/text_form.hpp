// SPDX-License-Identifier: GPL-2.0
// Schemes as text, one a line, for people: Documentation/schemes.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "core/config.hpp"

namespace damon {

// What is wrong with a text, and where: for people.
struct TextError {
	uint32_t line = 0; // both count from 1, and columns count characters; 0: it is not the text
	uint32_t column = 0;
	// "line 1, column 24: 'qota': unknown word, did you mean 'quota'?"
	char message[256] = "";
};

// The schemes that @text holds, maybe none.  Percentages of samples and ages in time are converted
// to counts by @attributes.  On failure @error is filled in: EINVAL, ERANGE for a number that is too
// large, ENOMEM.
[[nodiscard]] Result<Vec<SchemeConfig>>
parse_schemes(std::string_view text, const Attributes &attributes, TextError &error);

// The text that parse_schemes() makes these schemes of, with the same @attributes; a line each.
[[nodiscard]] Result<String> print_schemes(std::span<const SchemeConfig> schemes,
					   const Attributes &attributes);
// The same into @buffer, without a NUL and without allocating.  Returns the length of the whole text:
// if that is more than the buffer holds, the rest is left out.
std::size_t print_schemes(std::span<const SchemeConfig> schemes, const Attributes &attributes,
			  std::span<char> buffer);

} // namespace damon
