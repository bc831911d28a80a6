// SPDX-License-Identifier: GPL-2.0
// Time quotas against work whose speed is known to the test alone.
#include "schemes/time_quota.hpp"

#include "core/random.hpp"
#include "schemes/quota.hpp"
#include "tests/unit/regions.hpp"

using namespace damon;
using namespace damon::test;

namespace {

constexpr uint64_t second = 1'000'000'000;
constexpr uint64_t ms = 1'000'000;

// There is always something to do, in regions of 1 GiB.
class Workshop {
      public:
	explicit Workshop(uint64_t quota_ms, uint64_t interval_ms = 1000)
		: quota(open(quota_ms, interval_ms)), interval_ns(interval_ms * ms)
	{
	}

	// Works for so many windows; how long that took in all.
	uint64_t work(uint64_t nr_windows)
	{
		uint64_t before = spent_ns;

		for (; nr_windows > 0; nr_windows--, now += interval_ns) {
			quota.begin_round(now, page, [](int) { return Residence{}; });
			while (!quota.full())
				treat({0, quota.allowance(1ull << 30)});
		}
		return spent_ns - before;
	}

	Quota quota;
	uint64_t interval_ns;
	uint64_t ns_per_page = 1000;
	uint64_t noise_percent = 0;
	uint64_t now = 0;
	uint64_t spent_ns = 0;
	uint64_t nr_slices = 0;
	uint64_t longest_slice_ns = 0;

      private:
	static Quota open(uint64_t quota_ms, uint64_t interval_ms)
	{
		QuotaConfig config;

		config.ms = quota_ms;
		config.reset_interval_ms = interval_ms;
		Result<Quota> opened = Quota::open(config, OperationsId::vaddr);

		must(opened ? Result<>{} : std::unexpected(opened.error()));
		return std::move(*opened);
	}

	void treat(Range range)
	{
		do {
			const Range slice = quota.slice(range, false);
			const uint64_t percent =
				100 - noise_percent + random_.below(2 * noise_percent + 1);
			const uint64_t ns = slice.size() / page * ns_per_page * percent / 100;

			CHECK(slice.start < slice.end && slice.end <= range.end);
			quota.charge(slice.size(), slice.size(), ns);
			spent_ns += ns;
			nr_slices++;
			longest_slice_ns = std::max(longest_slice_ns, ns);
			range.start = slice.end;
		} while (range.start < range.end && !quota.full());
	}

	Random random_{0x71e};
};

// Within 10 % of what it should be in a minute.
void expect_kept(uint64_t spent_ns, uint64_t quota_ms, const char *when)
{
	EXPECT_LE(spent_ns, 60 * quota_ms * ms * 110 / 100) << when;
	EXPECT_GE(spent_ns, 60 * quota_ms * ms * 90 / 100) << when;
}

} // namespace

TEST(TimeQuota, HoldsAtASteadySpeed)
{
	for (uint64_t ns_per_page : {1, 100, 1000, 20'000, 500'000}) {
		Workshop shop(10);

		shop.ns_per_page = ns_per_page;
		expect_kept(shop.work(60), 10, "from the first minute on");
		expect_kept(shop.work(60), 10, "in the second");
	}
}

TEST(TimeQuota, HoldsWhenWorkBecomesSlower)
{
	Workshop shop(10);

	shop.work(30);
	shop.ns_per_page *= 10;
	expect_kept(shop.work(60), 10, "right after the change");
	expect_kept(shop.work(60), 10, "later");
}

TEST(TimeQuota, HoldsWhenWorkBecomesFaster)
{
	Workshop shop(10);

	shop.ns_per_page = 20'000;
	shop.work(1000); // a history that weighs
	shop.ns_per_page /= 10;
	expect_kept(shop.work(60), 10, "right after the change");
	expect_kept(shop.work(60), 10, "later");
}

