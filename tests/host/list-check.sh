#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Every test in the sources is in the binary, so none is forgotten by a build or a typo; and what
# tests/kunit/list.awk finds for the kernel is what GoogleTest has.
set -eu
binary=$1
top=$(cd "$(dirname "$0")/../.." && pwd)

in_binary=$("$binary" --gtest_list_tests |
	awk '/^[^ ]/ { suite = $1; sub(/\..*/, "", suite); next }
	     /^ / { print suite "." $1 }' | sort)
in_sources=$(awk -f "$top/tests/kunit/list.awk" "$top"/tests/unit/*_test.cpp |
	sed -n 's/^DAMON_TEST(\(.*\), \(.*\))$/\1.\2/p' | sort)

# Parameterised tests have a slash in their names.
in_binary=$(printf '%s\n' "$in_binary" | grep -v / || true)
if [ "$in_binary" != "$in_sources" ]; then
	echo "tests in the sources and in the binary differ:" >&2
	printf '%s\n' "$in_sources" >"$binary.sources"
	printf '%s\n' "$in_binary" | diff "$binary.sources" - >&2 || true
	exit 1
fi
