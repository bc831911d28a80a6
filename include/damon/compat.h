/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which kernels this module builds for, and all that differs between them.  No other file tests
 * the kernel version.
 */
#ifndef DAMON_COMPAT_H
#define DAMON_COMPAT_H

#include <linux/version.h>

/* Before 6.1.37 mappings can grow under a mmap lock that is held for reading only. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 37) ||						\
	(LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0) &&					\
	 LINUX_VERSION_CODE < KERNEL_VERSION(6, 12, 0)) ||					\
	LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
#error "damon.ko supports the series 6.1, from 6.1.37, and 6.12: its page-table rules are not checked for this one."
#endif

#ifndef CONFIG_X86_64
#error "damon.ko supports x86-64 only: it tests and clears accessed bits of that architecture."
#endif

#if !defined(CONFIG_KPROBES) || !defined(CONFIG_KALLSYMS) || !defined(CONFIG_HAVE_STATIC_CALL_INLINE)
#error "damon.ko needs a kernel with CONFIG_KPROBES, CONFIG_KALLSYMS and inline static calls."
#endif

/*
 * A reference on a hugetlb folio that is in use, taken under the lock that it would be freed under.
 * Before 6.3 the function had another name and took a page, before 6.2 nothing after @hugetlb.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
#define DAMON_SYMBOL_GET_HUGETLB(X)								\
	X(get_hwpoison_hugetlb_folio, false, "monitoring hugetlb pages by physical address",	\
	  int, (struct folio *folio, bool *hugetlb, bool unpoison))
#define DAMON_HAVE_GET_HUGETLB		DAMON_HAVE(get_hwpoison_hugetlb_folio)
#define damon_call_get_hugetlb		static_call(damon_get_hwpoison_hugetlb_folio)
#else
#define DAMON_SYMBOL_GET_HUGETLB(X)								\
	X(get_hwpoison_huge_page, false, "monitoring hugetlb pages by physical address",	\
	  int, (struct folio *folio, bool *hugetlb, bool unpoison))
#define DAMON_HAVE_GET_HUGETLB		DAMON_HAVE(get_hwpoison_huge_page)
#define damon_call_get_hugetlb		static_call(damon_get_hwpoison_huge_page)
#endif

/* Where a hugetlb folio is in what is mapped, in pages: its index counts folios before 6.7. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 7, 0)
#define damon_hugetlb_offset(folio)	((folio)->index)
#else
#define damon_hugetlb_offset(folio)	((folio)->index << folio_order(folio))
#endif

/*
 * Functions of the LRU lists and of migration, most of them not exported (damon/symbols.h).  They
 * went from pages to folios in 6.3 and 6.5; what folio_isolate_lru() answers changed in 6.3.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
typedef bool damon_isolated_t;
#define damon_isolated(answer)		(answer)
#define DAMON_SYMBOL_DEACTIVATE(X)	X(folio_deactivate, false, "the action lru_deprio", void, \
					  (struct folio *folio))
#define DAMON_DEACTIVATE_NAME		"folio_deactivate"
#define DAMON_HAVE_DEACTIVATE		DAMON_HAVE(folio_deactivate)
#define damon_call_deactivate(folio)	static_call(damon_folio_deactivate)(folio)
#else
typedef int damon_isolated_t;
#define damon_isolated(answer)		(!(answer))
#define DAMON_SYMBOL_DEACTIVATE(X)	X(deactivate_page, false, "the action lru_deprio", void, \
					  (struct page *page))
#define DAMON_DEACTIVATE_NAME		"deactivate_page"
#define DAMON_HAVE_DEACTIVATE		DAMON_HAVE(deactivate_page)
#define damon_call_deactivate(folio)	static_call(damon_deactivate_page)(&(folio)->page)
#endif

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0)
#define DAMON_MIGRATION_UNIT		struct folio
#define damon_unit_to_folio(unit)	(unit)
#define damon_folio_to_unit(folio)	(folio)
#else
#define DAMON_MIGRATION_UNIT		struct page
#define damon_unit_to_folio(unit)	page_folio(unit)
#define damon_folio_to_unit(folio)	((folio) ? &(folio)->page : NULL)
#endif

/* What migrations are counted as in the kernel's tracepoints. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 11, 0)
#define DAMON_MIGRATE_REASON		MR_DAMON
#else
#define DAMON_MIGRATE_REASON		MR_SYSCALL
#endif

#endif
