#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# clang-tidy on all C++, see .clang-tidy.  With arguments: on these files.
#
# Results are kept in build/tidy: a file is looked at again if it, a header or the checks changed.
. "$(dirname "$0")/lib.sh"

command -v clang-tidy-19 >/dev/null || { echo "not ok clang-tidy: clang-tidy-19 is missing"; exit 1; }

# -DDAMON_KUNIT spares it GoogleTest, which takes most of the time, except where a test needs more.
flags="-std=c++23 -I. -Iinclude -fno-exceptions -fno-rtti"

one() {
	case $1 in
	tests/host/* | tests/sim/*) define= ;;
	*) define=-DDAMON_KUNIT ;;
	esac
	if grep -q EXPECT_DEATH "$1"; then define=; fi
	# shellcheck disable=SC2046,SC2086
	key=$(cat "$1" .clang-tidy tests/static/check-tidy.sh $(sources hpp h) | sha256sum | cut -c1-16)
	result=build/tidy/$(echo "$1" | tr / _).$key
	[ -f "$result" ] && { cat "$result"; return; }
	mkdir -p build/tidy
	log=$(mktemp -p build/tidy)
	# shellcheck disable=SC2086
	clang-tidy-19 --quiet "$1" -- $flags $define >"$log" 2>&1
	status=$?
	grep -E '(warning|error):' "$log" | sed "s|^$PWD/||; s|^\./||" >"$log.new"
	[ $status -lt 128 ] || echo "$1: clang-tidy crashed" >>"$log.new"
	rm -f "$log" "${result%.*}".*
	mv "$log.new" "$result"
	cat "$result"
}

if [ "${1-}" = --one ]; then
	one "$2"
	exit 0
fi
[ $# -gt 0 ] || set -- $(sources cpp)
judge "clang-tidy" "$(printf '%s\n' "$@" | xargs -P "$(nproc)" -n 1 tests/static/check-tidy.sh --one | sort -u)"
