/* SPDX-License-Identifier: GPL-2.0 */
/* What the C++ of a test asks of KUnit. */
#ifndef DAMON_KUNIT_PORT_H
#define DAMON_KUNIT_PORT_H

#ifdef __cplusplus
extern "C" {
#endif

/* The running test failed, and goes on.  @a and @b: the values that were compared. */
void damon_kunit_fail(const char *file, int line, const char *text, unsigned long long a,
		      unsigned long long b);
/* More about the failure. */
void damon_kunit_note(const char *text);
void damon_kunit_note_number(unsigned long long number);

#ifdef __cplusplus
}
#endif
#endif
