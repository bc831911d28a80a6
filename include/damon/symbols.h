/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Functions that the kernel does not export.  They are bound at load time, and called only with
 * static_call(damon_<name>)(...): a direct call.  A call through a pointer would trap where the
 * kernel sealed the function's ENDBR (IBT), so no address of one leaves core/symbols.c.
 */
#ifndef DAMON_SYMBOLS_H
#define DAMON_SYMBOLS_H

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Looks all of them up and logs what is lost without those that are missing.  0, or -ENOENT if a
 * required one is.  Once, in module initialisation, before any thread starts.
 */
int damon_symbols_bind(void);

#ifdef __cplusplus
}
#else

#include <linux/migrate_mode.h>
#include <linux/static_call.h>
#include <linux/types.h>
#include <linux/uidgid.h>

#include <damon/compat.h>

struct folio;
struct kernfs_node;
struct kernfs_ops;
struct lock_class_key;
struct mm_struct;
struct page;
struct psi_group;
struct rmap_walk_control;
struct static_key_false;
struct task_struct;

typedef DAMON_MIGRATION_UNIT *damon_migration_target(DAMON_MIGRATION_UNIT *from, unsigned long arg);
typedef void damon_migration_free(DAMON_MIGRATION_UNIT *target, unsigned long arg);

/*
 * X(name, required, what is lost without it, type, parameters).  Without the function its call
 * returns 0, if anything; ask DAMON_HAVE(name) first.
 */
#define DAMON_SYMBOLS(X)									\
	X(__kernfs_create_file, false, "the files snapshot and schemes/text",			\
	  struct kernfs_node *, (struct kernfs_node *parent, const char *name, umode_t mode,	\
				 kuid_t uid, kgid_t gid, loff_t size,				\
				 const struct kernfs_ops *ops, void *priv, const void *ns,	\
				 struct lock_class_key *key))					\
	X(do_madvise, false, "all actions but stat and migrate_* on virtual addresses",	\
	  int, (struct mm_struct *mm, unsigned long start, size_t len, int behavior))		\
	X(folio_isolate_lru, false,								\
	  "migrate_hot, migrate_cold, and pageout on physical addresses",			\
	  damon_isolated_t, (struct folio *folio))						\
	X(reclaim_pages, false, "the action pageout on physical addresses",			\
	  unsigned long, (struct list_head *folios))						\
	X(migrate_pages, false, "the actions migrate_hot and migrate_cold",			\
	  int, (struct list_head *from, damon_migration_target *target,				\
		damon_migration_free *free, unsigned long arg, enum migrate_mode mode,		\
		int reason, unsigned int *nr_migrated))						\
	X(folio_activate, false, "the action lru_prio", void, (struct folio *folio))		\
	DAMON_SYMBOL_DEACTIVATE(X)								\
	X(__mmu_notifier_test_young, false, "seeing accesses that KVM guests make",		\
	  int, (struct mm_struct *mm, unsigned long address))					\
	X(__mmu_notifier_clear_young, false, "seeing accesses that KVM guests make",		\
	  int, (struct mm_struct *mm, unsigned long start, unsigned long end))			\
	X(rmap_walk, false, "whether KSM pages are young",					\
	  void, (struct folio *folio, struct rmap_walk_control *control))			\
	X(task_sched_runtime, false, "time quotas more exact than a scheduler tick",		\
	  unsigned long long, (struct task_struct *task))					\
	DAMON_SYMBOL_GET_HUGETLB(X)

enum damon_symbol {
#define X(name, required, lost, type, parameters) DAMON_SYMBOL_##name,
	DAMON_SYMBOLS(X)
#undef X
	DAMON_NR_SYMBOLS,
};

/* The prototypes have no definition: only their types are used. */
#define X(name, required, lost, type, parameters)						\
	type damon_prototype_##name parameters;							\
	DECLARE_STATIC_CALL(damon_##name, damon_prototype_##name);
DAMON_SYMBOLS(X)
#undef X

/* The same for objects: X(name, what is lost without it, type).  Null where one is missing. */
#define DAMON_DATA_SYMBOLS(X)									\
	X(psi_system, "goals of memory stalls (some_mem_psi_us)", struct psi_group)		\
	X(psi_disabled, "goals of memory stalls (some_mem_psi_us)", struct static_key_false)

#define X(name, lost, type) extern type *damon_data_##name;
DAMON_DATA_SYMBOLS(X)
#undef X

#define DAMON_DATA(name) (damon_data_##name)

extern bool damon_symbol_bound[DAMON_NR_SYMBOLS];

#define DAMON_HAVE(name) (damon_symbol_bound[DAMON_SYMBOL_##name])

#endif
#endif
