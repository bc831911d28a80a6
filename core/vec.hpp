// SPDX-License-Identifier: GPL-2.0
// A growable array whose growth can fail.  Move only; elements must move without failing.
// Converts to std::span, as every contiguous range does.
#pragma once

#include <cstddef>
#include <new>
#include <type_traits>
#include <utility>

#include <damon/port.h>

#include "core/check.hpp"
#include "core/result.hpp"

namespace damon {

template <class T> class Vec {
	static_assert(std::is_nothrow_move_constructible_v<T>);

      public:
	Vec() = default;
	Vec(Vec &&other) noexcept
		: items_(std::exchange(other.items_, nullptr)),
		  size_(std::exchange(other.size_, 0)), capacity_(std::exchange(other.capacity_, 0))
	{
	}
	Vec &operator=(Vec &&other) noexcept
	{
		std::swap(items_, other.items_);
		std::swap(size_, other.size_);
		std::swap(capacity_, other.capacity_);
		return *this;
	}
	~Vec()
	{
		clear();
		damon_free(items_);
	}

	std::size_t size() const
	{
		return size_;
	}
	bool empty() const
	{
		return size_ == 0;
	}
	std::size_t capacity() const
	{
		return capacity_;
	}
	T *begin()
	{
		return items_;
	}
	T *end()
	{
		return items_ + size_;
	}
	const T *begin() const
	{
		return items_;
	}
	const T *end() const
	{
		return items_ + size_;
	}
	T &operator[](std::size_t i)
	{
		CHECK(i < size_);
		return items_[i];
	}
	const T &operator[](std::size_t i) const
	{
		CHECK(i < size_);
		return items_[i];
	}

	// Room for @capacity elements in all.  On failure nothing changes.
	[[nodiscard]] Result<> reserve(std::size_t capacity)
	{
		std::size_t bytes;

		if (capacity <= capacity_)
			return {};
		if (__builtin_mul_overflow(capacity, sizeof(T), &bytes))
			return fail(ENOMEM, "out of memory");
		T *items = static_cast<T *>(damon_alloc(bytes));
		if (!items)
			return fail(ENOMEM, "out of memory");
		for (std::size_t i = 0; i < size_; i++) {
			new (&items[i]) T(std::move(items_[i]));
			items_[i].~T();
		}
		damon_free(items_);
		items_ = items;
		capacity_ = capacity;
		return {};
	}

	[[nodiscard]] Result<> push(T item)
	{
		if (size_ == capacity_)
			TRY(reserve(capacity_ ? 2 * capacity_ : 4));
		new (&items_[size_]) T(std::move(item));
		size_++;
		return {};
	}

	// REQUIRES: size() < capacity().  Cannot fail, so fit for the sampling tick.
	void push_reserved(T item)
	{
		CHECK(size_ < capacity_);
		new (&items_[size_]) T(std::move(item));
		size_++;
	}

	// New elements are value-initialised.
	[[nodiscard]] Result<> resize(std::size_t size)
	{
		TRY(reserve(size));
		while (size_ > size)
			pop();
		while (size_ < size)
			new (&items_[size_++]) T();
		return {};
	}

	void pop()
	{
		CHECK(size_ > 0);
		items_[--size_].~T();
	}

	// Keeps the order of the others.
	template <class Predicate> void remove_if(Predicate predicate)
	{
		T *kept = items_;

		for (T *item = begin(); item != end(); item++) {
			if (predicate(*item))
				continue;
			if (kept != item)
				*kept = std::move(*item);
			kept++;
		}
		while (end() != kept)
			pop();
	}

	void clear()
	{
		while (size_)
			pop();
	}

	// Gives the memory away, with the elements in it: for damon_free().
	T *release()
	{
		size_ = 0;
		capacity_ = 0;
		return std::exchange(items_, nullptr);
	}

      private:
	T *items_ = nullptr;
	std::size_t size_ = 0;
	std::size_t capacity_ = 0;
};

// Elements that cannot be copied just so have a copy() that may fail.
template <class T> [[nodiscard]] Result<Vec<T>> copy(const Vec<T> &vec)
{
	Vec<T> result;

	TRY(result.reserve(vec.size()));
	for (const T &item : vec) {
		if constexpr (std::is_copy_constructible_v<T>)
			result.push_reserved(item);
		else
			result.push_reserved(TRY(copy(item)));
	}
	return result;
}

} // namespace damon
