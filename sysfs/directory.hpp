// SPDX-License-Identifier: GPL-2.0
// Directories, as the tables in sysfs/tables.cpp declare them, and what can be done with any of
// them.  A directory shows a C++ object: the files are bound to its fields.
//
// Unless it says otherwise, everything here needs the interface lock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <damon/port.h>

#include "core/memory.hpp"
#include "core/result.hpp"
#include "core/vec.hpp"

namespace damon::sysfs {

struct Directory;
class Children;

// A fixed directory in a directory.
struct Subdirectory {
	const char *name = nullptr;
	const Directory *directory = nullptr;
	// The part of the upper directory's object that it shows.
	void *(*object)(void *object) = nullptr;
};

// How directories 0, 1, 2... in a directory are made.
struct Numbering {
	const Directory *directory = nullptr;
	Children &(*children)(void *object) = nullptr;
	// A number above is refused with that error, before anything is allocated.
	std::size_t max = 0;
	int above_max = ENOMEM;
	// Whether the number may be changed now.
	Result<> (*may_change)(void *object) = nullptr;

	void *(*make)(std::size_t index) = nullptr; // null: no memory
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
	// Whether there may be that many.
	[[nodiscard]] Result<> check(uint64_t number) const;
	// What writing to the nr_ file does: as if all were removed and @number new ones made.  On
	// failure nothing changes.
	[[nodiscard]] Result<> renumber(void *owner, uint64_t number);
	// Adds one after the last.
	[[nodiscard]] Result<void *> add();
	// Removes all from @first on.
	void truncate(std::size_t first);

	// The directory that they are in.
	void attach(damon_dir *dir, const Numbering &numbering)
	{
		dir_ = dir;
		numbering_ = &numbering;
	}

      protected:
	Children() = default;
	// The directories are gone by now, with the one that they were in.
	~Children();

	void *at(std::size_t i) const
	{
		return children_[i].object;
	}

      private:
	struct Child {
		void *object;
		damon_dir *dir;
	};

	Vec<Child> children_;
	std::size_t shown_ = 0;
	damon_dir *dir_ = nullptr;
	const Numbering *numbering_ = nullptr;
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
	[[nodiscard]] Result<T *> add()
	{
		return static_cast<T *>(TRY(Children::add()));
	}
};

// The store of an nr_ file.  Takes the interface lock.
[[nodiscard]] Result<> write_number(Children &children, void *owner, std::string_view text);

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
