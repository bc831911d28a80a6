#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# C++ is portable: it runs on the host as it does in the kernel, so it includes no kernel header;
# and C, which sees the kernel, sees no C++.
. "$(dirname "$0")/lib.sh"

# shellcheck disable=SC2046
(judge "C++ includes no kernel header" "$(grep -nE '^\s*#\s*include\s*[<"](linux|asm|asm-generic|uapi|generated|kunit|trace|mm)/' \
	$(sources cpp hpp))")
status=$?
# shellcheck disable=SC2046
judge "C includes no C++ header" "$(grep -nE '^\s*#\s*include\s*[<"].*\.hpp' $(sources c h))"
exit $status
