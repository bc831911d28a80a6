// SPDX-License-Identifier: GPL-2.0
#include "schemes/text_form_parser.hpp"

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

} // namespace

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
