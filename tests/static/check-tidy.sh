#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# clang-tidy on all C++, see .clang-tidy.  With arguments: on these files.
#
# Results are kept: a file is looked at again if it, a header of its own or the checks changed.
# shellcheck disable=SC1091
. "$(dirname "$0")/lib.sh"
. tools/lib.sh
kept=$CACHE/tidy

command -v clang-tidy-19 >/dev/null || { echo "not ok clang-tidy: clang-tidy-19 is missing"; exit 1; }

# -DDAMON_KUNIT spares it GoogleTest, which takes most of the time, except where a test needs more.
flags="-std=c++23 -I. -Iinclude -fno-exceptions -fno-rtti"

one() {
	case $1 in
	tests/host/* | tests/sim/*) define= ;;
	*) define=-DDAMON_KUNIT ;;
	esac
	if grep -q EXPECT_DEATH "$1"; then define=; fi
	# With comments: some of them are for clang-tidy.
	# shellcheck disable=SC2086
	key=$({
		cat .clang-tidy tests/static/check-tidy.sh
		clang-tidy-19 --version
		clang++-19 -E -C $flags $define "$1"
	} 2>&1 | sha256sum | cut -c1-16)
	result=$kept/$(echo "$1" | tr / _).$key
	[ -f "$result" ] && { cat "$result"; return; }
	mkdir -p "$kept"
	log=$(mktemp -p "$kept")
	# shellcheck disable=SC2086
	clang-tidy-19 --quiet "$1" -- $flags $define >"$log" 2>&1
	status=$?
	grep -E '(warning|error):' "$log" | sed "s|^$PWD/||; s|^\./||" >"$log.new"
	cat "$log.new"
	if [ $status -lt 128 ]; then
		mv "$log.new" "$result"
	else
		echo "$1: clang-tidy crashed"
	fi
	rm -f "$log" "$log.new"
}

if [ "${1-}" = --one ]; then
	one "$2"
	exit 0
fi
# shellcheck disable=SC2046
[ $# -gt 0 ] || set -- $(sources cpp)
[ ! -d "$kept" ] || find "$kept" -type f -mtime +30 -delete
judge "clang-tidy" "$(printf '%s\n' "$@" | xargs -P "$(nproc)" -n 1 tests/static/check-tidy.sh --one | sort -u)"
