// SPDX-License-Identifier: GPL-2.0
/* Modules that use the API, and what is left when one goes; see damon/port.h. */
#define pr_fmt(fmt) "damon: " fmt

#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/slab.h>

#include <damon/port.h>

struct damon_claim {
	struct list_head node; /* in claims */
	const struct module *owner;
	void (*release)(void *object);
	void *object;
};

static LIST_HEAD(claims);
static DEFINE_MUTEX(claims_lock);

const char *damon_module_name(const struct module *module)
{
	return module->name;
}

int damon_claim_make(struct module *owner, void (*release)(void *object), void *object,
		     struct damon_claim **claimp)
{
	struct damon_claim *claim = kmalloc(sizeof(*claim), GFP_KERNEL);

	if (!claim)
		return -ENOMEM;
	claim->owner = owner;
	claim->release = release;
	claim->object = object;
	mutex_lock(&claims_lock);
	list_add(&claim->node, &claims);
	mutex_unlock(&claims_lock);
	*claimp = claim;
	return 0;
}

void damon_claim_drop(struct damon_claim *claim)
{
	mutex_lock(&claims_lock);
	list_del(&claim->node);
	mutex_unlock(&claims_lock);
	kfree(claim);
}

static struct damon_claim *take_claim_of(const struct module *owner)
{
	struct damon_claim *claim;

	mutex_lock(&claims_lock);
	list_for_each_entry(claim, &claims, node) {
		if (claim->owner == owner) {
			list_del(&claim->node);
			mutex_unlock(&claims_lock);
			return claim;
		}
	}
	mutex_unlock(&claims_lock);
	return NULL;
}

/*
 * A module that goes, or whose init failed: its exit function has returned, and its code is freed
 * only after this (delete_module() and do_init_module() in kernel/module, 6.1 and 6.12).
 */
static int module_changed(struct notifier_block *block, unsigned long state, void *data)
{
	const struct module *module = data;
	struct damon_claim *claim;

	if (state != MODULE_STATE_GOING)
		return NOTIFY_DONE;
	while ((claim = take_claim_of(module))) {
		pr_err("%s has gone without damon_stop(): stopping its kdamond\n", module->name);
		claim->release(claim->object);
		kfree(claim);
	}
	return NOTIFY_DONE;
}

static struct notifier_block watcher = { .notifier_call = module_changed };

int damon_claims_begin(void)
{
	return register_module_notifier(&watcher);
}

void damon_claims_end(void)
{
	unregister_module_notifier(&watcher);
}
