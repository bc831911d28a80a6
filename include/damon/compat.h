/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which kernels this module builds for, and all that differs between them.  No other file tests
 * the kernel version.
 */
#ifndef DAMON_COMPAT_H
#define DAMON_COMPAT_H

#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0) || LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
#error "damon.ko supports kernels 6.1 to 6.12: its page-table rules are not checked for this one."
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

#endif
