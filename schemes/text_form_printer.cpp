// SPDX-License-Identifier: GPL-2.0
// Each part is printed only if leaving it out would mean something else.
#include <type_traits>

#include "schemes/text_form.hpp"
#include "schemes/text_form_chars.hpp"
#include "schemes/text_form_defaults.hpp"
#include "schemes/text_form_scale.hpp"
#include "schemes/text_form_writer.hpp"

namespace damon::text_form {

namespace {

std::string_view word(const Vocabulary &vocabulary, auto value)
{
	const auto index = static_cast<std::size_t>(value);

	return index < vocabulary.words.size() ? vocabulary.words[index] : "?";
}

// ---- Ranges ----

constexpr uint64_t highest = std::numeric_limits<uint64_t>::max();

// @print prints a bound.  An open side is one that could not be further out.
template <class T> void print_limits(Writer &out, const Limits<T> &limits, auto print)
{
	if (limits.min == limits.max) {
		print(limits.min);
		return;
	}
	if (limits.min != 0)
		print(limits.min);
	out.put("..");
	if (limits.max != std::numeric_limits<T>::max())
		print(limits.max);
}

void print_sizes(Writer &out, const Limits<uint64_t> &limits)
{
	out.put(' ');
	print_limits(out, limits, [&](uint64_t size) { print_amount(out, size, bytes); });
	if (limits.min > limits.max)
		out.put(" empty");
}

// Percentages or times where they give these very counts, else counts.
void print_counts(Writer &out, const Limits<uint32_t> &limits, const Scale &scale)
{
	const bool open = limits.max == any_count.max && limits.min != limits.max;
	const bool exact = scale.value(limits.min) && (open || scale.value(limits.max));

	out.put(' ');
	print_limits(out, limits, [&](uint32_t count) {
		if (exact)
			print_amount(out, *scale.value(count), scale.measure);
		else
			out.put(uint64_t{count});
	});
	if (!exact)
		out.put(' ').put(scale.word);
	if (limits.min > limits.max)
		out.put(" empty");
}

void print_addresses(Writer &out, const Range &range)
{
	out.put(' ');
	if (range.start != 0)
		out.put("0x").put(range.start, 16);
	out.put("..");
	if (range.end != highest)
		out.put("0x").put(range.end, 16);
	if (range.start >= range.end)
		out.put(" empty");
}

void print_pattern(Writer &out, const AccessPattern &pattern, const Attributes &attributes)
{
	if (pattern.nr_accesses != any_count) {
		out.put(" accesses");
		print_counts(out, pattern.nr_accesses, accesses_scale(attributes));
	}
	if (pattern.age != any_count) {
		out.put(" age");
		print_counts(out, pattern.age, age_scale(attributes));
	}
	if (pattern.size != any_size) {
		out.put(" size");
		print_sizes(out, pattern.size);
	}
}

// ---- Paths ----

void print_path(Writer &out, std::string_view path)
{
	out.put(" \"");
	for (char c : path) {
		if (c == '"' || c == '\\')
			out.put('\\').put(c);
		else if (c == '\n')
			out.put("\\n");
		else if (is_control(c))
			out.put("\\x")
				.put(static_cast<unsigned char>(c) / 16u, 16)
				.put(static_cast<unsigned char>(c) % 16u, 16);
		else
			out.put(c);
	}
	out.put('"');
}

// ---- Quotas and goals ----

GoalSubject subject_of(GoalMetric metric)
{
	switch (metric) {
	case GoalMetric::user_input:
		return GoalSubject::user;
	case GoalMetric::some_mem_psi_us:
		return GoalSubject::psi;
	case GoalMetric::active_mem_bp:
		return GoalSubject::active;
	case GoalMetric::inactive_mem_bp:
		return GoalSubject::inactive;
	default:
		return GoalSubject::node;
	}
}

NodeMetric node_metric_of(GoalMetric metric)
{
	switch (metric) {
	case GoalMetric::node_mem_used_bp:
	case GoalMetric::node_memcg_used_bp:
		return NodeMetric::used;
	case GoalMetric::node_mem_free_bp:
	case GoalMetric::node_memcg_free_bp:
		return NodeMetric::free;
	default:
		return NodeMetric::eligible;
	}
}

void print_node(Writer &out, int nid)
{
	out.put(" node").put_signed(nid);
}

void print_goal(Writer &out, const GoalConfig &goal)
{
	const GoalSubject subject = subject_of(goal.metric);

	out.put(" goal");
	if (subject == GoalSubject::node) {
		print_node(out, goal.nid);
		if (uses(goal.metric, GoalField::memcg)) {
			out.put(" memcg");
			print_path(out, goal.path.view());
		}
		out.put(' ').put(word(node_metrics, node_metric_of(goal.metric)));
	} else {
		out.put(' ').put(word(goal_subjects, subject));
	}

	out.put(' ');
	if (subject == GoalSubject::user)
		out.put(goal.target_value);
	else
		print_amount(out, goal.target_value,
			     subject == GoalSubject::psi ? microseconds : basis_points);

	if (goal.current_value)
		out.put(uses(goal.metric, GoalField::current) ? " current " : " unused current ")
			.put(goal.current_value);
	if (goal.nid && !uses(goal.metric, GoalField::node)) {
		out.put(" unused");
		print_node(out, goal.nid);
	}
	if (!goal.path.empty() && !uses(goal.metric, GoalField::memcg)) {
		out.put(" unused memcg");
		print_path(out, goal.path.view());
	}
}

void print_limit(Writer &out, const QuotaConfig &quota, uint64_t limit, const Measure &measure)
{
	if (!limit)
		return;
	out.put(' ');
	print_amount(out, limit, measure);
	out.put('/');
	print_amount(out, quota.reset_interval_ms, milliseconds);
}

void print_quota(Writer &out, const QuotaConfig &quota)
{
	if (quota.ms || quota.bytes) {
		out.put(" quota");
		print_limit(out, quota, quota.ms, milliseconds);
		print_limit(out, quota, quota.bytes, bytes);
	} else if (quota.reset_interval_ms != default_reset_interval_ms(quota)) {
		out.put(" quota reset ");
		print_amount(out, quota.reset_interval_ms, milliseconds);
	}
}

void print_weights(Writer &out, const QuotaConfig &quota)
{
	bool as_default = true;
	bool none = true;

	for (Trait trait : all_traits) {
		as_default &= weight_of(quota, trait) == default_weight(quota, trait);
		none &= weight_of(quota, trait) == 0;
	}
	if (as_default)
		return;
	out.put(" weights ");
	if (none)
		out.put("none");

	std::string_view separator;

	for (Trait trait : all_traits) {
		if (const uint32_t weight = weight_of(quota, trait)) {
			out.put(separator).put(word(traits, trait)).put(':').put(uint64_t{weight});
			separator = ",";
		}
	}
}

// ---- Watermarks and filters ----

void print_watermarks(Writer &out, const WatermarksConfig &watermarks)
{
	if (watermarks.metric == WatermarkMetric::none && !watermarks.high && !watermarks.mid &&
	    !watermarks.low && !watermarks.interval_us)
		return;
	out.put(" watermarks ").put(word(watermark_metrics, watermarks.metric));
	for (uint64_t mark : {watermarks.high, watermarks.mid, watermarks.low}) {
		out.put(' ');
		print_amount(out, mark, permil);
	}
	if (watermarks.interval_us != default_watermarks_interval_us) {
		out.put(" every ");
		print_amount(out, watermarks.interval_us, microseconds);
	}
}

void print_parameter(Writer &out, const FilterConfig &filter, FilterType type)
{
	switch (type) {
	case FilterType::memcg:
		print_path(out, filter.memcg_path.view());
		break;
	case FilterType::hugepage_size:
		print_sizes(out, filter.size);
		break;
	case FilterType::addr:
		print_addresses(out, filter.addresses);
		break;
	case FilterType::target:
		out.put(' ').put_signed(filter.target);
		break;
	default:
		break;
	}
}

// Whether @filter has more in the parameter of @type than a new one.
bool is_set(const FilterConfig &filter, FilterType type)
{
	switch (type) {
	case FilterType::memcg:
		return !filter.memcg_path.empty();
	case FilterType::hugepage_size:
		return filter.size != Limits<uint64_t>{};
	case FilterType::addr:
		return filter.addresses != Range{};
	case FilterType::target:
		return filter.target != 0;
	default:
		return false;
	}
}

void print_filter(Writer &out, const FilterConfig &filter)
{
	out.put(" filter ").put(word(filter_verdicts, filter.allow));
	out.put(' ').put(word(filter_types, filter.type));
	print_parameter(out, filter, filter.type);
	if (!filter.matching)
		out.put(" no");
	for (std::size_t i = 0; i < nr_filter_types; i++) {
		const auto type = static_cast<FilterType>(i);

		if (type == filter.type || !is_set(filter, type))
			continue;
		out.put(" unused ").put(word(filter_types, type));
		print_parameter(out, filter, type);
	}
}

// ---- A scheme ----

void print_destinations(Writer &out, const SchemeConfig &scheme)
{
	if (scheme.target_nid != -1)
		out.put(" to node ").put_signed(scheme.target_nid);

	std::string_view separator = " to nodes ";

	for (const DestinationConfig &destination : scheme.destinations) {
		out.put(separator).put(uint64_t{destination.nid});
		out.put(':').put(uint64_t{destination.weight});
		separator = ",";
	}
}

void print_scheme(Writer &out, const SchemeConfig &scheme, const Attributes &attributes)
{
	const QuotaConfig &quota = scheme.quota;

	out.put(word(actions, scheme.action));
	print_pattern(out, scheme.pattern, attributes);
	print_destinations(out, scheme);
	if (scheme.apply_interval_us) {
		out.put(" apply every ");
		print_amount(out, scheme.apply_interval_us, microseconds);
	}
	if (scheme.max_nr_snapshots)
		out.put(" snapshots ").put(scheme.max_nr_snapshots);
	for (const GoalConfig &goal : quota.goals)
		print_goal(out, goal);
	if (quota.tuner != GoalTuner::consist)
		out.put(" tuner ").put(word(tuners, quota.tuner));
	print_quota(out, quota);
	print_weights(out, quota);
	if (quota.fail_charge_num || quota.fail_charge_denom)
		out.put(" fail_charge ")
			.put(uint64_t{quota.fail_charge_num})
			.put('/')
			.put(uint64_t{quota.fail_charge_denom});
	print_watermarks(out, scheme.watermarks);
	for (const FilterConfig &filter : scheme.filters)
		print_filter(out, filter);
	out.put('\n');
}

} // namespace

} // namespace damon::text_form

namespace damon {

std::size_t print_schemes(std::span<const SchemeConfig> schemes, const Attributes &attributes,
			  std::span<char> buffer)
{
	text_form::Writer out(buffer);

	for (const SchemeConfig &scheme : schemes)
		text_form::print_scheme(out, scheme, attributes);
	return out.length();
}

Result<String> print_schemes(std::span<const SchemeConfig> schemes, const Attributes &attributes)
{
	Vec<char> text;

	TRY(text.resize(print_schemes(schemes, attributes, {})));
	print_schemes(schemes, attributes, {text.begin(), text.size()});
	return String::of({text.begin(), text.size()});
}

} // namespace damon
