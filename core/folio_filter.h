/* SPDX-License-Identifier: GPL-2.0 */
/* Filters of folios, as the operations sets share them. */
#ifndef DAMON_CORE_FOLIO_FILTER_H
#define DAMON_CORE_FOLIO_FILTER_H

#include <linux/mm_types.h>

#include <damon/compat.h>
#include <damon/port.h>

/*
 * Whether the folio has the property that the filter is about, whatever its @matching.  Not of
 * DAMON_FILTER_YOUNG.  The caller holds a reference on the folio; any context.
 */
bool damon_folio_has(struct folio *folio, const struct damon_filter *filter);

/* Whether the folio was accessed since it was last asked; from now on it was not. */
typedef bool damon_take_young(struct folio *folio, void *arg);

/* Whether a filter asks about accesses. */
static inline bool damon_filters_ask_young(const struct damon_filter *filters, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++) {
		if (filters[i].type == DAMON_FILTER_YOUNG)
			return true;
	}
	return false;
}

/*
 * What the filters decide: the first that matches does; if none does, the opposite of what the last
 * one would; without any, the folio passes.  @take_young is known when compiling (and inlined), and
 * only called where a filter's turn comes; NULL: no folio is young.
 */
static __always_inline bool damon_filters_pass(const struct damon_filter *filters,
					       unsigned int count, struct folio *folio,
					       damon_take_young *take_young, void *arg)
{
	unsigned int i;

	for (i = 0; i < count; i++) {
		const struct damon_filter *filter = &filters[i];
		bool has;

		if (filter->type == DAMON_FILTER_YOUNG)
			has = take_young && take_young(folio, arg);
		else
			has = damon_folio_has(folio, filter);
		if (has == filter->matching)
			return filter->allow;
	}
	return !count || !filters[count - 1].allow;
}

#endif
