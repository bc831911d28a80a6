// SPDX-License-Identifier: GPL-2.0
/* Directories of sysfs: mechanism only, what is in them is in sysfs/tables.cpp. */
#include <linux/atomic.h>
#include <linux/err.h>
#include <linux/kernfs.h>
#include <linux/kobject.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/sysfs.h>
#include <linux/wait.h>

#include <damon/compat.h>
#include <damon/port.h>
#include <damon/symbols.h>

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
	struct attribute_group group; /* of all files but the long ones */
	struct attribute **pointers;
	size_t count;
	struct file_attribute files[];
};

struct damon_dir {
	struct kobject kobject;

	/*
	 * Written once, before there are files.  Whoever runs a store has an active reference to its
	 * file, for which kobject_del() waits; and directories are removed leaves first: so all that
	 * are above are there too, with their names.
	 */
	struct damon_place place;

	/* Under the interface lock. */
	struct damon_dir *parent;
	struct list_head children;
	struct list_head sibling;
};

static DEFINE_MUTEX(interface_lock);
static DEFINE_SPINLOCK(last_error_lock);

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
	return file_of(attribute)->show(dir_of(kobject)->place.object, buffer, PAGE_SIZE);
}

static ssize_t store(struct kobject *kobject, struct attribute *attribute, const char *text,
		     size_t length)
{
	const struct damon_file *file = file_of(attribute);
	int error;

	if (!file->store)
		return -EACCES;
	error = file->store(&dir_of(kobject)->place, file, text, length);
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

/*
 * Long files.  sysfs bounds a text by a page, and a binary attribute gives a page at most per
 * read(2) and cannot keep anything for an open file.  kernfs, below it, has no such bounds: a file of
 * ours there is a seq_file of one record.
 */

/* What an open file shows, from its first read to its release. */
struct open_text {
	char *text;
	size_t length;
};

/* kernfs calls this under of->mutex, with an active reference: the directory is there. */
static int long_show(struct seq_file *seq, void *unused)
{
	struct kernfs_open_file *of = seq->private;
	struct damon_dir *dir = dir_of(of->kn->parent->priv);
	struct open_text *open = of->priv;
	int error;

	if (!open) {
		open = kzalloc(sizeof(*open), GFP_KERNEL);
		if (!open)
			return -ENOMEM;
		error = file_of(of->kn->priv)->print(dir->place.object, &open->text, &open->length);
		if (error) {
			kfree(open);
			return error;
		}
		of->priv = open;
	}
	/* If it does not fit, seq_file makes more room and calls again. */
	if (open->length)
		seq_write(seq, open->text, open->length);
	return 0;
}

/* When the file is closed or removed, whichever comes first; no other call runs or follows. */
static void long_release(struct kernfs_open_file *of)
{
	struct open_text *open = of->priv;

	if (!open)
		return;
	damon_free(open->text);
	kfree(open);
}

static ssize_t long_store(struct kernfs_open_file *of, char *text, size_t length, loff_t offset)
{
	struct kobject *kobject = of->kn->parent->priv;

	/* Every write is a whole: the rest of another's text would be taken for one. */
	if (offset)
		return damon_refuse_rest(&dir_of(kobject)->place, file_of(of->kn->priv));
	if (!length)
		return 0;
	return store(kobject, of->kn->priv, text, length);
}

static const struct kernfs_ops long_ro_ops = {
	.seq_show = long_show,
	.release = long_release,
};

static const struct kernfs_ops long_rw_ops = {
	.seq_show = long_show,
	.release = long_release,
	.write = long_store,
	.atomic_write_len = DAMON_LONG_FILE_MAX,
};

static int create_long_file(struct damon_dir *dir, struct attribute *attribute)
{
	const struct kernfs_ops *ops = attribute->mode & 0200 ? &long_rw_ops : &long_ro_ops;
	struct lock_class_key *key = NULL;
	struct kernfs_node *node;

	if (!DAMON_HAVE(__kernfs_create_file))
		return 0;
#ifdef CONFIG_DEBUG_LOCK_ALLOC
	key = attribute->key;
#endif
	node = static_call(damon___kernfs_create_file)(dir->kobject.sd, attribute->name,
						       attribute->mode, GLOBAL_ROOT_UID,
						       GLOBAL_ROOT_GID, 0, ops, attribute, NULL,
						       key);
	return PTR_ERR_OR_ZERO(node);
}

/* Whoever removes the kobject removes them too. */
static int create_files(struct damon_dir *dir, struct damon_dir_kind *kind)
{
	int error = sysfs_create_group(&dir->kobject, &kind->group);
	size_t i;

	for (i = 0; i < kind->count && !error; i++) {
		if (kind->files[i].file->print)
			error = create_long_file(dir, &kind->files[i].attribute);
	}
	return error;
}

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
	struct attribute **pointer;
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
	kind->count = count;
	pointer = kind->pointers;
	for (i = 0; i < count; i++) {
		struct attribute *attribute = &kind->files[i].attribute;

		set_lock_class(attribute);
		attribute->name = files[i].name;
		attribute->mode = files[i].mode;
		kind->files[i].file = &files[i];
		if (!files[i].print)
			*pointer++ = attribute;
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
	dir->parent = parent;
	INIT_LIST_HEAD(&dir->children);
	INIT_LIST_HEAD(&dir->sibling);

	atomic_inc(&nr_dirs);
	error = kobject_init_and_add(&dir->kobject, &dir_type, above, "%s", name);
	kobject_put(above);
	if (!error) {
		dir->place = (struct damon_place){
			.above = parent ? &parent->place : NULL,
			.name = kobject_name(&dir->kobject),
			.kind = kind,
			.object = object,
		};
		error = create_files(dir, kind);
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

/* Nothing is called and nothing sleeps under it, so it may be taken with any of our locks held. */
void damon_last_error_lock(void)
	__acquires(&last_error_lock)
{
	spin_lock(&last_error_lock);
}

void damon_last_error_unlock(void)
	__releases(&last_error_lock)
{
	spin_unlock(&last_error_lock);
}
