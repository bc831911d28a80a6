// SPDX-License-Identifier: GPL-2.0
// A memory cgroup, held for as long as this object lives.
#pragma once

#include <cerrno>
#include <utility>

#include <damon/port.h>

#include "core/result.hpp"
#include "core/string.hpp"

namespace damon {

class Memcg {
      public:
	Memcg() = default; // none
	Memcg(Memcg &&other) noexcept : memcg_(std::exchange(other.memcg_, nullptr)) {}
	Memcg &operator=(Memcg &&other) noexcept
	{
		std::swap(memcg_, other.memcg_);
		return *this;
	}
	~Memcg()
	{
		damon_memcg_close(memcg_);
	}

	// The one at @path, which may end with a newline, as who writes to a file leaves it.  In its
	// caller's cgroup namespace.  EINVAL with @reason: there is none.
	[[nodiscard]] static Result<Memcg> open(const String &path, const char *reason)
	{
		std::string_view name = path.view();
		Memcg memcg;

		if (!name.empty() && name.back() == '\n')
			name.remove_suffix(1);
		if (name.empty())
			return fail(EINVAL, reason);

		const String trimmed = TRY(String::of(name));
		const int err = damon_memcg_open(trimmed.c_str(), &memcg.memcg_);

		if (err == -ENOENT)
			return fail(EINVAL, reason);
		TRY(from_errno(err, err == -ENOMEM ? "out of memory"
						   : "this kernel has no memory cgroups"));
		return memcg;
	}

	damon_memcg *get() const
	{
		return memcg_;
	}

      private:
	damon_memcg *memcg_ = nullptr;
};

} // namespace damon
