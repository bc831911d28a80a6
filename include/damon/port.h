/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The port: everything that the C++ of this project asks of the system it runs in.
 *
 * The kernel implements it in the .c file beside the code that it serves, tests/host implements it
 * for the host.  So the same C++ runs in the kernel, under GoogleTest, in a fuzzer.  This header is
 * read by both compilers: plain functions, fixed-width types, opaque handles.
 *
 * Unless a function says otherwise: process context, may sleep, no lock held.  Functions that can
 * fail return 0 or a negative errno.
 */
#ifndef DAMON_PORT_H
#define DAMON_PORT_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stddef.h>
#include <stdint.h>
#ifndef __cplusplus
#include <stdbool.h>
#endif
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Memory (core/port.c) ---- */

/* Zeroed memory for @size bytes, NULL if refused or @size is 0. */
void *damon_alloc(size_t size);
/* NULL is allowed. */
void damon_free(void *memory);

/* ---- Time, chance, messages (core/port.c): any context ---- */

/* Monotonic time. */
uint64_t damon_now_ns(void);
/* CPU time that the calling thread has used so far. */
uint64_t damon_thread_cpu_ns(void);
/* 64 random bits from the system, to seed a generator of one's own. */
uint64_t damon_random_seed(void);
/* One line of the kernel log, without a newline. */
void damon_log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void damon_log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Tells of a broken invariant and returns; see core/check.hpp. */
void damon_report_bug(const char *condition, const char *file, int line);

/* ---- Tracepoints (core/trace.c): any context ---- */

struct damon_traced_region {
	uint64_t start;
	uint64_t end;
	uint32_t nr_accesses;
	uint32_t age;
};

/* What a scheme counted so far, see the sysfs files of these names. */
struct damon_scheme_counters {
	uint64_t nr_tried;
	uint64_t sz_tried;
	uint64_t nr_applied;
	uint64_t sz_applied;
	uint64_t sz_ops_filter_passed;
	uint64_t qt_exceeds;
	uint64_t nr_snapshots;
};

/* Events that come once a region are asked for first: is anybody listening? */
bool damon_trace_aggregated_enabled(void);
void damon_trace_aggregated(uint64_t target, unsigned int nr_regions,
			    const struct damon_traced_region *region);
/* The same with what probes found: one number each of @nr_probes, in @probe_hits. */
bool damon_trace_region_aggregated_enabled(void);
void damon_trace_region_aggregated(uint64_t target, unsigned int nr_regions,
				   const struct damon_traced_region *region,
				   const uint8_t *probe_hits, unsigned int nr_probes);
bool damon_trace_before_apply_enabled(void);
void damon_trace_before_apply(unsigned int scheme, uint64_t target, unsigned int nr_regions,
			      const struct damon_traced_region *region);
void damon_trace_after_apply(unsigned int scheme, const struct damon_scheme_counters *counters);
void damon_trace_tuned(uint64_t sample_us);
void damon_trace_effective_size(unsigned int scheme, uint64_t size);

/* ---- Worker threads (core/thread.c) ---- */

struct damon_thread;
struct damon_request;

/* What a thread runs.  All of it is called by that thread, so it needs no locks. */
struct damon_thread_ops {
	/*
	 * Does what is due at this time.  Returns the time (damon_now_ns) of the next thing to do, or
	 * 0 if there is nothing left: then the thread ends.  Called early, it just answers.
	 */
	uint64_t (*step)(void *worker);
	/*
	 * Carries out @work, which damon_thread_call() brought.  Either here or later the worker
	 * calls damon_request_done(); after that, @request and @work are gone.
	 */
	void (*serve)(void *worker, struct damon_request *request, void *work);
	/* The caller of @request gave up: forget it.  No damon_request_done(). */
	void (*cancel)(void *worker, struct damon_request *request);
	/* The thread's last call: requests still open are answered with -ECANCELED after it. */
	void (*finish)(void *worker);
};

