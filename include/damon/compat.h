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

#endif
