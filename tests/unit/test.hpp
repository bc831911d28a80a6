// SPDX-License-Identifier: GPL-2.0
// One test source, two worlds: GoogleTest on the host, KUnit in the kernel.  Tests use only what
// both have: TEST, EXPECT_ and ASSERT_ with EQ NE LT LE GT GE TRUE FALSE STREQ, << after them, and
// what is below.  Files named *_host_test.cpp are not built for the kernel and may use all of
// GoogleTest.
#pragma once

#ifdef DAMON_KUNIT
#include "tests/kunit/test.hpp"
#else
#include <gtest/gtest.h>
#endif

#include "core/result.hpp"

namespace damon::test {

inline int error_of(const auto &result)
{
	return result ? 0 : result.error().number;
}

} // namespace damon::test

// Of a Result.
#define EXPECT_OK(result) EXPECT_EQ(0, ::damon::test::error_of(result))
#define ASSERT_OK(result) ASSERT_EQ(0, ::damon::test::error_of(result))
#define EXPECT_ERROR(errno_, result) EXPECT_EQ(errno_, ::damon::test::error_of(result))