/*
 * Starts a thread called @name that runs @ops on @worker.  Both must stay until
 * damon_thread_stop().  -EBUSY: an @exclusive one runs, or this one shall be, and any runs;
 * -ENODEV: the module is about to go; -EINTR: a fatal signal; -ENOMEM.
 */
int damon_thread_start(const char *name, const struct damon_thread_ops *ops, void *worker,
		       bool exclusive, struct damon_thread **thread);
/* Asks the thread to end, waits for that, and frees @thread.  Also after it ended by itself. */
void damon_thread_stop(struct damon_thread *thread);
/*
 * Asks all threads to end, and lets no other start (-ENODEV): the module is about to go.  They must
 * still be stopped.  Who waits in damon_thread_call() gets -ECANCELED.
 */
void damon_threads_end(void);
/* The thread's id in the initial pid namespace, or -1 once it ended. */
int damon_thread_pid(const struct damon_thread *thread);
/*
 * Has the thread serve @work and waits for the answer, which is the result.  -ECANCELED if the
 * thread ended, -EINTR if a signal came first; then @work was not, and will not be, answered.
 * -EDEADLK: it is the caller itself.
 */
int damon_thread_call(struct damon_thread *thread, void *work);
/* Whether the caller is that thread.  Any context. */
bool damon_thread_is_current(const struct damon_thread *thread);
/* Answers a request; only from its own thread. */
void damon_request_done(struct damon_request *request, int result);

/* ---- Memory cgroups (core/memcg.c) ---- */

/* A memory cgroup, held: it may go offline meanwhile, and then has no more members. */
struct damon_memcg;

/*
 * The cgroup at @path, below the mount point of cgroups (v2).  -ENOENT: there is none, or
 * its memory is not accounted apart; -EOPNOTSUPP: this kernel has no memory cgroups; -ENOMEM.
 */
int damon_memcg_open(const char *path, struct damon_memcg **memcg);
/* NULL is allowed. */
void damon_memcg_close(struct damon_memcg *memcg);

/* ---- State of the system's memory (core/metrics.c): any context ---- */

/* In bytes. */
struct damon_memory {
	uint64_t total; /* managed by the page allocator */
	uint64_t free;
};

/* Of the whole system. */
void damon_system_memory(struct damon_memory *memory);
/* Of a NUMA node.  -EINVAL: there is none of that number, or it has no memory. */
int damon_node_memory(int nid, struct damon_memory *memory);

/*
 * Whether there is a NUMA node of that number, or may be one later, when memory is plugged in: this
 * does not change while the system runs.
 */
bool damon_node_possible(int nid);

/* Bytes on the LRU lists of the whole system. */
struct damon_lru_memory {
	uint64_t active;
	uint64_t inactive;
};
void damon_lru_memory_read(struct damon_lru_memory *lru);

/*
 * Bytes on the LRU lists of a cgroup and those below it that are on node @nid; 0 if there is no such
 * node.
 */
uint64_t damon_memcg_bytes_on_node(struct damon_memcg *memcg, int nid);

/*
 * For how long in all, in us, some task was stalled for want of memory (PSI, "some").  The kernel
 * brings it up to date every two seconds.  -EOPNOTSUPP: this one does not measure it.
 */
int damon_memory_stall_us(uint64_t *us);

/* ---- Filters of folios ---- */

enum damon_filter_type {
	DAMON_FILTER_ANON,
	DAMON_FILTER_ACTIVE,
	DAMON_FILTER_MEMCG, /* charged to exactly that cgroup */
	DAMON_FILTER_YOUNG, /* accessed since it was last asked; a match makes it old */
	DAMON_FILTER_HUGEPAGE_SIZE, /* of at least @min and at most @max bytes */
	DAMON_FILTER_UNMAPPED,
};

/* Matches a folio that has the property, or, if not @matching, one that has not. */
struct damon_filter {
	enum damon_filter_type type;
	bool matching;
	bool allow; /* what a match means */
	struct damon_memcg *memcg;
	uint64_t min, max;
};

