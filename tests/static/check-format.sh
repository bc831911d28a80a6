#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# C++ looks as .clang-format says.  `tests/static/check-format.sh fix` makes it so.
. "$(dirname "$0")/lib.sh"

command -v clang-format-14 >/dev/null || { echo "not ok clang-format: clang-format-14 is missing"; exit 1; }
if [ "${1-}" = fix ]; then
	# shellcheck disable=SC2046
	exec clang-format-14 -i $(sources cpp hpp)
fi
# shellcheck disable=SC2046
judge "clang-format" "$(clang-format-14 --dry-run $(sources cpp hpp) 2>&1 | sed -n 's/: warning: code should be clang-formatted.*//p' |
	cut -d: -f1,2 | sort -u -t: -k1,1)"
