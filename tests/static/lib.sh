# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
# What the checks share: they run at the top of the tree and print one line each.

cd "$(dirname "$0")/../.." || exit 1

# judge NAME FINDINGS: passed if there are none
judge() {
	if [ -z "$2" ]; then
		echo "ok $1"
		return
	fi
	echo "not ok $1: $(printf '%s\n' "$2" | wc -l) findings"
	printf '%s\n' "$2" | head -n 40 | sed 's/^/    /'
	exit 1
}

skip() {
	echo "ok $1 # SKIP $2"
	exit 0
}

# sources SUFFIX...: the files with one of these suffixes
sources() {
	for suffix in "$@"; do
		find include core schemes ops-vaddr ops-paddr sysfs clients samples tests \
			-name "*.$suffix" 2>/dev/null
	done | sort
}
