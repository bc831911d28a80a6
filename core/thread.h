/* SPDX-License-Identifier: GPL-2.0 */
/* Worker threads, as C files share them. */
#ifndef DAMON_CORE_THREAD_H
#define DAMON_CORE_THREAD_H

#include <linux/types.h>

/*
 * Whether the calling thread, one of damon_thread_start(), is asked to end or to freeze: what takes
 * long then stops halfway.
 */
bool damon_thread_ending(void);

#endif
