#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# run.sh NAME SECONDS [FLAG]...: runs the fuzz target NAME and says how it went, in one line.
set -eu
cd "$(dirname "$0")/../.."

name=$1 seconds=$2
shift 2
out=build/fuzz
corpus=$out/corpus/$name
log=$out/$name.log
mkdir -p "$corpus" "$out/seeds/$name"

if [ -x "tests/fuzz/${name}_seeds.sh" ]; then
	"tests/fuzz/${name}_seeds.sh" "$out/seeds/$name"
fi
if [ -f "tests/fuzz/$name.dict" ]; then
	set -- "$@" -dict="tests/fuzz/$name.dict"
fi

status=0
"$out/${name}_fuzz" "$@" -max_total_time="$seconds" -artifact_prefix="$out/$name-" \
	"$corpus" "$out/seeds/$name" >"$log" 2>&1 || status=$?
runs=$(sed -nE 's/^Done ([0-9]+) runs.*/\1/p' "$log")
if [ "$status" = 0 ] && [ "${runs:-0}" -gt 0 ]; then
	echo "ok fuzz $name: $runs inputs"
	exit 0
fi
echo "not ok fuzz $name: status $status, see $log"
tail -n 30 "$log" | sed 's/^/    /'
exit 1
