// SPDX-License-Identifier: GPL-2.0
#include "sysfs/commands.hpp"

#include "core/address_space.hpp"
#include "sysfs/fields.hpp"
#include "sysfs/snapshot.hpp"

namespace damon::sysfs {

using namespace std::string_view_literals;

namespace {

// The kdamond to ask.  After `off` it is as if it had ended by itself.
Result<Kdamond *> running_kdamond(KdamondDir &dir)
{
	if (!dir.was_on)
		return fail(EINVAL, "state: the kdamond was never on");
	if (!dir.running())
		return fail(ECANCELED, "state: the kdamond has ended");
	return dir.kdamond.get();
}

bool is_list(const Step &step, std::string_view name)
{
	return step.list && step.list == name;
}

// Says where in this kdamond's directory the error is.
Error located(KdamondDir &dir, Error error)
{
	Step &outer = error.where[0];
	Step &inner = error.where[1];
	const Numbered<SchemeDir> &schemes = dir.contexts[0].schemes;

	// The configuration has one list of filters, the user three.
	if (is_list(outer, "schemes") && is_list(inner, "filters") && outer.index < schemes.size())
		inner = schemes[outer.index].filter_place(inner.index);
	if (!names_file(error))
		return error;
	return within<void>("contexts", 0, std::unexpected(error)).error();
}

std::unexpected<Error> refused(KdamondDir &dir, Error error)
{
	// Scripts know a wrong pid by the number that mainline gives.
	if (error.number == ESRCH)
		error.number = EINVAL;
	return std::unexpected(located(dir, error));
}

void end(KdamondDir &dir)
{
	if (dir.kdamond)
		dir.nr_late_ticks = dir.kdamond->nr_late_ticks();
	dir.kdamond.reset();
}

Result<> on(KdamondDir &dir)
{
	char name[32];
	Printer printer(name, sizeof(name));

	if (dir.running())
		return fail(EBUSY, "state: the kdamond is on");
	end(dir);

	printer.put("kdamond.").put_unsigned(dir.number);
	name[printer.length()] = '\0';

	const ContextConfig config = TRY(ContextDir::config(dir.contexts, 0));

	dir.next_refresh_ns = 0;
	auto kdamond = Kdamond::start(name, config, {.observer = &dir});
	if (!kdamond)
		return refused(dir, kdamond.error());
	dir.kdamond = std::move(*kdamond);
	dir.was_on = true;
	dir.nr_probes = config.probes.size();
	return {};
}

Result<> off(KdamondDir &dir)
{
	if (!dir.was_on)
		return fail(EINVAL, "state: the kdamond was never on");
	end(dir);
	return {};
}

Result<> commit(KdamondDir &dir)
{
	Kdamond *kdamond = TRY(running_kdamond(dir));
	const ContextConfig config = TRY(ContextDir::config(dir.contexts, 0));
	const Result<> result = kdamond->commit(config);

	if (!result)
		return refused(dir, result.error());
	dir.nr_probes = config.probes.size();
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

Result<> commit_quota_goals(KdamondDir &dir)
{
	Kdamond *kdamond = TRY(running_kdamond(dir));
	Numbered<SchemeDir> &schemes = dir.contexts[0].schemes;
	Vec<Vec<GoalConfig>> goals;

	TRY(goals.resize(schemes.size()));
	for (std::size_t i = 0; i < schemes.size(); i++)
		TRY(schemes[i].goals.append_to(goals[i]));
	const Result<> result = kdamond->commit_quota_goals(goals);

	if (!result)
		return refused(dir, result.error());
	return {};
}

Result<> update_effective_quotas(KdamondDir &dir)
{
	Kdamond *kdamond = TRY(running_kdamond(dir));
	Numbered<SchemeDir> &schemes = dir.contexts[0].schemes;
	Vec<uint64_t> bytes;

	TRY(bytes.reserve(schemes.size()));
	for (std::size_t i = 0; i < schemes.size(); i++)
		bytes.push_reserved(schemes[i].effective_bytes);
	TRY(kdamond->read_effective_quotas(bytes));
	for (std::size_t i = 0; i < schemes.size(); i++)
		store_field(schemes[i].effective_bytes, bytes[i]);
	return {};
}

Result<> update_tuned_intervals(KdamondDir &dir)
{
	Kdamond *kdamond = TRY(running_kdamond(dir));
	const Attributes used = TRY(kdamond->read_attributes());
	Attributes &shown = dir.contexts[0].context.attributes;

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
		Result<> shown = schemes[i].tried.show(tried[i], dir.nr_probes, only_bytes);

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
	{"commit_schemes_quota_goals", commit_quota_goals},
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
	{"update_schemes_effective_quotas", update_effective_quotas},
	{"update_tuned_intervals", update_tuned_intervals},
};

Result<> run(KdamondDir &dir, std::string_view text)
{
	for (const Command &command : commands) {
		if (!is_word(text, command.word))
			continue;
		if (command.needs_context && dir.contexts.size() != 1)
			return fail(EINVAL, "contexts/nr_contexts: is not 1");
		return command.run(dir);
	}
	return fail(EINVAL, "state: unknown keyword");
}

template <class T> T *nth(Numbered<T> &list, const Step &step)
{
	return step.index < list.size() ? &list[step.index] : nullptr;
}

// The path that is wrong, if one is.  @error: as located() has made it.
const String *wrong_path(KdamondDir &dir, const Error &error)
{
	const Step &outer = error.where[1];
	const Step &inner = error.where[2];
	const std::string_view reason = error.reason;

	if (dir.contexts.size() != 1)
		return nullptr;
	if (reason.starts_with("memcg_path:") && is_list(outer, "schemes")) {
		SchemeDir *scheme = nth(dir.contexts[0].schemes, outer);
		Numbered<FilterConfig> *filters =
			scheme ? scheme->filters_called(inner.list) : nullptr;
		const FilterConfig *filter = filters ? nth(*filters, inner) : nullptr;

		return filter ? &filter->memcg_path : nullptr;
	}
	if (!reason.starts_with("path:"))
		return nullptr;
	if (is_list(outer, "schemes") && is_list(inner, "quotas/goals")) {
		SchemeDir *scheme = nth(dir.contexts[0].schemes, outer);
		const GoalConfig *goal = scheme ? nth(scheme->goals, inner) : nullptr;

		return goal ? &goal->path : nullptr;
	}
	if (is_list(outer, "monitoring_attrs/probes") && is_list(inner, "filters")) {
		ProbeDir *probe = nth(dir.contexts[0].probes, outer);
		const ProbeFilterConfig *filter = probe ? nth(probe->filters, inner) : nullptr;

		return filter ? &filter->path : nullptr;
	}
	return nullptr;
}

Result<> run_and_tell(KdamondDir &dir, std::string_view text)
{
	const Result<> result = run(dir, text);

	dir.last_error.set(result, result ? nullptr : wrong_path(dir, result.error()));
	return result;
}

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
	return run_and_tell(kdamond, text);
}

Result<> turn_on(KdamondDir &kdamond)
{
	return run_and_tell(kdamond, "on");
}

void forget(KdamondDir &kdamond)
{
	end(kdamond);
	kdamond.was_on = false;
	kdamond.nr_late_ticks = 0;
	kdamond.last_error.set({});
}

Result<> print_pid(const KdamondDir &kdamond, Printer &out)
{
	const InterfaceLock lock;

	TRY(lock.held());
	out.put_signed(kdamond.kdamond ? kdamond.kdamond->pid() : -1).put('\n');
	return {};
}

Result<> print_nr_late_ticks(const KdamondDir &kdamond, Printer &out)
{
	const InterfaceLock lock;

	TRY(lock.held());
	out.put_unsigned(kdamond.kdamond ? kdamond.kdamond->nr_late_ticks()
					 : kdamond.nr_late_ticks);
	out.put('\n');
	return {};
}

Result<> print_last_error(const KdamondDir &kdamond, Printer &out)
{
	const InterfaceLock lock;

	TRY(lock.held());
	kdamond.last_error.print(out);
	out.put('\n');
	return {};
}

Result<Vec<char>> print_snapshot(KdamondDir &kdamond)
{
	Snapshot snapshot;
	{
		const InterfaceLock lock;

		TRY(lock.held());
		if (!kdamond.running())
			return Vec<char>();
		const Result<> taken = kdamond.kdamond->snapshot(snapshot);

		// It ended just now.
		if (!taken && taken.error().number == ECANCELED)
			return Vec<char>();
		TRY(taken);
	}
	return snapshot_text(snapshot);
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