/* Hits the folios that its filters let through, as an order's do (core/address_space.hpp). */
struct damon_probe {
	const struct damon_filter *filters;
	unsigned int nr_filters;
};

/* ---- Actions on folios (core/folio_action.c) ---- */

enum damon_folio_action {
	DAMON_FOLIO_STAT, /* filters are evaluated, that is all */
	DAMON_FOLIO_PAGEOUT, /* spares what is young, unless a filter asks about that */
	DAMON_FOLIO_LRU_PRIO,
	DAMON_FOLIO_LRU_DEPRIO,
	DAMON_FOLIO_MIGRATE,
	DAMON_NR_FOLIO_ACTIONS,
};

/* NULL, or what this kernel lacks for it: the end of a sentence.  Any context. */
const char *damon_folio_action_lacks(enum damon_folio_action action);

struct damon_destination {
	uint32_t nid;
	uint32_t weight;
};

/* What is to be done with the folios of a range, each as a whole. */
struct damon_folio_order {
	enum damon_folio_action action;
	const struct damon_filter *filters;
	unsigned int nr_filters;
	/* Of DAMON_FOLIO_MIGRATE.  Where it is not a node with memory, nothing is done. */
	int target_nid;
	/*
	 * If any, then instead: folios are interleaved over these nodes by their offset in what is
	 * mapped, so many to each as it has weight.  Virtual addresses only.
	 */
	const struct damon_destination *destinations;
	unsigned int nr_destinations;
	/* The folio that was handled last, not to be handled again; 0: none.  NULL: none is kept. */
	uint64_t *last_folio;
};

/* In bytes, whole folios. */
struct damon_folio_result {
	uint64_t applied;
	uint64_t filter_passed;
};

/* ---- Sampling: what core and operations sets exchange ---- */

/* In place of an address: nothing. */
#define DAMON_NO_ADDRESS 0xffffffffffffffffULL

/* A sampled address between the pass that began to watch it and the pass that looks again. */
struct damon_watch {
	uint64_t address; /* DAMON_NO_ADDRESS: none */
	uint64_t cookie;  /* the operations set's note on what it found there; 0 when new */
};

/* Bit i speaks of sample i of the batch. */
struct damon_verdict {
	uint64_t accessed;
	uint64_t unknown; /* could not be looked at: nothing mapped there, or not a kind we watch */
};

#define DAMON_BATCH 64

/* ---- Virtual address spaces (ops-vaddr/) ---- */

struct damon_vspace;

/* The memory of process @pid, a number in the caller's pid namespace.  -ESRCH, -ENOMEM. */
int damon_vspace_open(int pid, struct damon_vspace **vspace);
void damon_vspace_close(struct damon_vspace *vspace);
/* Whether the process still exists (a zombie does).  Any context. */
bool damon_vspace_alive(const struct damon_vspace *vspace);

/*
 * A sampling pass: begin, any number of batches, end.  Samples ascend from region to region, from one
 * batch to the next too; only a batch that keeps out of the blocks of 2 MiB that other samples of
 * the pass are in may begin anew from below.
 * False: the process has no memory (any more); then no end is due.  While it is open the mmap lock
 * is held for reading: no other function of the same vspace but damon_vspace_sample.
 */
bool damon_vspace_begin(struct damon_vspace *vspace);
/*
 * For each of @count (at most DAMON_BATCH) watches: answers whether its address was accessed since
 * it was set, and puts back an accessed bit that watching took away; then, unless @next is NULL,
 * starts to watch next[i] instead.  NULL, or DAMON_NO_ADDRESS there: the watch ends.
 */
struct damon_verdict damon_vspace_sample(struct damon_vspace *vspace, struct damon_watch *watches,
					 const uint64_t *next, unsigned int count);
void damon_vspace_end(struct damon_vspace *vspace);

/*
 * Calls @visit for each mapping in address order, under the mmap lock: it must not sleep.
 * -ESRCH: the process has no memory.
 */
