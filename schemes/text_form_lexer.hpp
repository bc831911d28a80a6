// SPDX-License-Identifier: GPL-2.0
// Cuts the text form into words, numbers and signs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/string.hpp"
#include "schemes/text_form_number.hpp"

namespace damon::text_form {

struct Token {
	enum class Kind : uint8_t {
		end,	   // of the text
		separator, // of schemes
		word,
		number,
		range, // ..
		sign,  // any other single character
	};

	Kind kind = Kind::end;
	std::string_view text; // as it stands in the source
	Number number;

	bool is(char c) const
	{
		return kind == Kind::sign && text[0] == c;
	}
	bool ends_scheme() const
	{
		return kind == Kind::end || kind == Kind::separator;
	}
};

class Lexer {
      public:
	explicit Lexer(std::string_view source) : source_(source) {}

	// The next token; comments are none.
	Token next();
	// What @token begins, read as a path: in quotes, or from a slash to the next blank.  The next
	// token is that after it.  On an error the reason says what is wrong, and @where is the part
	// that is.
	[[nodiscard]] Result<String> path(const Token &token, std::string_view &where);

	std::string_view source() const
	{
		return source_;
	}

      private:
	std::string_view rest() const
	{
		return {source_.data() + at_, source_.size() - at_};
	}
	Token take(Token::Kind kind, std::size_t length);
	[[nodiscard]] Result<String> quoted(std::string_view &where);

	std::string_view source_;
	std::size_t at_ = 0;
};

} // namespace damon::text_form
