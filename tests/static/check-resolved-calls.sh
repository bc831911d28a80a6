#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# A function whose address was looked up is called through a static call: with indirect branch
# tracking, a call through a pointer to a function whose ENDBR is sealed would be a fault, and no
# test machine has that.  So kallsyms is for one file, and no function pointer is made of an address.
. "$(dirname "$0")/lib.sh"

# Where addresses of kernel functions are looked up.
resolver='^core/symbols\.c:'

# shellcheck disable=SC2046
found=$(
	# looking up addresses elsewhere
	grep -nE '\b(kallsyms_lookup_name|register_kprobe|kprobe_lookup_name|symbol_get|__symbol_get)\b' \
		$(sources c h) | grep -vE "$resolver"
	# a cast of anything to a function pointer type
	grep -nE '\(\s*[A-Za-z_][A-Za-z0-9_ *]*\(\s*\*\s*\)\s*\([^)]*\)\s*\)' $(sources c h) |
		grep -vE '^[^:]*:[0-9]+:\s*(\*|/\*|//)'
	# typeof(function) pointers: "typeof(&do_madvise) p" or "typeof(do_madvise) *p"
	grep -nE '\btypeof\(\s*&|\btypeof\([a-z_0-9]+\)\s*\*\s*[a-z_]+\s*[;=]' $(sources c h)
)
judge "no call through a pointer to a resolved symbol" "$found"
