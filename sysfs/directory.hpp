// SPDX-License-Identifier: GPL-2.0
// Directories, as the tables in sysfs/tables.cpp declare them, and what can be done with any of
// them.  A directory shows a C++ object: the files are bound to its fields.
//
// Unless it says otherwise, everything here needs the interface lock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

#include <damon/port.h>

#include "core/memory.hpp"
#include "core/result.hpp"
#include "core/vec.hpp"
#include "sysfs/sentence.hpp"

namespace damon::sysfs {

struct Directory;
class Children;

// A fixed directory in a directory.
struct Subdirectory {
	const char *name = nullptr;
	const Directory *directory = nullptr;
	// The part of the upper directory's object that it shows.
	void *(*object)(void *object) = nullptr;
	// Whether it is made at all, if that is not always so.
	bool (*wanted)(const void *object) = nullptr;
};

// How directories 0, 1, 2... in a directory are made.
struct Numbering {
	const Directory *directory = nullptr;
	Children &(*children)(void *object) = nullptr;
	// A number above is refused with that error, before anything is allocated.
	std::size_t max = 0;
	int above_max = ENOMEM;
	// What is then said of the number.
	Sentence<48> too_many = {};
	// Whether the number may be changed now.
	Result<> (*may_change)(void *object) = nullptr;

	// @owner: the object of the directory that they are in.  Null: no memory.
	void *(*make)(void *owner, std::size_t index) = nullptr;
	void (*destroy)(void *child) = nullptr;
};

struct Directory {
	std::span<const damon_file> files;
	std::span<const Subdirectory> subdirectories;
	Numbering numbering; // without a directory: no numbered ones

	// What the port made of the files, between make_kinds() and destroy_kinds().
	mutable damon_dir_kind *kind = nullptr;
};

// Prepares @directory and all kinds of directories below it.  On failure none is left.
[[nodiscard]] Result<> make_kinds(const Directory &directory);
void destroy_kinds(const Directory &directory);

// Shows @object in a new directory, with all that is fixed below it.
[[nodiscard]] Result<damon_dir *> create(damon_dir *parent, const char *name,
					 const Directory &directory, void *object);
// Takes over from @from what the files of such a directory, and of the fixed ones below it, show.
[[nodiscard]] Result<> copy_fields(const Directory &directory, void *object, const void *from);
// Makes @object, shown in such a directory, like @fresh, which was just made: nothing is numbered
// below it.
void reset(const Directory &directory, void *object, void *fresh);

// The numbered directories of one directory, and the objects that they show.  Objects stay where
// they are in memory, since files point to them.
class Children {
      public:
	Children(const Children &) = delete;

	std::size_t size() const
	{
		return children_.size();
	}
	// What the nr_ file tells.  Needs no lock.
	std::size_t shown() const;
	// How many there may be.
	std::size_t most() const
	{
		return numbering_->max;
	}
	// Whether there may be that many.
	[[nodiscard]] Result<> check(uint64_t number) const;
	// Why not, of that number.
	const char *too_many() const
	{
		return numbering_->too_many.c_str();
	}
	// What writing to the nr_ file does: as if all were removed and @number new ones made.  On
	// failure nothing changes.
	[[nodiscard]] Result<> renumber(uint64_t number);
	// Adds what is missing to @number.  On failure some may be there.
	[[nodiscard]] Result<> grow(std::size_t number);
	// Removes all from @first on.
	void truncate(std::size_t first);

	// The directory that they are in, and its object.
	void attach(damon_dir *dir, const Numbering &numbering, void *owner)
	{
		dir_ = dir;
		numbering_ = &numbering;
		owner_ = owner;
	}

      protected:
	Children() = default;
	// The directories are gone by now, with the one that they were in.
	~Children();

	void *at(std::size_t i) const
	{
		return children_[i].object;
	}
	const Directory &directory() const
	{
		return *numbering_->directory;
	}

	// What a directory shows, or will show.
	using Object = std::unique_ptr<void, void (*)(void *)>;
	[[nodiscard]] Result<Object> make() const;
	// Shows it in a directory after the last.
	[[nodiscard]] Result<> add(Object object);

      private:
	struct Child {
		void *object;
		damon_dir *dir;
	};

	Vec<Child> children_;
	std::size_t shown_ = 0;
	damon_dir *dir_ = nullptr;
	const Numbering *numbering_ = nullptr;
	void *owner_ = nullptr;
};

template <class T> class Numbered : public Children {
      public:
	T &operator[](std::size_t i)
	{
		return *static_cast<T *>(at(i));
	}
	const T &operator[](std::size_t i) const
	{
		return *static_cast<const T *>(at(i));
	}
	// Adds one after the last, as @fill(T &) makes it.
	template <class Fill> [[nodiscard]] Result<T *> add(Fill fill)
	{
		Object object = TRY(make());
		T *child = static_cast<T *>(object.get());

		fill(*child);
		TRY(Children::add(std::move(object)));
		return child;
	}

	// The fields of the @i-th, each read in one piece, to a @T that is shown nowhere.  What is
	// numbered below it is left out.
	[[nodiscard]] Result<> load(std::size_t i, T &to) const
	{
		return copy_fields(directory(), &to, at(i));
	}
	// The other way round.
	[[nodiscard]] Result<> store(std::size_t i, const T &from)
	{
		return copy_fields(directory(), at(i), &from);
	}
	// Loads all of them.
	[[nodiscard]] Result<> append_to(Vec<T> &to) const
	{
		TRY(to.reserve(to.size() + size()));
		for (std::size_t i = 0; i < size(); i++) {
			T item;

			TRY(load(i, item));
			to.push_reserved(std::move(item));
		}
		return {};
	}
};

// The store of an nr_ file.  Takes the interface lock.
[[nodiscard]] Result<> write_number(Children &children, std::string_view text);

// Holds the interface lock, if it got it.
class InterfaceLock {
      public:
	InterfaceLock() : held_(damon_interface_trylock()) {}
	InterfaceLock(const InterfaceLock &) = delete;
	~InterfaceLock()
	{
		if (held_)
			damon_interface_unlock();
	}
	[[nodiscard]] Result<> held() const
	{
		if (!held_)
			return fail(EBUSY, "another command is being served");
		return {};
	}

      private:
	bool held_;
};

} // namespace damon::sysfs
