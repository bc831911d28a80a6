// SPDX-License-Identifier: GPL-2.0
#include "sysfs/directory.hpp"

#include <algorithm>
#include <memory>

#include "sysfs/codec.hpp"
#include "sysfs/text.hpp"

namespace damon::sysfs {

namespace {

// What a numbered directory shows, or will show.
using Object = std::unique_ptr<void, void (*)(void *)>;

// A directory may be below several others: the first visit does the work.
template <class Visit> Result<> for_each_below(const Directory &directory, Visit visit)
{
	for (const Subdirectory &sub : directory.subdirectories)
		TRY(visit(*sub.directory));
	if (directory.numbering.directory)
		TRY(visit(*directory.numbering.directory));
	return {};
}

Result<> try_make_kinds(const Directory &directory)
{
	if (directory.kind)
		return {};
	TRY(from_errno(damon_dir_kind_create(directory.files.data(), directory.files.size(),
					     &directory.kind)));
	return for_each_below(directory, try_make_kinds);
}

} // namespace

Result<> make_kinds(const Directory &directory)
{
	Result<> result = try_make_kinds(directory);

	if (!result)
		destroy_kinds(directory);
	return result;
}

void destroy_kinds(const Directory &directory)
{
	if (!directory.kind)
		return;
	damon_dir_kind_destroy(directory.kind);
	directory.kind = nullptr;
	(void)for_each_below(directory, [](const Directory &below) -> Result<> {
		destroy_kinds(below);
		return {};
	});
}

Result<damon_dir *> create(damon_dir *parent, const char *name, const Directory &directory,
			   void *object)
{
	damon_dir *dir = nullptr;

	TRY(from_errno(damon_dir_create(parent, name, directory.kind, object, &dir)));
	for (const Subdirectory &sub : directory.subdirectories) {
		auto created = create(dir, sub.name, *sub.directory, sub.object(object));

		if (!created) {
			damon_dir_remove(dir);
			return created;
		}
	}
	if (directory.numbering.directory)
		directory.numbering.children(object).attach(dir, directory.numbering);
	return dir;
}

void reset(const Directory &directory, void *object, void *fresh)
{
	if (directory.numbering.directory)
		directory.numbering.children(object).truncate(0);
	for (const Subdirectory &sub : directory.subdirectories)
		reset(*sub.directory, sub.object(object), sub.object(fresh));
	for (const damon_file &file : directory.files) {
		if (file.copy)
			file.copy(object, fresh);
	}
}

Children::~Children()
{
	for (const Child &child : children_)
		numbering_->destroy(child.object);
}

Result<void *> Children::add()
{
	char name[24];
	Printer printer(name, sizeof(name));

	printer.put_unsigned(size());
	name[printer.length()] = '\0';

	if (size() == children_.capacity())
		TRY(children_.reserve(std::max<std::size_t>(4, 2 * size())));
	Object object(numbering_->make(size()), numbering_->destroy);
	if (!object)
		return fail(ENOMEM);
	damon_dir *dir = TRY(create(dir_, name, *numbering_->directory, object.get()));
	children_.push_reserved({object.get(), dir});
	return object.release();
}

void Children::truncate(std::size_t first)
{
	while (size() > first) {
		const Child child = children_[size() - 1];

		damon_dir_remove(child.dir);
		numbering_->destroy(child.object);
		children_.pop();
	}
	__atomic_store_n(&shown_, size(), __ATOMIC_RELAXED);
}

std::size_t Children::shown() const
{
	return __atomic_load_n(&shown_, __ATOMIC_RELAXED);
}

Result<> Children::check(uint64_t number) const
{
	if (number > numbering_->max)
		return fail(numbering_->above_max, "more directories than supported");
	return {};
}

Result<> Children::renumber(void *owner, uint64_t number)
{
	TRY(check(number));
	if (numbering_->may_change)
		TRY(numbering_->may_change(owner));

	// What can fail comes first.  Those that stay are reset where they are.
	const std::size_t before = size();
	const std::size_t staying = std::min<std::size_t>(before, number);
	const Object fresh(staying ? numbering_->make(0) : nullptr, numbering_->destroy);

	if (staying && !fresh)
		return fail(ENOMEM);
	while (size() < number) {
		auto added = add();

		if (!added) {
			truncate(before);
			return std::unexpected(added.error());
		}
	}
	truncate(number);
	for (std::size_t i = 0; i < staying; i++)
		reset(*numbering_->directory, at(i), fresh.get());
	return {};
}

Result<> write_number(Children &children, void *owner, std::string_view text)
{
	const int number = TRY(Int::parse(text));
	const InterfaceLock lock;

	if (number < 0)
		return fail(EINVAL);
	TRY(lock.held());
	return children.renumber(owner, static_cast<uint64_t>(number));
}

} // namespace damon::sysfs
