// SPDX-License-Identifier: GPL-2.0
/* Directories of sysfs: mechanism only, what is in them is in sysfs/tables.cpp. */
#include <linux/atomic.h>
#include <linux/err.h>
#include <linux/kernfs.h>
#include <linux/kobject.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/sysfs.h>
#include <linux/wait.h>

#include <damon/compat.h>
#include <damon/port.h>

/*
 * A file's users hold a lock in the eyes of lockdep, and the store of an nr_ file removes other
 * files.  So each kind of file is a lock class; more kinds than this refuse the load.
 */
#define MAX_FILE_KINDS 256
#ifdef CONFIG_DEBUG_LOCK_ALLOC
static struct lock_class_key file_keys[MAX_FILE_KINDS];
#endif
static unsigned int nr_file_kinds;

struct file_attribute {
	struct attribute attribute;
	const struct damon_file *file;
};

struct damon_dir_kind {
	struct attribute_group group;
	struct attribute **pointers;
	struct file_attribute files[];
};

struct damon_dir {
	struct kobject kobject;
	void *object;

	/* Under the interface lock. */
	struct damon_dir *parent;
	struct list_head children;
	struct list_head sibling;
};

static DEFINE_MUTEX(interface_lock);

/* kobjects not yet released: with CONFIG_DEBUG_KOBJECT_RELEASE that takes seconds. */
static atomic_t nr_dirs;
static DECLARE_WAIT_QUEUE_HEAD(no_dirs);

static struct damon_dir *dir_of(struct kobject *kobject)
{
	return container_of(kobject, struct damon_dir, kobject);
}

static const struct damon_file *file_of(struct attribute *attribute)
{
	return container_of(attribute, struct file_attribute, attribute)->file;
}

static ssize_t show(struct kobject *kobject, struct attribute *attribute, char *buffer)
{
	return file_of(attribute)->show(dir_of(kobject)->object, buffer, PAGE_SIZE);
}

static ssize_t store(struct kobject *kobject, struct attribute *attribute, const char *text,
		     size_t length)
{
	const struct damon_file *file = file_of(attribute);
	int error;

	if (!file->store)
		return -EACCES;
	error = file->store(dir_of(kobject)->object, text, length);
	return error ? error : length;
}

static const struct sysfs_ops sysfs_ops = {
	.show = show,
	.store = store,
};

static void release(struct kobject *kobject)
{
	kfree(dir_of(kobject));
	if (atomic_dec_and_test(&nr_dirs))
		wake_up(&no_dirs);
}

static const struct kobj_type dir_type = {
	.sysfs_ops = &sysfs_ops,
	.release = release,
};

static void set_lock_class(struct attribute *attribute)
{
#ifdef CONFIG_DEBUG_LOCK_ALLOC
	attribute->key = &file_keys[nr_file_kinds];
#endif
	nr_file_kinds++;
}

int damon_dir_kind_create(const struct damon_file *files, size_t count,
			  struct damon_dir_kind **kindp)
{
	struct damon_dir_kind *kind;
	size_t i;

	if (WARN_ON(count > MAX_FILE_KINDS - nr_file_kinds))
		return -ENOSPC;
	kind = kzalloc(struct_size(kind, files, count), GFP_KERNEL);
	if (!kind)
		return -ENOMEM;
	kind->pointers = kcalloc(count + 1, sizeof(*kind->pointers), GFP_KERNEL);
	if (!kind->pointers) {
		kfree(kind);
		return -ENOMEM;
	}
	for (i = 0; i < count; i++) {
		struct attribute *attribute = &kind->files[i].attribute;

		set_lock_class(attribute);
		attribute->name = files[i].name;
		attribute->mode = files[i].mode;
		kind->files[i].file = &files[i];
		kind->pointers[i] = attribute;
	}
	kind->group.attrs = kind->pointers;
	*kindp = kind;
	return 0;
}

void damon_dir_kind_destroy(struct damon_dir_kind *kind)
{
	if (!kind)
		return;
	/* The last thing before the module goes: release() is in it. */
	wait_event(no_dirs, !atomic_read(&nr_dirs));
	kfree(kind->pointers);
	kfree(kind);
}

/*
 * The kobject of /sys/kernel/mm, with a reference.  mm_kobj itself is not exported by every kernel
 * that we support.
 */
static struct kobject *get_mm_kobject(void)
{
	struct kernfs_node *node = kernfs_find_and_get(kernel_kobj->sd, "mm");
	struct kobject *kobject;

	if (!node)
		return NULL;
	kobject = kobject_get(node->priv);
	kernfs_put(node);
	return kobject;
}

int damon_dir_create(struct damon_dir *parent, const char *name, struct damon_dir_kind *kind,
		     void *object, struct damon_dir **dirp)
{
	struct kobject *above = parent ? kobject_get(&parent->kobject) : get_mm_kobject();
	struct damon_dir *dir;
	int error;

	lockdep_assert_held(&interface_lock);
	if (!above)
		return -ENOENT;
	dir = kzalloc(sizeof(*dir), GFP_KERNEL);
	if (!dir) {
		kobject_put(above);
		return -ENOMEM;
	}
	dir->object = object;
	dir->parent = parent;
	INIT_LIST_HEAD(&dir->children);
	INIT_LIST_HEAD(&dir->sibling);

	atomic_inc(&nr_dirs);
	error = kobject_init_and_add(&dir->kobject, &dir_type, above, "%s", name);
	kobject_put(above);
	if (!error) {
		error = sysfs_create_group(&dir->kobject, &kind->group);
		if (error)
			kobject_del(&dir->kobject);
	}
	if (error) {
		kobject_put(&dir->kobject);
		return error;
	}
	if (parent)
		list_add_tail(&dir->sibling, &parent->children);
	*dirp = dir;
	return 0;
}

/* Leaves first, without recursion. */
void damon_dir_remove(struct damon_dir *dir)
{
	struct damon_dir *leaf = dir;
	struct damon_dir *next;

	lockdep_assert_held(&interface_lock);
	do {
		while (!list_empty(&leaf->children))
			leaf = list_last_entry(&leaf->children, struct damon_dir, sibling);
		next = leaf == dir ? NULL : leaf->parent;
		list_del(&leaf->sibling);
		kobject_del(&leaf->kobject);
		kobject_put(&leaf->kobject);
		leaf = next;
	} while (leaf);
}

bool damon_mm_has(const char *name)
{
	struct kobject *mm = get_mm_kobject();
	struct kernfs_node *node = mm ? kernfs_find_and_get(mm->sd, name) : NULL;
	bool found = node;

	kernfs_put(node);
	kobject_put(mm);
	return found;
}

bool damon_interface_trylock(void)
{
	return mutex_trylock(&interface_lock);
}

void damon_interface_lock(void)
{
	mutex_lock(&interface_lock);
}

void damon_interface_unlock(void)
{
	mutex_unlock(&interface_lock);
}
