// SPDX-License-Identifier: GPL-2.0
#include "schemes/text_form_words.hpp"

#include <algorithm>

#include "schemes/words.hpp"

namespace damon::text_form {

namespace {

constexpr std::string_view part_words[] = {
	"accesses", "age",   "size",	"to",	       "apply",	     "snapshots", "goal",
	"tuner",    "quota", "weights", "fail_charge", "watermarks", "filter",
};
constexpr Hint part_hints[] = {
	{"every", "apply every"},
	{"apply_interval", "apply every"},
	{"apply_interval_us", "apply every"},
	{"sz", "size"},
	{"bytes", "quota"},
	{"ms", "quota"},
	{"nr_accesses", "accesses"},
	{"target_nid", "to node"},
	{"node", "to node"},
	{"nodes", "to nodes"},
	{"dests", "to nodes"},
	{"max_nr_snapshots", "snapshots"},
	{"goal_tuner", "tuner"},
	{"wmarks", "watermarks"},
	{"core_filters", "filter"},
	{"ops_filters", "filter"},
	{"allow", "filter allow"},
	{"reject", "filter reject"},
	{"sample", "samples"},
	{"interval", "intervals"},
};

constexpr std::string_view goal_subject_words[] = {"node", "psi", "active", "inactive", "user"};
constexpr Hint goal_subject_hints[] = {
	{"user_input", "user"},
	{"some_mem_psi_us", "psi"},
	{"active_mem_bp", "active"},
	{"inactive_mem_bp", "inactive"},
	{"node_mem_used_bp", "node0 used"},
	{"node_mem_free_bp", "node0 free"},
	{"node_memcg_used_bp", "node0 memcg /path used"},
	{"node_memcg_free_bp", "node0 memcg /path free"},
	{"node_eligible_mem_bp", "node0 eligible"},
};
constexpr std::string_view goal_field_words[] = {"current", "node", "memcg"};
constexpr std::string_view node_metric_words[] = {"used", "free", "eligible"};
constexpr std::string_view trait_words[] = {"accesses", "age", "size"};

constexpr std::string_view watermark_metric_words[] = {"none", "free"};
constexpr Hint watermark_metric_hints[] = {{"free_mem_rate", "free"}};

constexpr Hint filter_type_hints[] = {
	{"hugepage", "hugepage_size"},
	{"cgroup", "memcg"},
	{"address", "addr"},
	{"anonymous", "anon"},
};
constexpr std::string_view filter_verdict_words[] = {"reject", "allow"};
constexpr std::string_view destination_words[] = {"node", "nodes"};

constexpr uint64_t second = 1000000;
constexpr Unit all_units[] = {
	{"E", Dimension::size, uint64_t{1} << 60},
	{"P", Dimension::size, uint64_t{1} << 50},
	{"T", Dimension::size, uint64_t{1} << 40},
	{"G", Dimension::size, uint64_t{1} << 30},
	{"M", Dimension::size, uint64_t{1} << 20},
	{"K", Dimension::size, uint64_t{1} << 10},
	{"EiB", Dimension::size, uint64_t{1} << 60},
	{"PiB", Dimension::size, uint64_t{1} << 50},
	{"TiB", Dimension::size, uint64_t{1} << 40},
	{"GiB", Dimension::size, uint64_t{1} << 30},
	{"MiB", Dimension::size, uint64_t{1} << 20},
	{"KiB", Dimension::size, uint64_t{1} << 10},
	{"B", Dimension::size, 1},
	{"d", Dimension::time, 24 * 60 * 60 * second},
	{"h", Dimension::time, 60 * 60 * second},
	{"min", Dimension::time, 60 * second},
	{"s", Dimension::time, second},
	{"ms", Dimension::time, second / 1000},
	{"us", Dimension::time, 1},
	{"%", Dimension::percentage, 100},
};

constexpr std::size_t longest = 24; // of words that are compared

constexpr char lower(char c)
{
	return 'A' <= c && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

} // namespace

constexpr Vocabulary actions{"an action", action_words, {}};
constexpr Vocabulary parts{"a part of a scheme", part_words, part_hints};
constexpr Vocabulary goal_subjects{"what a goal is about", goal_subject_words, goal_subject_hints};
constexpr Vocabulary goal_fields{"a field of a goal", goal_field_words, {}};
constexpr Vocabulary node_metrics{"what of the node", node_metric_words, {}};
constexpr Vocabulary traits{"what has a weight", trait_words, {}};
constexpr Vocabulary tuners{"a tuner", goal_tuner_words, {}};
constexpr Vocabulary watermark_metrics{"a metric", watermark_metric_words, watermark_metric_hints};
constexpr Vocabulary filter_types{"a filter", filter_type_words, filter_type_hints};
constexpr Vocabulary filter_verdicts{"what a filter does", filter_verdict_words, {}};
constexpr Vocabulary destination_kinds{"where to", destination_words, {}};

constexpr std::span<const Unit> units = all_units;

std::optional<std::size_t> Vocabulary::find(std::string_view word) const
{
	for (std::size_t i = 0; i < words.size(); i++) {
		if (words[i] == word)
			return i;
	}
	return std::nullopt;
}

std::string_view Vocabulary::guess(std::string_view word) const
{
	for (const Hint &hint : hints) {
		if (hint.word == word)
			return hint.meant;
	}

	// A slip in three characters, and not more than three.
	unsigned int best = std::clamp(static_cast<unsigned int>(word.size() / 3), 1u, 3u);
	std::string_view meant;

	for (std::string_view candidate : words) {
		const unsigned int distance = edit_distance(word, candidate);

		if (distance <= best && (meant.empty() || distance < best)) {
			best = distance;
			meant = candidate;
		}
	}
	return meant;
}

const Unit *find_unit(std::string_view name)
{
	for (const Unit &unit : units) {
		if (unit.name == name)
			return &unit;
	}
	return nullptr;
}

// Optimal string alignment, of which three rows are kept.
unsigned int edit_distance(std::string_view a, std::string_view b)
{
	uint8_t row[longest + 1];
	uint8_t above[longest + 1];
	uint8_t above_that[longest + 1];

	if (a.size() > longest || b.size() > longest)
		return longest + 1;
	for (std::size_t j = 0; j <= b.size(); j++)
		row[j] = static_cast<uint8_t>(j);
	for (std::size_t i = 1; i <= a.size(); i++) {
		std::copy_n(above, b.size() + 1, above_that);
		std::copy_n(row, b.size() + 1, above);
		row[0] = static_cast<uint8_t>(i);
		for (std::size_t j = 1; j <= b.size(); j++) {
			const bool same = lower(a[i - 1]) == lower(b[j - 1]);
			int least =
				std::min(above[j - 1] + !same, std::min(above[j], row[j - 1]) + 1);

			if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
			    lower(a[i - 2]) == lower(b[j - 1]))
				least = std::min(least, above_that[j - 2] + 1);
			row[j] = static_cast<uint8_t>(least);
		}
	}
	return row[b.size()];
}

} // namespace damon::text_form