int damon_vspace_mappings(struct damon_vspace *vspace,
			  void (*visit)(void *arg, uint64_t start, uint64_t end), void *arg);

/* Advice on a range, see madvise(2). */
enum damon_advice {
	DAMON_ADVICE_WILLNEED,
	DAMON_ADVICE_COLD,
	DAMON_ADVICE_PAGEOUT,
	DAMON_ADVICE_HUGEPAGE,
	DAMON_ADVICE_NOHUGEPAGE,
	DAMON_ADVICE_COLLAPSE,
	DAMON_NR_ADVICES,
};

/* -EOPNOTSUPP: this kernel cannot give that advice.  Any context. */
int damon_advice_supported(enum damon_advice advice);
/*
 * Page-aligned range.  Of how many bytes of mapped memory in it the advice was taken; of collapse:
 * how many are in huge pages now.
 */
uint64_t damon_vspace_advise(struct damon_vspace *vspace, uint64_t start, uint64_t end,
			     enum damon_advice advice);
/*
 * Carries out @order, which is DAMON_FOLIO_STAT or DAMON_FOLIO_MIGRATE, on what is mapped at
 * addresses in the range.  Ends early, with what was achieved, when the thread is to end; only the
 * worker's thread may call it.
 */
struct damon_folio_result damon_vspace_apply(struct damon_vspace *vspace,
					     const struct damon_folio_order *order, uint64_t start,
					     uint64_t end);

/* ---- Physical memory (ops-paddr/) ---- */

struct damon_pmem;

/* All memory of the machine, by physical address.  -ENOMEM. */
int damon_pmem_open(struct damon_pmem **pmem);
void damon_pmem_close(struct damon_pmem *pmem);
/* A sampling pass begins. */
void damon_pmem_begin(struct damon_pmem *pmem);
/* As damon_vspace_sample().  Unknown: no memory, not of a kind that we watch, or locked just now. */
struct damon_verdict damon_pmem_sample(struct damon_pmem *pmem, struct damon_watch *watches,
				       const uint64_t *next, unsigned int count);
/*
 * Carries out @order on the folios on LRU lists that have frames in the range, of bytes.  Ends early,
 * with what was achieved, when the thread is to end; only the worker's thread may call it.
 */
struct damon_folio_result damon_pmem_apply(struct damon_pmem *pmem,
					   const struct damon_folio_order *order, uint64_t start,
					   uint64_t end);
/* Of how many bytes of the range the folio is on an LRU list: on node @nid, and on all. */
struct damon_residence {
	uint64_t on_node;
	uint64_t total;
};
/* The same limits. */
struct damon_residence damon_pmem_residence(struct damon_pmem *pmem, uint64_t start, uint64_t end,
					    int nid);
/*
 * Which of @count (at most DAMON_BATCH) addresses are in a folio with what each of the probes asks
 * for: bit i of hits[p] speaks of address i and probe p.  Of what cannot be looked at, as above, no
 * property is there.  Not within a pass.
 */
void damon_pmem_probe(struct damon_pmem *pmem, const uint64_t *addresses, unsigned int count,
		      const struct damon_probe *probes, unsigned int nr_probes, uint64_t *hits);

/*
 * Where System RAM begins and ends, holes included (ops-paddr/system_ram.c).  -ENOENT: there is
 * none.
 */
int damon_system_ram(uint64_t *start, uint64_t *end);

/* ---- Client modules (clients/owner.c) ---- */

struct module;
struct damon_claim;

/* Its name.  Any context, while it is there. */
const char *damon_module_name(const struct module *module);

/*
 * From now on, should @owner go without damon_claim_drop(), then release(@object) is called before
 * its code goes, and the claim is dropped.  -ENOMEM.
 */
int damon_claim_make(struct module *owner, void (*release)(void *object), void *object,
		     struct damon_claim **claim);
void damon_claim_drop(struct damon_claim *claim);

/* Begins and ends watching modules go: around all claims. */
int damon_claims_begin(void);
void damon_claims_end(void);

