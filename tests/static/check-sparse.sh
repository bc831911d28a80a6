#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# sparse on all C, for every supported kernel whose headers are installed (KVERS names others).
. "$(dirname "$0")/lib.sh"

command -v sparse >/dev/null || { echo "not ok sparse: sparse is missing"; exit 1; }
: "${KVERS:=$(find /lib/modules -mindepth 2 -maxdepth 2 -name build -printf '%h\n' | sed 's|.*/||' | grep -E '^6\.(1|12)\.' | sort)}"
[ -n "$KVERS" ] || { echo "not ok sparse: no kernel headers are installed"; exit 1; }

status=0
for kver in $KVERS; do
	log=build/sparse-$kver.log
	mkdir -p build
	if ! make KVER="$kver" C=2 CF=-Wno-shift-count-negative modules >"$log" 2>&1; then
		echo "not ok sparse for $kver: the build failed, see $log"
		status=1
		continue
	fi
	# What the headers of the kernel do is not ours.
	(judge "sparse for $kver" "$(grep -E '(warning|error):' "$log" | grep -vE "^(/usr/|/lib/|\./?(arch|include)/)|^warning: the compiler differs" | sort -u)") || status=1
done
exit $status