// Also over a minute in the middle of which the change is.
TEST(TimeQuota, HoldsAcrossTheChange)
{
	for (uint64_t after : {100, 10'000}) {
		Workshop shop(10);
		uint64_t spent;

		shop.work(10);
		spent = shop.work(30);
		shop.ns_per_page = after;
		spent += shop.work(30);
		expect_kept(spent, 10, "with the change in the middle");
	}
}

TEST(TimeQuota, HoldsThoughNoTwoSlicesAreAlike)
{
	Workshop shop(10);

	shop.noise_percent = 80;
	expect_kept(shop.work(60), 10, "noisy");
	expect_kept(shop.work(60), 10, "noisy");
}

TEST(TimeQuota, HoldsForAnyLimitAndInterval)
{
	for (uint64_t quota_ms : {1, 10, 100, 900}) {
		Workshop shop(quota_ms);

		shop.ns_per_page = 2000;
		expect_kept(shop.work(60), quota_ms, "of a second");
	}
	Workshop shop(1, 100);
	EXPECT_LE(shop.work(600), 600 * ms * 11 / 10);
}

// The time of a window is looked at before it is spent, not after.
TEST(TimeQuota, WorkComesInSlices)
{
	Workshop shop(10);

	shop.work(20);
	const uint64_t slices = shop.nr_slices;
	shop.longest_slice_ns = 0;
	shop.work(20);
	EXPECT_LE(shop.longest_slice_ns, 4 * ms) << "of a quota of 10 ms";
	EXPECT_LE(shop.nr_slices - slices, 20 * 20u) << "but not in crumbs";
}

TEST(TimeQuota, SlicesKeepHugePagesWhole)
{
	const TimeQuota quota(10);
	const uint64_t huge = 512 * page;

	EXPECT_EQ(quota.slice({3 * page, 10 * huge}, page, true).end, huge);
	EXPECT_EQ(quota.slice({huge, 10 * huge}, page, true).end, 2 * huge);
	EXPECT_EQ(quota.slice({huge, huge + 5 * page}, page, true).end, huge + 5 * page);
	EXPECT_EQ(quota.slice({3 * page, 10 * huge}, page, false).end, 19 * page);

	TimeQuota fast(10);
	fast.charge(1000 * huge, 1000 * huge, 10 * ms);
	fast.next_window(second, 1, false);
	EXPECT_EQ(fast.slice({3 * page, 1000 * huge}, page, false).end, 250 * huge);
	EXPECT_EQ(fast.slice({3 * page, 100 * huge}, page, false).end, 100 * huge);
}

TEST(TimeQuota, WhatIsOverspentIsPaidBack)
{
	TimeQuota quota(10);

	quota.charge(page, page, 35 * ms);
	EXPECT_TRUE(quota.spent());
	quota.next_window(second, 1, true);
	EXPECT_TRUE(quota.spent());
	quota.next_window(second, 1, true);
	EXPECT_TRUE(quota.spent());
	quota.next_window(second, 1, true);
	EXPECT_FALSE(quota.spent());
	quota.charge(page, page, 5 * ms);
	EXPECT_TRUE(quota.spent()) << "half of this one was spent before";

	// Windows that nobody used count too.
	quota.next_window(second, 1, true);
	quota.charge(page, page, 35 * ms);
	quota.next_window(second, 4, true);
	EXPECT_FALSE(quota.spent());
}

TEST(TimeQuota, DebtOutlivesACommitOfTheSameLimit)
{
	TimeQuota before(10), same(10), more(20);

	before.charge(page, page, 100'000'000);
	before.next_window(1'000'000'000, 1, false);
	ASSERT_TRUE(before.spent());
	same.inherit(before);
	EXPECT_TRUE(same.spent());
	more.inherit(before);
	EXPECT_FALSE(more.spent());
}

TEST(TimeQuota, NoDebtLastsForLongerThanAMinute)
{
	TimeQuota quota(10);
	int windows = 0;

	quota.charge(page, page, 3600 * second);
	do {
		quota.next_window(second, 1, true);
		windows++;
	} while (quota.spent() && windows < 1000);
	EXPECT_GE(windows, 50);
	EXPECT_LE(windows, 61);
}

TEST(TimeQuota, UnusedTimeIsNotSaved)
{
	TimeQuota idle(10);
	TimeQuota cut_short(10);

	// For want of work.
	for (int i = 0; i < 100; i++)
		idle.next_window(second, 1, false);
	idle.charge(page, page, 10 * ms);
	EXPECT_TRUE(idle.spent());

	// Because the estimate was too low: half a window's, at most.
	for (int i = 0; i < 100; i++)
		cut_short.next_window(second, 1, true);
	cut_short.charge(page, page, 15 * ms - 1);
	EXPECT_FALSE(cut_short.spent());
	cut_short.charge(page, page, 1);
	EXPECT_TRUE(cut_short.spent());
}

TEST(Throughput, ForgetsByHalves)
{
	Throughput speed;

	EXPECT_FALSE(speed.known());
	speed.add(1000, 10);
	EXPECT_EQ(speed.in(100), 10000u);
	speed.forget(); // counts for 500 in 5
	speed.add(50, 5);
	EXPECT_EQ(speed.in(100), 5500u);
	speed.forget(); // 275 in 5
	for (int i = 0; i < 100; i++)
		speed.forget(); // nothing was measured: nothing is forgotten
	EXPECT_EQ(speed.in(100), 5500u);
}

TEST(Throughput, SumsStopAtTheTop)
{
	Throughput speed;

	speed.add(UINT64_MAX, UINT64_MAX);
	speed.add(UINT64_MAX, UINT64_MAX);
	EXPECT_EQ(speed.in(7), 7u);
}