/* ---- sysfs (sysfs/kobject.c, sysfs/module.c) ---- */

/* A kind of directory: its files in the system's own form, made once. */
struct damon_dir_kind;

/*
 * Where a directory is, and what it shows.  A store gets that of its file.  It stays as it is until
 * the store returns, and so do all above it: no lock is needed.
 */
struct damon_place {
	const struct damon_place *above; /* NULL at the top */
	const char *name;
	const struct damon_dir_kind *kind;
	void *object;
};

/* A kind of file: a row of the tables in sysfs/tables.cpp. */
struct damon_file {
	const char *name;
	unsigned int mode;
	/* Prints to @buffer; returns the length or a negative errno. */
	int (*show)(const void *object, char *buffer, size_t size);
	/* NULL where the mode has no write.  @dir, @file: which one it is.  0 or a negative errno. */
	int (*store)(const struct damon_place *dir, const struct damon_file *file, const char *text,
		     size_t length);
	/* Takes over what the file shows from another object; may be NULL.  Only C++ calls it. */
	int (*copy)(void *object, const void *from);
	/*
	 * Of a long file, in place of show: makes the text, of damon_alloc(), that all reads of one
	 * open file are served from.
	 */
	int (*print)(void *object, char **text, size_t *length);
};

/* What a long file can be given, in one write(2): more is refused with E2BIG. */
#define DAMON_LONG_FILE_MAX 65536

/* What the second write(2) to an opened long file gets: a negative errno (sysfs/refused.cpp). */
int damon_refuse_rest(const struct damon_place *dir, const struct damon_file *file);

/*
 * @files stay until damon_dir_kind_destroy(), and all directories are removed before that.  Long
 * files are left out where the kernel lets no module make them.
 */
int damon_dir_kind_create(const struct damon_file *files, size_t count,
			  struct damon_dir_kind **kind);
void damon_dir_kind_destroy(struct damon_dir_kind *kind);

struct damon_dir;

/*
 * Makes a directory with its files, which are usable at once: show and store are called with
 * @object.  @parent NULL: /sys/kernel/mm.  Directories are made and removed under the lock below.
 */
int damon_dir_create(struct damon_dir *parent, const char *name, struct damon_dir_kind *kind,
		     void *object, struct damon_dir **dir);
/*
 * Removes it and all below it.  On return none of their shows and stores is running, none will
 * ever start, and the names are free.  Not from a store of one of these files.
 */
void damon_dir_remove(struct damon_dir *dir);

/* Whether there is a file or directory of that name in /sys/kernel/mm. */
bool damon_mm_has(const char *name);

/*
 * The one lock of the interface.  Removing a file waits for its running shows and stores, so they
 * may only try to take it: the remover holds it.
 */
bool damon_interface_trylock(void);
/* Never in a show or store. */
void damon_interface_lock(void);
void damon_interface_unlock(void);

/* The lock of what last_error says: a spinlock, so nobody sleeps under it.  Not in an interrupt. */
void damon_last_error_lock(void);
void damon_last_error_unlock(void);

/* The module parameter sysfs_name, in an array of this size; "" if not given. */
#define DAMON_SYSFS_NAME_SIZE 65
const char *damon_sysfs_name(void);

/*
 * The module parameter silent_unsupported: whether a scheme whose action cannot be done, or cannot ask
 * its filters of pages, is taken all the same, and does nothing, or does not filter, as mainline has it.
 */
bool damon_silent_unsupported(void);

/* The module parameters that say what to start at load; NULL: not given. */
struct damon_boot_parameters {
	const char *ops;
	const char *pid;
	const char *ranges;
	const char *sample;
	const char *aggr;
	const char *update;
	const char *regions;
	const char *refresh;
	const char *schemes;
};
void damon_boot_parameters_read(struct damon_boot_parameters *parameters);

/* What module_init and module_exit do (sysfs/module.cpp). */
int damon_module_start(void);
void damon_module_stop(void);

#ifdef __cplusplus
}
#endif
#endif
