// SPDX-License-Identifier: GPL-2.0
// Fields are single words.  Files load and store them at any time, without a lock, so everyone
// does it in one piece.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace damon::sysfs {

template <class T> T load_field(const T &field)
{
	T value;

	static_assert(sizeof(T) <= sizeof(uint64_t));
	__atomic_load(&field, &value, __ATOMIC_RELAXED);
	return value;
}

template <class T> void store_field(T &field, std::type_identity_t<T> value)
{
	static_assert(sizeof(T) <= sizeof(uint64_t));
	__atomic_store(&field, &value, __ATOMIC_RELAXED);
}

namespace detail {

using Word [[gnu::may_alias]] = uint64_t;

// Word by word, for structures of 64-bit fields.
template <class T> void copy_words(T &to, const T &from)
{
	auto *target = reinterpret_cast<Word *>(&to);
	const auto *source = reinterpret_cast<const Word *>(&from);

	static_assert(std::is_trivially_copyable_v<T> && alignof(T) == alignof(Word));
	for (std::size_t i = 0; i < sizeof(T) / sizeof(Word); i++)
		__atomic_store_n(&target[i], __atomic_load_n(&source[i], __ATOMIC_RELAXED),
				 __ATOMIC_RELAXED);
}

} // namespace detail

template <class T> T load_fields(const T &fields)
{
	T copy;

	detail::copy_words(copy, fields);
	return copy;
}

template <class T> void store_fields(T &fields, const T &values)
{
	detail::copy_words(fields, values);
}

} // namespace damon::sysfs
