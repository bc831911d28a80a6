// SPDX-License-Identifier: GPL-2.0
#include "clients/client_space.hpp"

#include <algorithm>

#include "core/memory.hpp"

namespace damon {

namespace {

static_assert(DAMON_MAX_SAMPLES == DAMON_BATCH);

constexpr uint64_t default_granularity = 4096;

class ClientAddressSpace final : public AddressSpace, public Heap {
      public:
	explicit ClientAddressSpace(const ClientSpace &space) : space_(space) {}

	void destroy() override
	{
		delete this;
	}
	bool valid() override
	{
		return !space_.functions.valid || space_.functions.valid(space_.arg);
	}
	Result<> find_ranges(Vec<Range> &) override
	{
		return {};
	}
	bool begin_pass() override
	{
		return valid();
	}
	damon_verdict sample(std::span<damon_watch> watches, const uint64_t *next) override
	{
		const damon_verdict verdict = {.accessed = check(watches), .unknown = 0};

		prepare(watches, next);
		return verdict;
	}
	void end_pass() override {}
	Applied apply(const Order &order, Range range) override;
	Residence residence(Range, int) override
	{
		return {};
	}

      private:
	uint64_t check(std::span<const damon_watch> watches);
	void prepare(std::span<damon_watch> watches, const uint64_t *next);

	const ClientSpace &space_;
	// What is told the client, and which watch of the batch each is.
	uint64_t addresses_[DAMON_BATCH];
	uint8_t watch_of_[DAMON_BATCH];
};

uint64_t ClientAddressSpace::check(std::span<const damon_watch> watches)
{
	uint64_t accessed = 0;
	unsigned int n = 0;

	for (std::size_t i = 0; i < watches.size(); i++) {
		if (watches[i].address == DAMON_NO_ADDRESS)
			continue;
		addresses_[n] = watches[i].address;
		watch_of_[n++] = static_cast<uint8_t>(i);
	}
	if (n == 0)
		return 0;

	const uint64_t told = space_.functions.check(space_.arg, addresses_, n);

	for (unsigned int i = 0; i < n; i++)
		accessed |= (told >> i & 1) << watch_of_[i];
	return accessed;
}

void ClientAddressSpace::prepare(std::span<damon_watch> watches, const uint64_t *next)
{
	unsigned int n = 0;

	for (std::size_t i = 0; i < watches.size(); i++) {
		watches[i] = {.address = next ? next[i] : DAMON_NO_ADDRESS, .cookie = 0};
		if (watches[i].address != DAMON_NO_ADDRESS)
			addresses_[n++] = watches[i].address;
	}
	if (n)
		space_.functions.prepare(space_.arg, addresses_, n);
}

Applied ClientAddressSpace::apply(const Order &order, Range range)
{
	if (order.action == Action::stat || !space_.functions.apply)
		return {};

	const damon_range told = {range.start, range.end};
	const uint64_t applied =
		space_.functions.apply(space_.arg, static_cast<damos_action>(order.action), &told);

	return {.applied = std::min(applied, range.size())};
}

Result<AddressSpacePtr> open(const TargetConfig &target, uint64_t)
{
	Owned<ClientAddressSpace> space =
		TRY(make<ClientAddressSpace>(*static_cast<const ClientSpace *>(target.custom)));

	return AddressSpacePtr(space.release());
}

Result<> supports_stat(Action action)
{
	if (action == Action::stat)
		return {};
	return fail(EOPNOTSUPP, "action: the address space has none but stat");
}

Result<> supports_all(Action)
{
	return {};
}

} // namespace

Result<> validate(const ClientSpace &space)
{
	const uint64_t granularity = space.functions.granularity;

	if (!space.functions.prepare || !space.functions.check)
		return fail(EINVAL, "space: prepare or check is missing");
	if ((granularity & (granularity - 1)) != 0)
		return fail(EINVAL, "space: granularity is not a power of two");
	return {};
}

Operations operations_for(const ClientSpace &space)
{
	const uint64_t granularity =
		space.functions.granularity ? space.functions.granularity : default_granularity;

	return {
		.id = {}, // not in the table
		.finds_ranges = false,
		.targets_end = space.functions.valid != nullptr,
		.min_region_size = granularity,
		.watched_block = granularity, // one address says nothing of others
		.single_target = true,
		.open = open,
		.supports = space.functions.apply ? supports_all : supports_stat,
	};
}

} // namespace damon
