// SPDX-License-Identifier: GPL-2.0
// Words, numbers and ranges, and what is said where one is wrong.
#include "core/quote.hpp"
#include "schemes/text_form_chars.hpp"
#include "schemes/text_form_defaults.hpp"
#include "schemes/text_form_parser.hpp"

namespace damon::text_form {

namespace {

constexpr std::string_view ends_too_early = "the range ends before it begins";

// How much of the source an error repeats.
constexpr std::size_t longest_quote = 40;

// All of the source from the begin of @first to the end of @last.
std::string_view joined(std::string_view first, std::string_view last)
{
	return {first.begin(), last.end()};
}

} // namespace

// ---- Errors ----

Writer Parser::complain(std::string_view text)
{
	const std::string_view source = lexer_.source();

	error_.line = 1;
	error_.column = 1;
	for (const char *c = source.data(); c != text.data(); c++) {
		if (*c == '\n') {
			error_.line++;
			error_.column = 1;
		} else if ((*c & 0xc0) != 0x80) { // not inside a character of UTF-8
			error_.column++;
		}
	}

	Writer out({error_.message, sizeof(error_.message) - 1});

	out.put("line ").put(uint64_t{error_.line});
	out.put(", column ").put(uint64_t{error_.column}).put(": ");
	if (text.empty() || text[0] == '\n')
		return out.put("the line ends here: ");
	put_quoted(out, text, longest_quote);
	return out.put(": ");
}

std::unexpected<Error> Parser::wrong(std::string_view text, int number,
				     std::initializer_list<std::string_view> sentence)
{
	Writer out = complain(text);

	for (std::string_view piece : sentence)
		out.put(piece);
	return fail(number);
}

std::unexpected<Error> Parser::expected(std::string_view what)
{
	return wrong(token_.text, EINVAL, {"expected ", what});
}

// ---- Tokens and words ----

bool Parser::accept(std::string_view word)
{
	if (!at_word(word))
		return false;
	advance();
	return true;
}

bool Parser::accept(char sign)
{
	if (!token_.is(sign))
		return false;
	advance();
	return true;
}

Result<std::size_t> Parser::word_of(const Vocabulary &vocabulary)
{
	if (token_.kind == Token::Kind::word) {
		if (const std::optional<std::size_t> index = vocabulary.find(token_.text)) {
			advance();
			return *index;
		}
		const std::string_view guess = vocabulary.guess(token_.text);

		if (!guess.empty())
			return wrong(token_.text, EINVAL,
				     {"unknown word, did you mean '", guess, "'?"});
	}

	Writer out = complain(token_.text);

	out.put("expected ").put(vocabulary.what);
	for (std::size_t i = 0; i < vocabulary.words.size(); i++)
		out.put(i ? ", " : ": ").put(vocabulary.words[i]);
	return fail(EINVAL);
}

Result<String> Parser::path()
{
	std::string_view where;
	Result<String> path = lexer_.path(token_, where);

	if (!path && path.error().number == EINVAL)
		return wrong(where, EINVAL, {path.error().reason});
	if (path)
		advance();
	return path;
}

// ---- Numbers ----

Result<uint64_t> Parser::convert(const Token &token, const Measure &measure)
{
	const std::string_view unit = token.number.unit;

	if (token.kind == Token::Kind::number && !unit.empty() && !find_unit(unit))
		return wrong(token.text, EINVAL,
			     {"unknown unit, expected ", measure.expected, "; units are ",
			      measure.units});
	if (token.kind != Token::Kind::number || !fits(token.number, measure))
		return wrong(token.text, EINVAL, {"expected ", measure.expected});

	const Result<uint64_t> value = text_form::convert(token.number, measure);

	if (value)
		return value;
	const bool broken = value.error().number == EINVAL && !measure.name.empty();

	return wrong(token.text, value.error().number,
		     {value.error().reason, broken ? " of " : "", broken ? measure.name : ""});
}

Result<uint64_t> Parser::amount(const Measure &measure)
{
	const uint64_t value = TRY(convert(token_, measure));

	advance();
	return value;
}

Result<uint32_t> Parser::count32(const Token &token)
{
	const uint64_t value = TRY(convert(token, plain_number));

	if (value > std::numeric_limits<uint32_t>::max())
		return wrong(token.text, ERANGE, {"more than 4294967295"});
	return static_cast<uint32_t>(value);
}

Result<uint32_t> Parser::number32()
{
	const uint32_t value = TRY(count32(token_));

	advance();
	return value;
}

Result<int> Parser::integer(const Token &token)
{
	using Int = std::numeric_limits<int>;
	Token magnitude = token;

	magnitude.number.negative = false;
	const uint64_t value = TRY(convert(magnitude, plain_number));
	const uint64_t most = uint64_t{Int::max()} + token.number.negative;

	if (value > most)
		return wrong(token.text, ERANGE, {"outside of -2147483648..2147483647"});
	return static_cast<int>(token.number.negative ? -static_cast<int64_t>(value)
						      : static_cast<int64_t>(value));
}

Result<int> Parser::integer()
{
	const int value = TRY(integer(token_));

	advance();
	return value;
}

// "node", or "node0" in one word.
bool Parser::at_node() const
{
	return at_word("node") || (token_.kind == Token::Kind::word && token_.text.size() > 4 &&
				   token_.text.starts_with("node") && is_digit(token_.text[4]));
}

// REQUIRES: at_node().
Result<int> Parser::node()
{
	if (accept("node"))
		return integer();

	Token digits{.kind = Token::Kind::number, .text = token_.text, .number = {}};
	std::size_t length;

	digits.text.remove_prefix(4);
	digits.number = read_number(digits.text, length);
	const int node = TRY(integer(digits));

	advance();
	return node;
}

// ---- Ranges ----

Result<Parser::RawRange> Parser::take_range(std::string_view what)
{
	RawRange range;
	const std::string_view first = token_.text;
	std::string_view last = first;

	if (token_.kind == Token::Kind::number) {
		range.has_low = true;
		range.low = token_;
		advance();
	} else if (token_.kind != Token::Kind::range) {
		return expected(what);
	}
	if (token_.kind == Token::Kind::range) {
		range.has_dots = true;
		last = token_.text;
		advance();
		if (token_.kind == Token::Kind::number) {
			range.has_high = true;
			range.high = token_;
			last = token_.text;
			advance();
		}
	} else {
		range.has_high = true;
		range.high = range.low;
	}
	range.text = joined(first, last);
	return range;
}

// A range in which nothing can be is taken for a mistake, unless the word after it says otherwise.
Result<> Parser::empty_if_meant(bool empty, const RawRange &range,
				std::initializer_list<std::string_view> why)
{
	const std::string_view word = token_.text;
	const bool meant = accept("empty");

	if (empty && !meant)
		return wrong(range.text, EINVAL, why);
	if (meant && !empty)
		return wrong(word, EINVAL, {"the range before it is not"});
	return {};
}

Result<Limits<uint64_t>> Parser::sizes()
{
	const RawRange range = TRY(take_range("a range of sizes such as 4K..2M"));
	Limits<uint64_t> limits = any_size;

	if (range.has_low)
		limits.min = TRY(convert(range.low, bytes));
	if (range.has_high)
		limits.max = TRY(convert(range.high, bytes));
	TRY(empty_if_meant(limits.min > limits.max, range, {ends_too_early}));
	return limits;
}

Result<uint32_t> Parser::scaled(const Token &token, const Scale &scale, Round round)
{
	const uint64_t value = TRY(convert(token, scale.measure));

	if (!scale.usable())
		return wrong(token.text, EINVAL, {scale.useless});
	if (value > scale.most)
		return wrong(token.text, ERANGE, {scale.above});

	const std::optional<uint32_t> count = scale.count(value, round);

	if (!count)
		return wrong(token.text, ERANGE, {"more than 4294967295 ", scale.word});
	return *count;
}

Result<Limits<uint32_t>> Parser::counts(const Scale &scale)
{
	const RawRange range = TRY(take_range(scale.range));
	Limits<uint32_t> limits = any_count;
	const bool plain = (range.has_low && range.low.number.unit.empty()) ||
			   (range.has_high && range.high.number.unit.empty());

	if (plain) {
		if (range.has_low)
			limits.min = TRY(count32(range.low));
		if (range.has_high)
			limits.max = TRY(count32(range.high));
		if (!accept(scale.word))
			return wrong(range.text, EINVAL,
				     {"expected ", scale.measure.expected, ", or '", scale.word,
				      "' after it"});
	} else {
		if (range.has_low)
			limits.min = TRY(scaled(range.low, scale, Round::up));
		if (range.has_high)
			limits.max = TRY(scaled(range.high, scale, Round::down));
	}
	if (plain)
		TRY(empty_if_meant(limits.min > limits.max, range, {ends_too_early}));
	else
		TRY(empty_if_meant(limits.min > limits.max, range,
				   {"no whole number of ", scale.word, " is in this range"}));
	return limits;
}

Result<Range> Parser::addresses()
{
	constexpr std::string_view what = "a range of addresses such as 0x1000..0x2000";
	const RawRange range = TRY(take_range(what));
	Range addresses{0, std::numeric_limits<uint64_t>::max()};

	if (!range.has_dots)
		return wrong(range.text, EINVAL, {"expected ", what});
	if (range.has_low)
		addresses.start = TRY(convert(range.low, bytes));
	if (range.has_high)
		addresses.end = TRY(convert(range.high, bytes));
	TRY(empty_if_meant(addresses.start >= addresses.end, range,
			   {"nothing is in this range, its end is not part of it"}));
	return addresses;
}

} // namespace damon::text_form
