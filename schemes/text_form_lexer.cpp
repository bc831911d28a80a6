// SPDX-License-Identifier: GPL-2.0
#include "schemes/text_form_lexer.hpp"

#include <algorithm>

#include "schemes/text_form_chars.hpp"

namespace damon::text_form {

namespace {

// Letters, digits, underscores, and what people may write in place of an underscore.
std::size_t word_length(std::string_view text)
{
	std::size_t length = 1;

	while (length < text.size() &&
	       (is_word(text[length]) ||
		(text[length] == '-' && length + 1 < text.size() && is_letter(text[length + 1]))))
		length++;
	return length;
}

// What follows a backslash: its length, 0 if it is nothing that we know.
std::size_t escape(std::string_view text, char &c)
{
	if (text.empty())
		return 0;
	switch (text[0]) {
	case '"':
	case '\\':
		c = text[0];
		return 1;
	case 'n':
		c = '\n';
		return 1;
	case 't':
		c = '\t';
		return 1;
	case 'x':
		if (text.size() < 3 || hex_digit(text[1]) > 15 || hex_digit(text[2]) > 15)
			return 0;
		c = static_cast<char>(hex_digit(text[1]) << 4 | hex_digit(text[2]));
		// The kernel takes a path to end there.
		return c ? 3 : 0;
	default:
		return 0;
	}
}

} // namespace

Token Lexer::take(Token::Kind kind, std::size_t length)
{
	Token token{.kind = kind, .text = {source_.data() + at_, length}, .number = {}};

	at_ += length;
	return token;
}

Token Lexer::next()
{
	while (at_ < source_.size() && is_blank(source_[at_]))
		at_++;
	if (at_ < source_.size() && source_[at_] == '#') {
		while (at_ < source_.size() && source_[at_] != '\n')
			at_++;
	}

	const std::string_view text = rest();

	if (text.empty())
		return take(Token::Kind::end, 0);
	if (ends_scheme(text[0]))
		return take(Token::Kind::separator, 1);
	if (is_letter(text[0]) || text[0] == '_')
		return take(Token::Kind::word, word_length(text));
	if (is_digit(text[0]) || (text[0] == '-' && text.size() > 1 && is_digit(text[1]))) {
		std::size_t length;
		const Number number = read_number(text, length);
		Token token = take(Token::Kind::number, length);

		token.number = number;
		return token;
	}
	if (text.starts_with(".."))
		return take(Token::Kind::range, 2);
	return take(Token::Kind::sign, 1);
}

Result<String> Lexer::path(const Token &token, std::string_view &where)
{
	where = token.text;
	at_ = static_cast<std::size_t>(token.text.data() - source_.data());
	if (token.is('"'))
		return quoted(where);
	if (!token.is('/'))
		return fail(EINVAL, "expected a path such as /a/b or \"/a b\"");

	const std::string_view text = rest();
	std::size_t length = 0;

	while (length < text.size() && !is_blank(text[length]) && !ends_scheme(text[length]) &&
	       text[length] != '#' && text[length] != '"') {
		if (is_control(text[length])) {
			where = {text.data() + length, 1};
			return fail(EINVAL, "a path with such a character needs quotes");
		}
		length++;
	}
	at_ += length;
	return String::of({&text[0], length});
}

Result<String> Lexer::quoted(std::string_view &where)
{
	const std::string_view text = rest();
	Vec<char> chars;

	for (std::size_t i = 1; i < text.size() && text[i] != '\n'; i++) {
		char c = text[i];

		if (c == '"') {
			at_ += i + 1;
			return String::of({chars.begin(), chars.size()});
		}
		if (c == '\\') {
			const std::size_t length =
				escape({text.data() + i + 1, text.size() - i - 1}, c);

			if (!length) {
				where = {text.data() + i,
					 std::min<std::size_t>(2, text.size() - i)};
				return fail(EINVAL,
					    "unknown escape: there are \\\\ \\\" \\n \\t \\xHH");
			}
			i += length;
		} else if (is_control(c)) {
			where = {text.data() + i, 1};
			return fail(EINVAL, "written \\n, \\t or \\xHH in quotes");
		}
		TRY(chars.push(c));
	}
	return fail(EINVAL, "the quotes are not closed on this line");
}

} // namespace damon::text_form
