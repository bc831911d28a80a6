// SPDX-License-Identifier: GPL-2.0
// What a client asks for, in the terms of the C header, as what a kdamond starts from.
#pragma once

#include <cstddef>
#include <span>

#include <damon/damon.h>

#include "clients/client_space.hpp"
#include "core/config.hpp"
#include "schemes/text_form.hpp"

namespace damon {

// EINVAL if it is none of them.
[[nodiscard]] Result<damon_kind> kind_of(const damon_config &config);

// @operations monitors @space: both are for DAMON_CUSTOM, and stay as long as the kdamond.  What is
// wrong with the text of schemes is told in @error.
[[nodiscard]] Result<ContextConfig> context_config(const damon_config &from,
						   const Operations &operations,
						   const ClientSpace &space, TextError &error);

} // namespace damon
