// SPDX-License-Identifier: GPL-2.0
// Allocation that can fail and says so.
#pragma once

#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>

#include <damon/port.h>

#include "core/result.hpp"

namespace damon {

// Base of classes that live on the heap: a plain `new T` gives null when memory is refused.
struct Heap {
	static void *operator new(std::size_t size) noexcept
	{
		return damon_alloc(size);
	}
	static void operator delete(void *memory) noexcept
	{
		damon_free(memory);
	}

      protected:
	~Heap() = default;
};

template <class T> using Owned = std::unique_ptr<T>;

template <class T, class... Args> [[nodiscard]] Result<Owned<T>> make(Args &&...args)
{
	static_assert(std::is_base_of_v<Heap, T>);
	T *object = new T(std::forward<Args>(args)...);

	if (!object)
		return fail(ENOMEM, "out of memory");
	return Owned<T>(object);
}

} // namespace damon
