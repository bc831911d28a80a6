// SPDX-License-Identifier: GPL-2.0
// The words in which sysfs/tables.cpp declares the tree.
//
//	constexpr auto region_files = files<RegionDir>({
//		rw<Ulong, &RegionDir::range, &Range::start>("start"),
//	});
//	constexpr DirectoryOf<RegionDir> region_dir{region_files};
//
// A row names a codec and the way from the directory's object to a field.  Rows know the type of
// their object, so a row in the wrong table does not compile.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

#include <damon/port.h>

#include "core/memory.hpp"
#include "core/result.hpp"
#include "core/string.hpp"
#include "core/vec.hpp"
#include "sysfs/codec.hpp"
#include "sysfs/directory.hpp"
#include "sysfs/fields.hpp"
#include "sysfs/refused.hpp"
#include "sysfs/text.hpp"

namespace damon::sysfs {

template <class T> struct FileOf {
	damon_file file;
};
template <class T> struct SubdirectoryOf {
	Subdirectory subdirectory;
};
template <class T> struct NumberingOf {
	Numbering numbering;
};
template <class T> struct DirectoryOf : Directory {
	constexpr DirectoryOf(std::span<const damon_file> files_,
			      std::span<const Subdirectory> subdirectories_ = {},
			      NumberingOf<T> numbering_ = {})
		: Directory{files_, subdirectories_, numbering_.numbering}
	{
	}
};

template <class T, std::size_t n>
consteval std::array<damon_file, n> files(const FileOf<T> (&rows)[n])
{
	std::array<damon_file, n> table{};

	for (std::size_t i = 0; i < n; i++)
		table[i] = rows[i].file;
	return table;
}

template <class T, std::size_t n>
consteval std::array<Subdirectory, n> subdirectories(const SubdirectoryOf<T> (&rows)[n])
{
	std::array<Subdirectory, n> table{};

	for (std::size_t i = 0; i < n; i++)
		table[i] = rows[i].subdirectory;
	return table;
}

namespace detail {

template <class> struct MemberPointer;
template <class C, class T> struct MemberPointer<T C::*> {
	using Class = C;
	using Type = T;
};

// A way from an object to one of its parts: pointers to members, one after the other.
template <auto first, auto... rest> struct Way {
	using Object = typename MemberPointer<decltype(first)>::Class;

	static decltype(auto) follow(auto &object)
	{
		if constexpr (sizeof...(rest) == 0)
			return (object.*first);
		else
			return Way<rest...>::follow(object.*first);
	}
	using Part = std::remove_reference_t<decltype(follow(std::declval<Object &>()))>;
};

template <class Codec, class Way> int show(const void *object, char *buffer, std::size_t size)
{
	Printer out(buffer, size);

	Codec::print(out,
		     load_field(Way::follow(*static_cast<const typename Way::Object *>(object))));
	out.put('\n');
	return static_cast<int>(out.length());
}

template <class Codec, class Way>
Result<> parse_value(typename Way::Object &object, std::string_view text)
{
	store_field(Way::follow(object), TRY(Codec::parse(text)));
	return {};
}

// The store of every file but those that do more than that: the one place that tells of refusals.
template <class T, Result<> (*parse)(T &, std::string_view)>
int store(const damon_place *dir, const damon_file *file, const char *text, std::size_t length)
{
	const std::string_view written = until_nul(text, length);

	return told(*dir, *file, written, parse(*static_cast<T *>(dir->object), written));
}

template <class Way> int copy(void *object, const void *from)
{
	using Object = typename Way::Object;

	store_field(Way::follow(*static_cast<Object *>(object)),
		    load_field(Way::follow(*static_cast<const Object *>(from))));
	return 0;
}

// A path is no single word: it takes the interface lock, where it can get it.
template <class Way> Result<> print_path(const typename Way::Object &object, Printer &out)
{
	const InterfaceLock lock;

	TRY(lock.held());
	out.put(Way::follow(object).view()).put('\n');
	return {};
}

template <class Way> Result<> store_path(typename Way::Object &object, std::string_view text)
{
	// Longer than a path can be, and than fits into a page with its newline.
	constexpr std::size_t longest = 4094;
	const std::string_view without = without_newline(text);

	if (without.size() > longest)
		return fail(ENAMETOOLONG, "is longer than a path can be");
	String path = without.empty() ? String() : TRY(String::of(without));
	const InterfaceLock lock;

	TRY(lock.held());
	std::swap(Way::follow(object), path);
	return {};
}

template <class Way> int copy_path(void *object, const void *from)
{
	using Object = typename Way::Object;
	const String &path = Way::follow(*static_cast<const Object *>(from));
	auto copied = path.empty() ? String() : damon::copy(path);

	if (!copied)
		return -copied.error().number;
	Way::follow(*static_cast<Object *>(object)) = std::move(*copied);
	return 0;
}

// Objects of the configuration are plain values elsewhere.
template <class T> struct OnHeap final : Heap, T {
};

template <class> struct NumberedMember;
template <class C, class T> struct NumberedMember<Numbered<T> C::*> {
	using Owner = C;
	using Child = T;
};

template <auto member> Result<>
parse_number(typename NumberedMember<decltype(member)>::Owner &owner, std::string_view text)
{
	return write_number(owner.*member, text);
}

} // namespace detail

// ---- Files ----

template <class Codec, auto... path>
consteval FileOf<typename detail::Way<path...>::Object> rw(const char *name)
{
	using Way = detail::Way<path...>;

	return {{name, 0600, detail::show<Codec, Way>,
		 detail::store<typename Way::Object, detail::parse_value<Codec, Way>>,
		 detail::copy<Way>, nullptr}};
}

template <class Codec, auto... path>
consteval FileOf<typename detail::Way<path...>::Object> ro(const char *name)
{
	using Way = detail::Way<path...>;

	return {{name, 0400, detail::show<Codec, Way>, nullptr, detail::copy<Way>, nullptr}};
}

// Files with code of their own.
template <class T, Result<> (*print)(const T &, Printer &)>
int show_custom(const void *object, char *buffer, std::size_t size)
{
	Printer out(buffer, size);
	const Result<> result = print(*static_cast<const T *>(object), out);

	return result ? static_cast<int>(out.length()) : to_errno(result);
}

// @parse tells of what it refuses.
template <class T, Result<> (*parse)(T &, std::string_view)>
int store_custom(const damon_place *dir, const damon_file *, const char *text, std::size_t length)
{
	return to_errno(parse(*static_cast<T *>(dir->object), until_nul(text, length)));
}

template <class T, Result<Vec<char>> (*print)(T &)>
int print_long(void *object, char **text, std::size_t *length)
{
	auto printed = print(*static_cast<T *>(object));

	if (!printed)
		return -printed.error().number;
	*length = printed->size();
	*text = printed->release();
	return 0;
}

template <class T, Result<> (*print)(const T &, Printer &)>
consteval FileOf<T> custom_ro(const char *name)
{
	return {{name, 0400, show_custom<T, print>, nullptr, nullptr, nullptr}};
}

template <class T, Result<> (*print)(const T &, Printer &),
	  Result<> (*parse)(T &, std::string_view), void (*reset)(T &)>
consteval FileOf<T> custom_rw(const char *name)
{
	return {{name, 0600, show_custom<T, print>, store_custom<T, parse>,
		 [](void *object, const void *) {
			 reset(*static_cast<T *>(object));
			 return 0;
		 },
		 nullptr}};
}

// A path below the mount point of cgroups; the member is a String.
template <auto... way> consteval FileOf<typename detail::Way<way...>::Object> path(const char *name)
{
	using Way = detail::Way<way...>;
	using Object = typename Way::Object;

	return {{name, 0600, show_custom<Object, detail::print_path<Way>>,
		 detail::store<Object, detail::store_path<Way>>, detail::copy_path<Way>, nullptr}};
}

// A long file, see damon/port.h.
template <class T, Result<Vec<char>> (*print)(T &)> consteval FileOf<T> long_ro(const char *name)
{
	return {{name, 0400, nullptr, nullptr, nullptr, print_long<T, print>}};
}

template <class T, Result<Vec<char>> (*print)(T &), Result<> (*parse)(T &, std::string_view)>
consteval FileOf<T> long_rw(const char *name)
{
	return {{name, 0600, nullptr, store_custom<T, parse>, nullptr, print_long<T, print>}};
}

// How many numbered directories there are.
template <auto member>
consteval FileOf<typename detail::NumberedMember<decltype(member)>::Owner> nr(const char *name)
{
	using Owner = typename detail::NumberedMember<decltype(member)>::Owner;

	return {{name, 0600,
		 [](const void *object, char *buffer, std::size_t size) {
			 Printer out(buffer, size);

			 out.put_unsigned((static_cast<const Owner *>(object)->*member).shown());
			 out.put('\n');
			 return static_cast<int>(out.length());
		 },
		 detail::store<Owner, detail::parse_number<member>>, nullptr, nullptr}};
}

// ---- Directories ----

// Shows the same object as the upper directory.
template <class T>
consteval SubdirectoryOf<T> sub(const char *name, const DirectoryOf<T> &directory)
{
	return {{name, &directory, [](void *object) { return object; }, nullptr}};
}

// Shows a part of it.
template <auto first, auto... rest>
consteval SubdirectoryOf<typename detail::Way<first, rest...>::Object>
sub(const char *name, const DirectoryOf<typename detail::Way<first, rest...>::Part> &directory)
{
	using Way = detail::Way<first, rest...>;

	return {{name, &directory,
		 [](void *object) -> void * {
			 return &Way::follow(*static_cast<typename Way::Object *>(object));
		 },
		 nullptr}};
}

// The same as the upper directory, but there only if @wanted says so.
template <class T, bool (*wanted)(const T &)>
consteval SubdirectoryOf<T> optional_sub(const char *name, const DirectoryOf<T> &directory)
{
	SubdirectoryOf<T> result = sub(name, directory);

	result.subdirectory.wanted = [](const void *object) {
		return wanted(*static_cast<const T *>(object));
	};
	return result;
}

struct Bound {
	std::size_t max;
	int above_max = ENOMEM;
	Result<> (*may_change)(void *owner) = nullptr;
};

template <auto member>
consteval NumberingOf<typename detail::NumberedMember<decltype(member)>::Owner>
numbered(const DirectoryOf<typename detail::NumberedMember<decltype(member)>::Child> &directory,
	 Bound bound)
{
	using Owner = typename detail::NumberedMember<decltype(member)>::Owner;
	using Child = typename detail::NumberedMember<decltype(member)>::Child;

	return {{
		.directory = &directory,
		.children = [](void *object) -> Children & {
			return static_cast<Owner *>(object)->*member;
		},
		.max = bound.max,
		.above_max = bound.above_max,
		.too_many = Sentence<48>().put("is more than ").put_unsigned(bound.max),
		.may_change = bound.may_change,
		.make = [](void *owner, std::size_t index) -> void * {
			if constexpr (!std::is_base_of_v<Heap, Child>)
				return static_cast<Child *>(new detail::OnHeap<Child>());
			else if constexpr (std::is_constructible_v<Child, Owner &>)
				return new Child(*static_cast<Owner *>(owner));
			else if constexpr (std::is_constructible_v<Child, std::size_t>)
				return new Child(index);
			else
				return new Child();
		},
		.destroy =
			[](void *object) {
				auto *child = static_cast<Child *>(object);

				if constexpr (std::is_base_of_v<Heap, Child>)
					delete child;
				else
					delete static_cast<detail::OnHeap<Child> *>(child);
			},
	}};
}

} // namespace damon::sysfs
