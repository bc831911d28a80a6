# shellcheck shell=dash disable=SC1091
# Loads the KUnit module; each test case in it is one result.
. /guest/lib.sh

dmesg -c >/dev/null
it "kunit: the module loads"
insmod /damon_kunit.ko || wrong "insmod failed"
finish

# The kernel's test log: suites are subtests indented by four spaces, and so are
# the results of their cases; deeper ones (parameters) are part of a case.
dmesg | sed 's/^\[[^]]*\] //' >/tmp/ktap
awk '
/^    # Subtest: / { suite = $3 }
/^    # .*(EXPECTATION|ASSERTION) FAILED at / && why == "" {
	why = $NF
	getline
	sub(/^ */, "")
	why = why " " $0
}
/^    (not )?ok [0-9]+ / {
	name = $0
	sub(/^    (not )?ok [0-9]+ (- )?/, "", name)
	sub(/ # SKIP.*/, "", name)
	if ($1 == "ok")
		print "ok kunit: " suite "." name
	else
		print "not ok kunit: " suite "." name ": " (why == "" ? "see the kernel log" : why)
	why = ""
	total++
}
END { if (!total) print "not ok kunit: no test ran" }' /tmp/ktap >/tmp/results
cat /tmp/results >/dev/ttyS1

it "kunit: the module unloads"
rmmod damon_kunit || wrong "rmmod failed"
finish
