// SPDX-License-Identifier: GPL-2.0
// The tree as a whole: its place, its beginning and its end.
#pragma once

#include "core/memory.hpp"
#include "core/result.hpp"
#include "sysfs/boot.hpp"
#include "sysfs/staged.hpp"

namespace damon::sysfs {

class Tree : public Heap {
      public:
	// Makes the tree and tells where.  With @boot, that is started before anyone can get at it; if
	// it cannot be, there is no tree.
	[[nodiscard]] static Result<Owned<Tree>> create(Boot *boot = nullptr);
	Tree() = default;
	Tree(const Tree &) = delete;
	// Waits for commands that are being served, removes the tree and stops all kdamonds.
	~Tree();

	Root &root()
	{
		return root_;
	}

      private:
	[[nodiscard]] Result<> make(Boot *boot);

	Root root_;
	damon_dir *dir_ = nullptr;
};

} // namespace damon::sysfs
