#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The kernel's own checkpatch on C.  It comes with kernel sources, not with headers: CHECKPATCH
# names it, or it is found in the cache of tools/kernel.sh.
. "$(dirname "$0")/lib.sh"

cache=${DAMON_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/damon-module}
: "${CHECKPATCH:=$(find "$cache/source" /usr/src -maxdepth 3 -path '*/scripts/checkpatch.pl' 2>/dev/null | sort | tail -n 1)}"
[ -n "$CHECKPATCH" ] || skip checkpatch "no kernel source has been fetched; CHECKPATCH can name it"

# LINUX_VERSION_CODE: a module of its own must, and it is no constant.  EXPORT_SYMBOL: what is exported
# is written in C++.  The rest: two languages read our headers (SPDX, uint64_t, printf attribute), and
# lists of names are macros.
ignore=LINUX_VERSION_CODE,CONSTANT_CONVERSION,FILE_PATH_CHANGES,PREFER_KERNEL_TYPES,SPDX_LICENSE_TAG
ignore=$ignore,PREFER_DEFINED_ATTRIBUTE_MACRO,MACRO_ARG_UNUSED,COMPLEX_MACRO,MACRO_WITH_FLOW_CONTROL
ignore=$ignore,TRAILING_SEMICOLON,MULTISTATEMENT_MACRO_USE_DO_WHILE
ignore=$ignore,CONSTANT_COMPARISON,EXPORT_SYMBOL,AVOID_EXTERNS,NEW_TYPEDEFS,PREFER_PR_LEVEL,PRINTK_WITHOUT_KERN_LEVEL

# shellcheck disable=SC2046
judge "checkpatch" "$(perl "$CHECKPATCH" --no-tree --terse --no-summary --quiet --max-line-length=100 \
	--ignore "$ignore" --file $(sources c h | grep -v '^tests/guest/') 2>&1 |
	grep -E '(WARNING|ERROR|CHECK):' |
	# a pointer type as the argument of a macro
	grep -vE "symbols\.[ch]:.*need consistent spacing around '\*'" | sort -u)"
