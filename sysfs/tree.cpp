// SPDX-License-Identifier: GPL-2.0
#include "sysfs/tree.hpp"

#include <string_view>

#include "sysfs/tables.hpp"
#include "sysfs/text.hpp"

namespace damon::sysfs {

namespace {

// The first is where everyone looks.  The second is beside a kernel's own DAMON.
constexpr const char *default_names[] = {"damon", "damon_module"};

// Asked for before it is made, since the kernel takes a duplicate name for a bug and says so.
Result<const char *> free_name()
{
	const char *wanted = damon_sysfs_name();
	const std::string_view text = until_nul(wanted, DAMON_SYSFS_NAME_SIZE);

	if (text.empty()) {
		for (const char *name : default_names) {
			if (!damon_mm_has(name))
				return name;
		}
		return fail(EEXIST, "damon and damon_module are taken: give a sysfs_name");
	}
	if (text.front() == '.' || text.find('/') != std::string_view::npos)
		return fail(EINVAL, "sysfs_name is not fit for a directory");
	if (damon_mm_has(wanted))
		return fail(EEXIST, "sysfs_name is taken");
	return wanted;
}

} // namespace

Result<> Tree::make(Boot *boot)
{
	const char *name = TRY(free_name());

	TRY(make_kinds(root_dir));
	damon_interface_lock();
	auto dir = sysfs::create(nullptr, name, root_dir, &root_);
	Result<> started;

	if (dir && boot) {
		dir_ = *dir;
		started = start_boot(root_, *boot);
	}
	damon_interface_unlock();
	dir_ = TRY(dir);
	TRY(started);
	damon_log_info("interface at /sys/kernel/mm/%s", name);
	if (boot)
		damon_log_info("kdamond 0 is on, as the module parameters ask for");
	return {};
}

Result<Owned<Tree>> Tree::create(Boot *boot)
{
	Owned<Tree> tree = TRY(damon::make<Tree>());

	TRY(tree->make(boot));
	return tree;
}

Tree::~Tree()
{
	damon_interface_lock();
	// The directories first: they show the objects, and are where new work would come from.
	if (dir_)
		damon_dir_remove(dir_);
	damon_interface_unlock();
	destroy_kinds(root_dir);
}

} // namespace damon::sysfs
