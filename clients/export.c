// SPDX-License-Identifier: GPL-2.0
/* The API for other modules: clients/api.cpp has the functions. */
#include <linux/export.h>

#include <damon/damon.h>

EXPORT_SYMBOL_NS_GPL(damon_start_for, DAMON);
EXPORT_SYMBOL_NS_GPL(damon_stop, DAMON);
EXPORT_SYMBOL_NS_GPL(damon_running, DAMON);
EXPORT_SYMBOL_NS_GPL(damon_pid, DAMON);
EXPORT_SYMBOL_NS_GPL(damon_change, DAMON);
EXPORT_SYMBOL_NS_GPL(damon_next, DAMON);
EXPORT_SYMBOL_NS_GPL(damon_snapshot, DAMON);
EXPORT_SYMBOL_NS_GPL(damon_walk, DAMON);
EXPORT_SYMBOL_NS_GPL(damon_walk_tried, DAMON);
EXPORT_SYMBOL_NS_GPL(damon_stats, DAMON);
EXPORT_SYMBOL_NS_GPL(damon_intervals, DAMON);
EXPORT_SYMBOL_NS_GPL(damon_system_ram, DAMON);
