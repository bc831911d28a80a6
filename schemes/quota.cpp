// SPDX-License-Identifier: GPL-2.0
#include "schemes/quota.hpp"

#include <algorithm>

namespace damon {

Result<Quota> Quota::open(const QuotaConfig &config, OperationsId operations)
{
	Quota quota;

	quota.time_ = TimeQuota(config.ms);
	quota.bytes_ = config.bytes;
	quota.interval_ns_ = multiply_saturated(config.reset_interval_ms, 1000000);
	quota.tuner_ = config.tuner;
	quota.fail_num_ = config.fail_charge_num;
	quota.fail_denom_ = config.fail_charge_denom;
	quota.goals_ = TRY(open_goals(config.goals, operations));
	return quota;
}

void Quota::inherit(const Quota &before)
{
	time_.inherit(before.time_);
	inherit_measurements(goals_, before.goals_);
	min_size_ = before.min_size_;
	tuned_bp_ = before.tuned_bp_;
	effective_ = before.effective_;
	charged_ = before.charged_;
	window_start_ = before.window_start_;
	begun_ = before.begun_ && before.exists();
	sized_ = before.sized_;
}

void Quota::replace_goals(Vec<Goal> &goals)
{
	const bool existed = exists();

	inherit_measurements(goals, goals_);
	std::swap(goals_, goals);
	begun_ = begun_ && existed;
}

// The grid of windows is kept, so that a round that comes a bit late makes none of them longer.
bool Quota::window_due(uint64_t now_ns, bool &exceeded)
{
	if (!begun_) {
		begun_ = true;
		window_start_ = now_ns;
		charged_ = 0;
		return true;
	}
	const uint64_t elapsed = now_ns - window_start_;

	if (elapsed < interval_ns_)
		return false;
	const uint64_t nr_windows = interval_ns_ ? elapsed / interval_ns_ : 1;

	exceeded = full();
	time_.next_window(interval_ns_, nr_windows, exceeded);
	charged_ = 0;
	window_start_ = interval_ns_ ? window_start_ + nr_windows * interval_ns_ : now_ns;
	return true;
}

uint64_t Quota::size_for_goals(uint64_t score)
{
	constexpr uint64_t met = 10000;

	if (tuner_ == GoalTuner::temporal) {
		if (score >= met)
			return 0;
		return bytes_ ? bytes_ : UINT64_MAX;
	}
	tuned_bp_ = feedback(std::max<uint64_t>(tuned_bp_, 10000), score);
	return tuned_bp_ / 10000;
}

uint64_t Quota::size_of_window(uint64_t score)
{
	uint64_t size = goals_.empty() ? UINT64_MAX : size_for_goals(score);

	if (time_.exists())
		size = std::max(min_size_, std::min(size, time_.size_per_window(min_size_)));
	if (bytes_)
		size = std::min(size, bytes_);
	return size;
}

uint64_t Quota::allowance(uint64_t size) const
{
	if (!exists())
		return size;
	uint64_t left = effective_ - std::min(charged_, effective_);

	// What fails may be charged more than it is worth.
	if (fail_denom_ && fail_num_ > fail_denom_)
		left = std::max(scaled(left, fail_denom_, fail_num_), min_size_);
	return size <= left ? size : round_down(left, min_size_);
}

void Quota::charge(uint64_t size, uint64_t applied, uint64_t ns)
{
	uint64_t charge = size;

	if (fail_denom_ && applied < size)
		charge = add_saturated(applied, scaled(size - applied, fail_num_, fail_denom_));
	charged_ = add_saturated(charged_, charge);
	if (time_.exists())
		time_.charge(size, charge, ns);
}

} // namespace damon
