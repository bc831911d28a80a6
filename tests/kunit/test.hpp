// SPDX-License-Identifier: GPL-2.0
// GoogleTest's words, said to KUnit.  See tests/unit/test.hpp.
#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>

#include "tests/kunit/kunit_port.h"

namespace damon::test {

template <class T> unsigned long long printable(const T &value)
{
	if constexpr (std::is_enum_v<T>)
		return static_cast<unsigned long long>(std::to_underlying(value));
	else if constexpr (std::is_integral_v<T>)
		return static_cast<unsigned long long>(value);
	else if constexpr (std::is_pointer_v<T>)
		return reinterpret_cast<unsigned long long>(value);
	else
		return 0;
}

// The right-hand side of a failed check: swallows what is said about it.
class Note {
      public:
	const Note &operator<<(const char *text) const
	{
		damon_kunit_note(text);
		return *this;
	}
	template <class T> const Note &operator<<(const T &value) const
	{
		damon_kunit_note_number(printable(value));
		return *this;
	}
};

// `return Abort() = Note() << ...` is how ASSERT_ leaves a function and still takes a message.
struct Abort {
	void operator=(const Note &) const {} // NOLINT(misc-unconventional-assign-operator)
};

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wsign-compare" // as forgiving as GoogleTest
#define DAMON_TEST_COMPARISON(name, op)                                                            \
	template <class A, class B>                                                                \
	bool name(const char *file, int line, const char *text, const A &a, const B &b)            \
	{                                                                                          \
		if (a op b) [[likely]]                                                             \
			return true;                                                               \
		damon_kunit_fail(file, line, text, printable(a), printable(b));                    \
		return false;                                                                      \
	}
DAMON_TEST_COMPARISON(check_eq, ==)
DAMON_TEST_COMPARISON(check_ne, !=)
DAMON_TEST_COMPARISON(check_lt, <)
DAMON_TEST_COMPARISON(check_le, <=)
DAMON_TEST_COMPARISON(check_gt, >)
DAMON_TEST_COMPARISON(check_ge, >=)
#undef DAMON_TEST_COMPARISON
#pragma GCC diagnostic pop

inline bool check_streq(const char *file, int line, const char *text, const char *a, const char *b)
{
	for (std::size_t i = 0; a[i] == b[i]; i++) {
		if (a[i] == '\0')
			return true;
	}
	damon_kunit_fail(file, line, text, 0, 0);
	damon_kunit_note(a);
	damon_kunit_note(b);
	return false;
}

} // namespace damon::test

// The declaration keeps the name greppable: the list for KUnit is made from the sources.
#define TEST(suite, name)                                                                          \
	extern "C" void damon_test_##suite##_##name();                                             \
	extern "C" void damon_test_##suite##_##name()

// The switch keeps an `else` after the macro where it belongs.
#define DAMON_TEST_EXPECT(check, a, b)                                                             \
	switch (0)                                                                                 \
	case 0:                                                                                    \
	default:                                                                                   \
		if (::damon::test::check_##check(__FILE__, __LINE__, #check " " #a ", " #b, a, b)) \
			;                                                                          \
		else                                                                               \
			::damon::test::Note()
#define DAMON_TEST_ASSERT(check, a, b)                                                             \
	switch (0)                                                                                 \
	case 0:                                                                                    \
	default:                                                                                   \
		if (::damon::test::check_##check(__FILE__, __LINE__, #check " " #a ", " #b, a, b)) \
			;                                                                          \
		else                                                                               \
			return ::damon::test::Abort() = ::damon::test::Note()

#define EXPECT_EQ(a, b) DAMON_TEST_EXPECT(eq, a, b)
#define EXPECT_NE(a, b) DAMON_TEST_EXPECT(ne, a, b)
#define EXPECT_LT(a, b) DAMON_TEST_EXPECT(lt, a, b)
#define EXPECT_LE(a, b) DAMON_TEST_EXPECT(le, a, b)
#define EXPECT_GT(a, b) DAMON_TEST_EXPECT(gt, a, b)
#define EXPECT_GE(a, b) DAMON_TEST_EXPECT(ge, a, b)
#define EXPECT_STREQ(a, b) DAMON_TEST_EXPECT(streq, a, b)
#define EXPECT_TRUE(a) DAMON_TEST_EXPECT(eq, static_cast<bool>(a), true)
#define EXPECT_FALSE(a) DAMON_TEST_EXPECT(eq, static_cast<bool>(a), false)
#define ASSERT_EQ(a, b) DAMON_TEST_ASSERT(eq, a, b)
#define ASSERT_NE(a, b) DAMON_TEST_ASSERT(ne, a, b)
#define ASSERT_LT(a, b) DAMON_TEST_ASSERT(lt, a, b)
#define ASSERT_LE(a, b) DAMON_TEST_ASSERT(le, a, b)
#define ASSERT_GT(a, b) DAMON_TEST_ASSERT(gt, a, b)
#define ASSERT_GE(a, b) DAMON_TEST_ASSERT(ge, a, b)
#define ASSERT_STREQ(a, b) DAMON_TEST_ASSERT(streq, a, b)
#define ASSERT_TRUE(a) DAMON_TEST_ASSERT(eq, static_cast<bool>(a), true)
#define ASSERT_FALSE(a) DAMON_TEST_ASSERT(eq, static_cast<bool>(a), false)

#define FAIL() return ::damon::test::Abort() = ::damon::test::fail_here(__FILE__, __LINE__)
#define ADD_FAILURE() ::damon::test::fail_here(__FILE__, __LINE__)

namespace damon::test {

inline Note fail_here(const char *file, int line)
{
	damon_kunit_fail(file, line, "failure", 0, 0);
	return {};
}

} // namespace damon::test
