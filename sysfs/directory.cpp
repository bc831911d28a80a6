// SPDX-License-Identifier: GPL-2.0
#include "sysfs/directory.hpp"

#include <algorithm>

#include "sysfs/codec.hpp"
#include "sysfs/text.hpp"

namespace damon::sysfs {

namespace {

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
		if (sub.wanted && !sub.wanted(object))
			continue;
		auto created = create(dir, sub.name, *sub.directory, sub.object(object));

		if (!created) {
			damon_dir_remove(dir);
			return created;
		}
	}
	if (directory.numbering.directory)
		directory.numbering.children(object).attach(dir, directory.numbering, object);
	return dir;
}

Result<> copy_fields(const Directory &directory, void *object, const void *from)
{
	for (const damon_file &file : directory.files) {
		if (file.copy)
			TRY(from_errno(file.copy(object, from)));
	}
	for (const Subdirectory &sub : directory.subdirectories)
		TRY(copy_fields(*sub.directory, sub.object(object),
				sub.object(const_cast<void *>(from))));
	return {};
}

void reset(const Directory &directory, void *object, void *fresh)
{
	if (directory.numbering.directory)
		directory.numbering.children(object).truncate(0);
	for (const Subdirectory &sub : directory.subdirectories)
		reset(*sub.directory, sub.object(object), sub.object(fresh));
	for (const damon_file &file : directory.files) {
		// What is fresh needs no memory.
		if (file.copy)
			CHECK(!file.copy(object, fresh));
	}
}

Children::~Children()
{
	for (const Child &child : children_)
		numbering_->destroy(child.object);
}

Result<Children::Object> Children::make() const
{
	Object object(numbering_->make(owner_, size()), numbering_->destroy);

	if (!object)
		return fail(ENOMEM, "out of memory");
	return object;
}

Result<> Children::add(Object object)
{
	char name[24];
	Printer printer(name, sizeof(name));

	printer.put_unsigned(size());
	name[printer.length()] = '\0';

	if (size() == children_.capacity())
		TRY(children_.reserve(std::max<std::size_t>(4, 2 * size())));
	damon_dir *dir = TRY(create(dir_, name, *numbering_->directory, object.get()));
	children_.push_reserved({object.release(), dir});
	return {};
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

Result<> Children::grow(std::size_t number)
{
	TRY(check(number));
	while (size() < number) {
		Object object = TRY(make());

		TRY(add(std::move(object)));
	}
	return {};
}

Result<> Children::renumber(uint64_t number)
{
	TRY(check(number));
	if (numbering_->may_change)
		TRY(numbering_->may_change(owner_));

	// What can fail comes first.  Those that stay are reset where they are.
	const std::size_t before = size();
	const std::size_t staying = std::min<std::size_t>(before, number);
	Object fresh(nullptr, numbering_->destroy);

	if (staying)
		fresh = TRY(make());
	const Result<> grown = grow(number);

	if (!grown) {
		truncate(before);
		return grown;
	}
	truncate(number);
	for (std::size_t i = 0; i < staying; i++)
		reset(*numbering_->directory, at(i), fresh.get());
	return {};
}

Result<> write_number(Children &children, std::string_view text)
{
	const int number = TRY(Int::parse(text));
	const InterfaceLock lock;

	if (number < 0)
		return fail(EINVAL, "is less than 0");
	TRY(lock.held());
	const Result<> allowed = children.check(static_cast<uint64_t>(number));

	if (!allowed)
		return fail(allowed.error().number, children.too_many());
	return children.renumber(static_cast<uint64_t>(number));
}

} // namespace damon::sysfs
