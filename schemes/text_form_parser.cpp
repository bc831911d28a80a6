// SPDX-License-Identifier: GPL-2.0
#include "schemes/text_form_parser.hpp"

#include "schemes/text_form_chars.hpp"
#include "schemes/text_form_defaults.hpp"

namespace damon {

Result<Vec<SchemeConfig>> parse_schemes(std::string_view text, const Attributes &attributes,
					TextError &error)
{
	Vec<SchemeConfig> schemes;

	error = {};
	Result<> result = text_form::Parser(text, attributes, error).schemes(schemes);

	if (result)
		return schemes;
	// What the text is not to blame for has no position.
	if (!error.line)
		text_form::Writer({error.message, sizeof(error.message) - 1})
			.put(result.error().reason);
	return std::unexpected(result.error());
}

} // namespace damon

namespace damon::text_form {

namespace {

// Bits of seen_ after those of the parts.
constexpr unsigned int bit_to_nodes = 28;
constexpr unsigned int bit_reset_interval = 29;

constexpr unsigned int bit(auto value)
{
	return static_cast<unsigned int>(value);
}

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
	out.put('\'');
	for (std::size_t i = 0; i < text.size() && i < longest_quote; i++)
		out.put(is_printable(text[i]) ? text[i] : '?');
	return out.put(text.size() > longest_quote ? "...': " : "': ");
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

// ---- A scheme ----

Result<> Parser::schemes(Vec<SchemeConfig> &schemes)
{
	for (advance(); token_.kind != Token::Kind::end;) {
		if (token_.kind == Token::Kind::separator) {
			advance();
			continue;
		}
		TRY(schemes.push({}));
		TRY(scheme(schemes[schemes.size() - 1]));
	}
	return {};
}

Result<> Parser::scheme(SchemeConfig &scheme)
{
	seen_ = 0;
	scheme.action = TRY(one_of<Action>(actions));
	scheme.pattern = any_pattern;
	while (!token_.ends_scheme())
		TRY(part(scheme));

	if (!(seen_ & 1u << bit_reset_interval))
		scheme.quota.reset_interval_ms = default_reset_interval_ms(scheme.quota);
	if (!seen(Part::weights)) {
		for (Trait trait : all_traits)
			weight_of(scheme.quota, trait) = default_weight(scheme.quota, trait);
	}
	return {};
}

Result<> Parser::first_time(unsigned int bit, std::string_view word)
{
	if (seen_ & 1u << bit)
		return wrong(word, EINVAL, {"is here a second time"});
	seen_ |= 1u << bit;
	return {};
}

Result<> Parser::part(SchemeConfig &scheme)
{
	const std::string_view word = token_.text;
	const Part part = TRY(one_of<Part>(parts));

	// Each once, but for those of which a scheme may have many.
	if (part != Part::goal && part != Part::filter && part != Part::to)
		TRY(first_time(bit(part), word));
	switch (part) {
	case Part::accesses:
		scheme.pattern.nr_accesses = TRY(counts(accesses_scale(attributes_)));
		return {};
	case Part::age:
		scheme.pattern.age = TRY(counts(age_scale(attributes_)));
		return {};
	case Part::size:
		scheme.pattern.size = TRY(sizes());
		return {};
	case Part::to:
		return to(scheme, word);
	case Part::apply:
		if (!accept("every"))
			return expected("every");
		scheme.apply_interval_us = TRY(amount(microseconds));
		return {};
	case Part::snapshots:
		scheme.max_nr_snapshots = TRY(amount(plain_number));
		return {};
	case Part::goal:
		TRY(scheme.quota.goals.push({}));
		return goal(scheme.quota.goals[scheme.quota.goals.size() - 1]);
	case Part::tuner:
		scheme.quota.tuner = TRY(one_of<GoalTuner>(tuners));
		return {};
	case Part::quota:
		return quota(scheme.quota);
	case Part::weights:
		return weights(scheme.quota);
	case Part::fail_charge:
		return fail_charge(scheme.quota);
	case Part::watermarks:
		return watermarks(scheme.watermarks);
	case Part::filter:
		return filter(scheme.filters);
	}
	return {};
}

// ---- Destinations ----

Result<> Parser::to(SchemeConfig &scheme, std::string_view word)
{
	if (at_node()) {
		TRY(first_time(bit(Part::to), word));
		scheme.target_nid = TRY(node());
		return {};
	}
	TRY(word_of(destination_kinds));
	TRY(first_time(bit_to_nodes, word));
	return weighted_nodes(scheme.destinations);
}

Result<> Parser::weighted_nodes(Vec<DestinationConfig> &destinations)
{
	do {
		DestinationConfig destination{.nid = TRY(number32()), .weight = 1};

		if (accept(':'))
			destination.weight = TRY(number32());
		TRY(destinations.push(destination));
	} while (accept(','));
	return {};
}

// ---- Quotas and goals ----

Result<> Parser::goal(GoalConfig &goal)
{
	if (at_node()) {
		TRY(node_goal(goal));
	} else {
		switch (TRY(one_of<GoalSubject>(goal_subjects))) {
		case GoalSubject::psi:
			goal.metric = GoalMetric::some_mem_psi_us;
			goal.target_value = TRY(amount(microseconds));
			break;
		case GoalSubject::active:
			goal.metric = GoalMetric::active_mem_bp;
			goal.target_value = TRY(amount(basis_points));
			break;
		case GoalSubject::inactive:
			goal.metric = GoalMetric::inactive_mem_bp;
			goal.target_value = TRY(amount(basis_points));
			break;
		case GoalSubject::user:
			goal.metric = GoalMetric::user_input;
			goal.target_value = TRY(amount(plain_number));
			if (accept("current"))
				goal.current_value = TRY(amount(plain_number));
			break;
		case GoalSubject::node: // at_node() knows it
			break;
		}
	}

	while (accept("unused")) {
		const std::string_view word = token_.text;
		const GoalField unused =
			at_node() ? GoalField::node : TRY(one_of<GoalField>(goal_fields));

		if (uses(goal.metric, unused))
			return wrong(word, EINVAL, {"this goal uses it"});
		TRY(field(goal, unused));
	}
	return {};
}

Result<> Parser::node_goal(GoalConfig &goal)
{
	TRY(field(goal, GoalField::node));
	const bool memcg = accept("memcg");

	if (memcg)
		TRY(field(goal, GoalField::memcg));

	const std::string_view word = token_.text;

	switch (TRY(one_of<NodeMetric>(node_metrics))) {
	case NodeMetric::used:
		goal.metric = memcg ? GoalMetric::node_memcg_used_bp : GoalMetric::node_mem_used_bp;
		break;
	case NodeMetric::free:
		goal.metric = memcg ? GoalMetric::node_memcg_free_bp : GoalMetric::node_mem_free_bp;
		break;
	case NodeMetric::eligible:
		if (memcg)
			return wrong(word, EINVAL,
				     {"is not known of a memcg, but used and free are"});
		goal.metric = GoalMetric::node_eligible_mem_bp;
		break;
	}
	goal.target_value = TRY(amount(basis_points));
	return {};
}

Result<> Parser::field(GoalConfig &goal, GoalField field)
{
	switch (field) {
	case GoalField::current:
		goal.current_value = TRY(amount(plain_number));
		break;
	case GoalField::node:
		goal.nid = TRY(node());
		break;
	case GoalField::memcg:
		goal.path = TRY(path());
		break;
	}
	return {};
}

Result<> Parser::quota(QuotaConfig &quota)
{
	do {
		if (accept("reset"))
			TRY(reset_interval(quota));
		else
			TRY(quota_limit(quota));
	} while (token_.kind == Token::Kind::number || at_word("reset"));
	return {};
}

Result<> Parser::quota_limit(QuotaConfig &quota)
{
	const Token token = token_;
	const Unit *unit = find_unit(token.number.unit);

	if (token.kind != Token::Kind::number || (unit && unit->dimension == Dimension::percentage))
		return expected("a quota such as 10ms/1s or 128M/1s");
	if (!unit && !token.number.unit.empty())
		return wrong(token.text, EINVAL,
			     {"unknown unit; they are ", time_units, ", ", size_units});

	const bool is_time = unit && unit->dimension == Dimension::time;
	uint64_t &limit = is_time ? quota.ms : quota.bytes;

	if (limit)
		return wrong(token.text, EINVAL,
			     {"there is a quota of ", is_time ? "time" : "size", " already"});
	limit = TRY(amount(is_time ? milliseconds : bytes));
	if (!limit)
		return wrong(token.text, EINVAL, {"0 would be no limit: leave it out"});
	if (accept('/'))
		TRY(reset_interval(quota));
	return {};
}

Result<> Parser::reset_interval(QuotaConfig &quota)
{
	Token token = token_;

	// "/s" is "/1s".
	if (token.kind == Token::Kind::word && find_unit(token.text)) {
		token.kind = Token::Kind::number;
		token.number = {.mantissa = 1, .unit = token.text};
	}
	const uint64_t ms = TRY(convert(token, milliseconds));

	if (seen_ & 1u << bit_reset_interval && ms != quota.reset_interval_ms)
		return wrong(token.text, EINVAL,
			     {"a scheme has one reset interval, and it has another"});
	seen_ |= 1u << bit_reset_interval;
	quota.reset_interval_ms = ms;
	advance();
	return {};
}

Result<> Parser::weights(QuotaConfig &quota)
{
	uint32_t given = 0;

	if (accept("none"))
		return {};
	do {
		const std::string_view word = token_.text;
		const Trait trait = TRY(one_of<Trait>(traits));

		if (given & 1u << bit(trait))
			return wrong(word, EINVAL, {"is here a second time"});
		given |= 1u << bit(trait);
		if (!accept(':'))
			return expected("a weight such as age:2");
		weight_of(quota, trait) = TRY(number32());
	} while (accept(','));
	return {};
}

Result<> Parser::fail_charge(QuotaConfig &quota)
{
	quota.fail_charge_num = TRY(number32());
	if (!accept('/'))
		return expected("a fraction such as 1/10");
	quota.fail_charge_denom = TRY(number32());
	return {};
}

// ---- Watermarks and filters ----

Result<> Parser::watermarks(WatermarksConfig &watermarks)
{
	watermarks.metric = TRY(one_of<WatermarkMetric>(watermark_metrics));
	if (watermarks.metric == WatermarkMetric::none && token_.kind != Token::Kind::number)
		return {};
	watermarks.high = TRY(amount(permil));
	watermarks.mid = TRY(amount(permil));
	watermarks.low = TRY(amount(permil));
	watermarks.interval_us = default_watermarks_interval_us;
	if (accept("every"))
		watermarks.interval_us = TRY(amount(microseconds));
	return {};
}

Result<> Parser::filter(Vec<FilterConfig> &filters)
{
	TRY(filters.push({}));
	std::size_t i = filters.size() - 1;
	FilterConfig &filter = filters[i];

	filter.allow = TRY(word_of(filter_verdicts)) == 1;
	filter.type = TRY(one_of<FilterType>(filter_types));
	if (has_parameter(filter.type))
		TRY(parameter(filter, filter.type));
	filter.matching = !at_word("no");
	if (at_word("no") || at_word("yes"))
		advance();

	while (accept("unused")) {
		const std::string_view word = token_.text;
		const FilterType type = TRY(one_of<FilterType>(filter_types));

		if (type == filter.type || !has_parameter(type))
			return wrong(word, EINVAL,
				     {type == filter.type ? "this filter uses it"
							  : "there is nothing to keep of it"});
		TRY(parameter(filter, type));
	}

	// Core filters are evaluated first, wherever they were written.
	for (; i && is_core_filter(filters[i].type) && !is_core_filter(filters[i - 1].type); i--)
		std::swap(filters[i], filters[i - 1]);
	return {};
}

Result<> Parser::parameter(FilterConfig &filter, FilterType type)
{
	switch (type) {
	case FilterType::memcg:
		filter.memcg_path = TRY(path());
		break;
	case FilterType::hugepage_size:
		filter.size = TRY(sizes());
		break;
	case FilterType::addr:
		filter.addresses = TRY(addresses());
		break;
	case FilterType::target:
		filter.target = TRY(integer());
		break;
	default:
		break;
	}
	return {};
}

} // namespace damon::text_form
