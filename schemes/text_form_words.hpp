// SPDX-License-Identifier: GPL-2.0
// The words of the text form, and what is meant by those that are none of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "core/config.hpp"

namespace damon::text_form {

// A word that is known elsewhere, mostly as a sysfs file, and what it is called here.
struct Hint {
	std::string_view word;
	std::string_view meant;
};

// The words that may stand in some place.
struct Vocabulary {
	std::string_view what; // "an action"
	std::span<const std::string_view> words;
	std::span<const Hint> hints;

	std::optional<std::size_t> find(std::string_view word) const;
	// What was probably meant by @word; empty if nothing comes to mind.
	std::string_view guess(std::string_view word) const;
};

// The parts of a scheme, in the order in which they are printed.
enum class Part : uint8_t {
	accesses,
	age,
	size,
	to,
	apply,
	snapshots,
	goal,
	tuner,
	quota,
	weights,
	fail_charge,
	watermarks,
	filter,
};

// What a goal is about.  With a node, NodeMetric tells the rest.
enum class GoalSubject : uint8_t { node, psi, active, inactive, user };
enum class NodeMetric : uint8_t { used, free, eligible };

// What regions have, in the order in which their weights are printed.
enum class Trait : uint8_t { accesses, age, size };

// Each in the order of its enumeration.
extern const Vocabulary actions, parts, goal_subjects, node_metrics, traits, tuners;
extern const Vocabulary watermark_metrics, filter_types, filter_verdicts;
// "node", "nodes"
extern const Vocabulary destination_kinds;
// What a goal has, whether its metric uses it or not.
enum class GoalField : uint8_t { current, node, memcg };
extern const Vocabulary goal_fields;

enum class Dimension : uint8_t { none, size, time, percentage };

struct Unit {
	std::string_view name;
	Dimension dimension;
	uint64_t factor; // bytes, microseconds, 1/10000
};

// From the largest to the smallest, those to print with before others of the same size.
extern const std::span<const Unit> units;

const Unit *find_unit(std::string_view name);

// How many characters must be added, dropped, replaced or swapped with a neighbour to make @b of @a,
// whatever their case; a large number for words that are longer than any of ours.
unsigned int edit_distance(std::string_view a, std::string_view b);

} // namespace damon::text_form
