// SPDX-License-Identifier: GPL-2.0
// The schemes of a context: which of them are due, and what they keep from round to round.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/clock.hpp"
#include "core/result.hpp"
#include "schemes/round.hpp"
#include "schemes/scheme.hpp"
#include "schemes/walk.hpp"

namespace damon {

class SchemeEngine {
      public:
	// REQUIRES: no schemes yet.
	[[nodiscard]] Result<> configure(std::span<const SchemeConfig> configs,
					 const Operations &operations);

	// A commit of schemes, in two steps with that of the targets between them.  First, those
	// staged here go on where those of the same index in @running are; @moved_to(target) tells
	// the new index of a target of theirs, or ResumePoint::nowhere.  Nothing is taken from them.
	template <class Function> void inherit(const SchemeEngine &running, Function moved_to);
	// Then they replace them.  With the same apply interval the moment of the next round stays.
	void replace_by(SchemeEngine &&staged, const Clock &clock);

	// Replaces the goals of the quotas, one list per scheme, as far as both go.
	void commit_goals(std::span<Vec<Goal>> goals);
	// All rounds begin an interval from now.
	void restart(const Clock &clock);
	// Samples take another time than @was_us, as tuning would have it: rounds with an interval of
	// their own stay where they were, as updates do, and the others go with the aggregations.
	void retune(const Clock &clock, uint64_t was_us);

	std::span<const Scheme> schemes() const
	{
		return schemes_;
	}
	// How many regions rounds may need beyond those that the monitoring makes.
	std::size_t most_cuts() const;

	// Looks at the watermarks.  False: all schemes are inactive by theirs.
	bool check_watermarks()
	{
		return !watched_ || look_at_watermarks();
	}
	// When all are: how long it is until the next look.
	uint64_t watermarks_interval_us() const;

	bool due(const Clock &clock) const;
	// Applies the schemes that are due.  @walk may be empty.
	void apply(const Monitored &monitored, const Walk &walk);

      private:
	bool look_at_watermarks();
	uint64_t interval(const Scheme &scheme, const Clock &clock) const;
	void begin_round(std::size_t index, const Monitored &monitored);
	void end_round(std::size_t index, const Clock &clock, const Walk &walk);

	Vec<Scheme> schemes_;
	bool watched_ = false; // one of them has watermarks
	ScoreHistogram histogram_;
};

template <class Function> void SchemeEngine::inherit(const SchemeEngine &running, Function moved_to)
{
	for (std::size_t i = 0; i < schemes_.size() && i < running.schemes_.size(); i++) {
		Scheme &scheme = schemes_[i];

		scheme.inherit(running.schemes_[i]);
		scheme.resume.move_to(moved_to);
	}
}

} // namespace damon
