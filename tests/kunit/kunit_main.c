// SPDX-License-Identifier: GPL-2.0
/* The unit tests of tests/unit as KUnit suites. */
#include <linux/module.h>
#include <kunit/test.h>

#include "kunit_port.h"

/* KUnit runs the tests of a module one after the other. */
static struct kunit *running;

void damon_kunit_fail(const char *file, int line, const char *text, unsigned long long a,
		      unsigned long long b)
{
	KUNIT_FAIL(running, "%s:%d: %s: %lld and %lld (%#llx, %#llx)", file, line, text, a, b, a, b);
}

void damon_kunit_note(const char *text)
{
	kunit_info(running, "  %s\n", text);
}

void damon_kunit_note_number(unsigned long long number)
{
	kunit_info(running, "  %llu\n", number);
}

/* The list knows nothing but names; each reading of it makes another part. */
#define DAMON_SUITE(suite)
#define DAMON_SUITE_END(suite)
#define DAMON_TEST(suite, name)					\
	void damon_test_##suite##_##name(void);			\
	static void suite##_##name(struct kunit *test)		\
	{							\
		running = test;					\
		damon_test_##suite##_##name();			\
	}
#include "kunit_list.h"
#undef DAMON_SUITE
#undef DAMON_SUITE_END
#undef DAMON_TEST

#define DAMON_SUITE(suite) static struct kunit_case suite##_cases[] = {
#define DAMON_TEST(suite, test) { .run_case = suite##_##test, .name = #test },
#define DAMON_SUITE_END(suite)					\
		{}						\
	};							\
	static struct kunit_suite suite##_suite = {		\
		.name = "damon_" #suite,			\
		.test_cases = suite##_cases,			\
	};							\
	kunit_test_suite(suite##_suite);
#include "kunit_list.h"

MODULE_DESCRIPTION("Unit tests of DAMON as a module");
MODULE_LICENSE("GPL");
