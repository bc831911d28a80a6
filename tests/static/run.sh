#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Runs the checks in this folder, or those that are named.  Status 0: all passed.
cd "$(dirname "$0")" || exit 1

[ $# -gt 0 ] || set -- check-*.sh
status=0
for check in "$@"; do
	"./$check" || status=1
done
exit $status
