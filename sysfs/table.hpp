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

#include "core/result.hpp"
#include "sysfs/codec.hpp"
#include "sysfs/directory.hpp"
#include "sysfs/fields.hpp"
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

template <class Codec, class Way> int store(void *object, const char *text, std::size_t length)
{
	auto value = Codec::parse(until_nul(text, length));

	if (!value)
		return -value.error().number;
	store_field(Way::follow(*static_cast<typename Way::Object *>(object)), *value);
	return 0;
}

template <class Way> void copy(void *object, const void *from)
{
	using Object = typename Way::Object;

	store_field(Way::follow(*static_cast<Object *>(object)),
		    load_field(Way::follow(*static_cast<const Object *>(from))));
}

template <class> struct NumberedMember;
template <class C, class T> struct NumberedMember<Numbered<T> C::*> {
	using Owner = C;
	using Child = T;
};

} // namespace detail

// ---- Files ----

template <class Codec, auto... path>
consteval FileOf<typename detail::Way<path...>::Object> rw(const char *name)
{
	using Way = detail::Way<path...>;

	return {{name, 0600, detail::show<Codec, Way>, detail::store<Codec, Way>,
		 detail::copy<Way>}};
}

template <class Codec, auto... path>
consteval FileOf<typename detail::Way<path...>::Object> ro(const char *name)
{
	using Way = detail::Way<path...>;

	return {{name, 0400, detail::show<Codec, Way>, nullptr, detail::copy<Way>}};
}

// Files with code of their own.
template <class T, Result<> (*print)(const T &, Printer &)>
int show_custom(const void *object, char *buffer, std::size_t size)
{
	Printer out(buffer, size);
	const Result<> result = print(*static_cast<const T *>(object), out);

	return result ? static_cast<int>(out.length()) : to_errno(result);
}

template <class T, Result<> (*print)(const T &, Printer &)>
consteval FileOf<T> custom_ro(const char *name)
{
	return {{name, 0400, show_custom<T, print>, nullptr, nullptr}};
}

template <class T, Result<> (*print)(const T &, Printer &),
	  Result<> (*parse)(T &, std::string_view), void (*reset)(T &)>
consteval FileOf<T> custom_rw(const char *name)
{
	return {{name, 0600, show_custom<T, print>,
		 [](void *object, const char *text, std::size_t length) {
			 return to_errno(parse(*static_cast<T *>(object), until_nul(text, length)));
		 },
		 [](void *object, const void *) {
			 reset(*static_cast<T *>(object));
		 }}};
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
		 [](void *object, const char *text, std::size_t length) {
			 return to_errno(write_number(static_cast<Owner *>(object)->*member, object,
						      until_nul(text, length)));
		 },
		 nullptr}};
}

// ---- Directories ----

// Shows the same object as the upper directory.
template <class T>
consteval SubdirectoryOf<T> sub(const char *name, const DirectoryOf<T> &directory)
{
	return {{name, &directory, [](void *object) {
			 return object;
		 }}};
}

// Shows a part of it.
template <auto member> consteval SubdirectoryOf<typename detail::Way<member>::Object>
sub(const char *name, const DirectoryOf<typename detail::Way<member>::Part> &directory)
{
	using Way = detail::Way<member>;

	return {{name, &directory, [](void *object) -> void * {
			 return &Way::follow(*static_cast<typename Way::Object *>(object));
		 }}};
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
		.may_change = bound.may_change,
		.make = [](std::size_t index) -> void * {
			if constexpr (std::is_constructible_v<Child, std::size_t>)
				return new Child(index);
			else
				return new Child();
		},
		.destroy = [](void *child) { delete static_cast<Child *>(child); },
	}};
}

} // namespace damon::sysfs
