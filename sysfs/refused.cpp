// SPDX-License-Identifier: GPL-2.0
#include "sysfs/refused.hpp"

#include <cstddef>

#include "core/error_text.hpp"
#include "core/quote.hpp"
#include "sysfs/tables.hpp"
#include "sysfs/text.hpp"

namespace damon::sysfs {

namespace {

constexpr std::size_t longest_quote = 40;

const damon_place *kdamond_above(const damon_place &dir)
{
	const damon_place *place = &dir;

	while (place && place->kind != kdamond_dir.kind)
		place = place->above;
	return place;
}

// From below @top on.
void put_path(Printer &out, const damon_place &top, const damon_place &dir, const damon_file &file)
{
	std::size_t depth = 0;

	for (const damon_place *place = &dir; place != &top; place = place->above)
		depth++;
	// By walking up again for each name: there are few, and the stack is small.
	for (; depth; depth--) {
		const damon_place *place = &dir;

		for (std::size_t up = 1; up < depth; up++)
			place = place->above;
		out.put(place->name).put('/');
	}
	out.put(file.name);
}

} // namespace

int told(const damon_place &dir, const damon_file &file, std::string_view text,
	 const Result<> &result)
{
	const damon_place *kdamond = result ? nullptr : kdamond_above(dir);

	if (kdamond) {
		static_cast<KdamondDir *>(kdamond->object)->last_error.tell([&](Printer &out) {
			put_path(out, *kdamond, dir, file);
			out.put(": ");
			if (is_about_text(result.error().reason)) {
				put_quoted(out, without_newline(text), longest_quote);
				out.put(' ');
			}
			print_reason(out, result.error());
		});
	}
	return to_errno(result);
}

} // namespace damon::sysfs

int damon_refuse_rest(const damon_place *dir, const damon_file *file)
{
	return damon::sysfs::told(*dir, *file, {},
				  damon::fail(EINVAL, "all of it has to be in one write(2)"));
}
