/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The events of mainline's group "damon": names, fields and formats are part of its interface.
 * Where the kernel has that group itself, a module's events of it could not be reached, so ours are
 * in another.
 */
#undef TRACE_SYSTEM
#ifdef CONFIG_DAMON
#define TRACE_SYSTEM damon_module
#else
#define TRACE_SYSTEM damon
#endif

#if !defined(DAMON_TRACE_EVENTS_H) || defined(TRACE_HEADER_MULTI_READ)
#define DAMON_TRACE_EVENTS_H

#include <linux/tracepoint.h>

TRACE_EVENT(damon_aggregated,

	TP_PROTO(unsigned long target_id, unsigned int nr_regions, unsigned long start,
		 unsigned long end, unsigned int nr_accesses, unsigned int age),

	TP_ARGS(target_id, nr_regions, start, end, nr_accesses, age),

	TP_STRUCT__entry(
		__field(unsigned long, target_id)
		__field(unsigned int, nr_regions)
		__field(unsigned long, start)
		__field(unsigned long, end)
		__field(unsigned int, nr_accesses)
		__field(unsigned int, age)
	),

	TP_fast_assign(
		__entry->target_id = target_id;
		__entry->nr_regions = nr_regions;
		__entry->start = start;
		__entry->end = end;
		__entry->nr_accesses = nr_accesses;
		__entry->age = age;
	),

	TP_printk("target_id=%lu nr_regions=%u %lu-%lu: %u %u", __entry->target_id,
		  __entry->nr_regions, __entry->start, __entry->end, __entry->nr_accesses,
		  __entry->age)
);

TRACE_EVENT(damon_region_aggregated,

	TP_PROTO(unsigned long target_id, unsigned int nr_regions,
		 const struct damon_traced_region *region, const u8 *probe_hits,
		 unsigned int nr_probes),

	TP_ARGS(target_id, nr_regions, region, probe_hits, nr_probes),

	TP_STRUCT__entry(
		__field(unsigned long, target_id)
		__field(unsigned long, start)
		__field(unsigned long, end)
		__field(unsigned int, nr_regions)
		__field(unsigned int, nr_accesses)
		__field(unsigned int, age)
		__dynamic_array(u8, probe_hits, nr_probes)
	),

	TP_fast_assign(
		__entry->target_id = target_id;
		__entry->start = region->start;
		__entry->end = region->end;
		__entry->nr_regions = nr_regions;
		__entry->nr_accesses = region->nr_accesses;
		__entry->age = region->age;
		memcpy(__get_dynamic_array(probe_hits), probe_hits, nr_probes);
	),

	TP_printk("target_id=%lu nr_regions=%u %lu-%lu: %u %u probe_hits=%s", __entry->target_id,
		  __entry->nr_regions, __entry->start, __entry->end, __entry->nr_accesses,
		  __entry->age,
		  __print_hex(__get_dynamic_array(probe_hits),
			      __get_dynamic_array_len(probe_hits)))
);

TRACE_EVENT(damos_before_apply,

	TP_PROTO(unsigned int context_idx, unsigned int scheme_idx, unsigned long target_idx,
		 unsigned long start, unsigned long end, unsigned int nr_accesses,
		 unsigned int age, unsigned int nr_regions),

	TP_ARGS(context_idx, scheme_idx, target_idx, start, end, nr_accesses, age, nr_regions),

	TP_STRUCT__entry(
		__field(unsigned int, context_idx)
		__field(unsigned int, scheme_idx)
		__field(unsigned long, target_idx)
		__field(unsigned long, start)
		__field(unsigned long, end)
		__field(unsigned int, nr_accesses)
		__field(unsigned int, age)
		__field(unsigned int, nr_regions)
	),

	TP_fast_assign(
		__entry->context_idx = context_idx;
		__entry->scheme_idx = scheme_idx;
		__entry->target_idx = target_idx;
		__entry->start = start;
		__entry->end = end;
		__entry->nr_accesses = nr_accesses;
		__entry->age = age;
		__entry->nr_regions = nr_regions;
	),

	TP_printk("ctx_idx=%u scheme_idx=%u target_idx=%lu nr_regions=%u %lu-%lu: %u %u",
		  __entry->context_idx, __entry->scheme_idx, __entry->target_idx,
		  __entry->nr_regions, __entry->start, __entry->end, __entry->nr_accesses,
		  __entry->age)
);

TRACE_EVENT(damon_monitor_intervals_tune,

	TP_PROTO(unsigned long sample_us),

	TP_ARGS(sample_us),

	TP_STRUCT__entry(
		__field(unsigned long, sample_us)
	),

	TP_fast_assign(
		__entry->sample_us = sample_us;
	),

	TP_printk("sample_us=%lu", __entry->sample_us)
);

TRACE_EVENT(damos_esz,

	TP_PROTO(unsigned int context_idx, unsigned int scheme_idx, unsigned long esz),

	TP_ARGS(context_idx, scheme_idx, esz),

	TP_STRUCT__entry(
		__field(unsigned int, context_idx)
		__field(unsigned int, scheme_idx)
		__field(unsigned long, esz)
	),

	TP_fast_assign(
		__entry->context_idx = context_idx;
		__entry->scheme_idx = scheme_idx;
		__entry->esz = esz;
	),

	TP_printk("ctx_idx=%u scheme_idx=%u esz=%lu", __entry->context_idx, __entry->scheme_idx,
		  __entry->esz)
);

TRACE_EVENT(damos_stat_after_apply_interval,

	TP_PROTO(unsigned int context_idx, unsigned int scheme_idx,
		 const struct damon_scheme_counters *counters),

	TP_ARGS(context_idx, scheme_idx, counters),

	TP_STRUCT__entry(
		__field(unsigned int, context_idx)
		__field(unsigned int, scheme_idx)
		__field(unsigned long, nr_tried)
		__field(unsigned long, sz_tried)
		__field(unsigned long, nr_applied)
		__field(unsigned long, sz_applied)
		__field(unsigned long, sz_ops_filter_passed)
		__field(unsigned long, qt_exceeds)
		__field(unsigned long, nr_snapshots)
	),

	TP_fast_assign(
		__entry->context_idx = context_idx;
		__entry->scheme_idx = scheme_idx;
		__entry->nr_tried = counters->nr_tried;
		__entry->sz_tried = counters->sz_tried;
		__entry->nr_applied = counters->nr_applied;
		__entry->sz_applied = counters->sz_applied;
		__entry->sz_ops_filter_passed = counters->sz_ops_filter_passed;
		__entry->qt_exceeds = counters->qt_exceeds;
		__entry->nr_snapshots = counters->nr_snapshots;
	),

	TP_printk("ctx_idx=%u scheme_idx=%u nr_tried=%lu sz_tried=%lu nr_applied=%lu sz_applied=%lu sz_ops_filter_passed=%lu qt_exceeds=%lu nr_snapshots=%lu",
		  __entry->context_idx, __entry->scheme_idx, __entry->nr_tried,
		  __entry->sz_tried, __entry->nr_applied, __entry->sz_applied,
		  __entry->sz_ops_filter_passed, __entry->qt_exceeds, __entry->nr_snapshots)
);

#endif

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH core
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace-events
#include <trace/define_trace.h>
