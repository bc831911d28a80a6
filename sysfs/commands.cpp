// SPDX-License-Identifier: GPL-2.0
#include "sysfs/commands.hpp"

#include "core/address_space.hpp"
#include "sysfs/fields.hpp"

namespace damon::sysfs {

using namespace std::string_view_literals;

namespace {

// The kdamond to ask.  After `off` it is as if it had ended by itself.
Result<Kdamond *> running_kdamond(KdamondDir &dir)
{
	if (!dir.was_on)
		return fail(EINVAL, "the kdamond was never on");
	if (!dir.running())
		return fail(ECANCELED, "the kdamond has ended");
	return dir.kdamond.get();
}

// Scripts know a wrong pid by the errno that mainline gives.
std::unexpected<Error> refused(const Error &error)
{
	return fail(error.number == ESRCH ? EINVAL : error.number, error.reason);
}

Result<> on(KdamondDir &dir)
{
	char name[32];
	Printer printer(name, sizeof(name));

	if (dir.running())
		return fail(EBUSY, "the kdamond is on");
	dir.kdamond.reset();

	printer.put("kdamond.").put_unsigned(dir.number);
	name[printer.length()] = '\0';

	auto kdamond = Kdamond::start(name, TRY(dir.contexts[0].config()));
	if (!kdamond)
		return refused(kdamond.error());
	dir.kdamond = std::move(*kdamond);
	dir.was_on = true;
	return {};
}

Result<> off(KdamondDir &dir)
{
	if (!dir.was_on)
		return fail(EINVAL, "the kdamond was never on");
	dir.kdamond.reset();
	return {};
}

Result<> commit(KdamondDir &dir)
{
	Kdamond *kdamond = TRY(running_kdamond(dir));
	const ContextConfig config = TRY(dir.contexts[0].config());
	const Result<> result = kdamond->commit(config);

	if (!result)
		return refused(result.error());
	return {};
}

Result<> update_stats(KdamondDir &dir)
{
	Kdamond *kdamond = TRY(running_kdamond(dir));
	Numbered<SchemeDir> &schemes = dir.contexts[0].schemes;
	Vec<SchemeStats> stats;

	// Schemes that are staged only keep what they have.
	TRY(stats.reserve(schemes.size()));
	for (std::size_t i = 0; i < schemes.size(); i++)
		stats.push_reserved(schemes[i].stats);
	TRY(kdamond->read_stats(stats));
	for (std::size_t i = 0; i < schemes.size(); i++)
		store_fields(schemes[i].stats, stats[i]);
	return {};
}

Result<> update_tuned_intervals(KdamondDir &dir)
{
	Kdamond *kdamond = TRY(running_kdamond(dir));
	const Attributes used = TRY(kdamond->read_attributes());
	Attributes &shown = dir.contexts[0].attributes;

	store_field(shown.sample_us, used.sample_us);
	store_field(shown.aggr_us, used.aggr_us);
	return {};
}

Result<> clear_tried(KdamondDir &dir)
{
	Numbered<SchemeDir> &schemes = dir.contexts[0].schemes;

	for (std::size_t i = 0; i < schemes.size(); i++)
		schemes[i].tried.clear();
	return {};
}

Result<> show_tried(KdamondDir &dir, bool only_bytes)
{
	Numbered<SchemeDir> &schemes = dir.contexts[0].schemes;
	Vec<TriedRegions> tried;

	TRY(clear_tried(dir));
	Kdamond *kdamond = TRY(running_kdamond(dir));

	TRY(kdamond->walk(tried));
	for (std::size_t i = 0; i < schemes.size() && i < tried.size(); i++) {
		Result<> shown = schemes[i].tried.show(tried[i], only_bytes);

		if (!shown) {
			TRY(clear_tried(dir));
			return shown;
		}
	}
	return {};
}

struct Command {
	std::string_view word;
	Result<> (*run)(KdamondDir &dir);
	bool needs_context = true;
};

constexpr Command commands[] = {
	{"on", on},
	{"off", off, false},
	{"commit", commit},
	{"update_schemes_stats", update_stats},
	{"update_schemes_tried_bytes",
	 [](KdamondDir &dir) {
		 return show_tried(dir, true);
	 }},
	{"update_schemes_tried_regions",
	 [](KdamondDir &dir) {
		 return show_tried(dir, false);
	 }},
	{"clear_schemes_tried_regions", clear_tried},
	{"update_tuned_intervals", update_tuned_intervals},
};

} // namespace

Result<> print_state(const KdamondDir &kdamond, Printer &out)
{
	const InterfaceLock lock;

	TRY(lock.held());
	out.put(kdamond.running() ? "on\n"sv : "off\n"sv);
	return {};
}

Result<> command(KdamondDir &kdamond, std::string_view text)
{
	const InterfaceLock lock;

	TRY(lock.held());
	for (const Command &command : commands) {
		if (!is_word(text, command.word))
			continue;
		if (command.needs_context && kdamond.contexts.size() != 1)
			return fail(EINVAL, "contexts/nr_contexts is not 1");
		return command.run(kdamond);
	}
	return fail(EINVAL, "state: unknown keyword");
}

void forget(KdamondDir &kdamond)
{
	kdamond.kdamond.reset();
	kdamond.was_on = false;
}

Result<> print_pid(const KdamondDir &kdamond, Printer &out)
{
	const InterfaceLock lock;

	TRY(lock.held());
	out.put_signed(kdamond.kdamond ? kdamond.kdamond->pid() : -1).put('\n');
	return {};
}

Result<> print_available_operations(const ContextDir &, Printer &out)
{
	for (std::size_t i = 0; i < nr_operations_ids; i++) {
		if (find_operations(static_cast<OperationsId>(i)))
			out.put(operations_words[i]).put('\n');
	}
	return {};
}

} // namespace damon::sysfs
