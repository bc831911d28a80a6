# SPDX-License-Identifier: GPL-2.0
# Lists the tests in C++ sources as X-macros, suite by suite, for tests/kunit/kunit_main.c.
match($0, /^TEST(_F)?\([A-Za-z0-9_]+, *[A-Za-z0-9_]+\)/) {
	split(substr($0, RSTART, RLENGTH), part, /[(),] */)
	if (!(part[2] in tests))
		suites[++nr_suites] = part[2]
	tests[part[2]] = tests[part[2]] "DAMON_TEST(" part[2] ", " part[3] ")\n"
}
END {
	for (i = 1; i <= nr_suites; i++) {
		print "DAMON_SUITE(" suites[i] ")"
		printf "%s", tests[suites[i]]
		print "DAMON_SUITE_END(" suites[i] ")"
	}
}
