#!/bin/bash
# What reading 1000 regions takes, in instructions of the reader and in time: as one
# directory a region, and as the file snapshot.  tools/bench-snapshot.sh [SERIES]...
set -euo pipefail

top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top"
. tools/lib.sh

series=("$@")
[ $# -gt 0 ] || series=(6.1 6.12)
tools/deps.sh build guest
printf '%-7s %-9s %-11s %8s %14s %10s\n' kernel DAMON as regions instructions ms
for s in "${series[@]}"; do
	eval "$(tools/kernel.sh stock "$s")"
	build_module build/bench.log
	say "counting instructions on $s"
	tests/guest/boot.sh -q --icount -n "bench-snapshot-$s" -t 600 -s 600 \
		-p "nokaslr norandmaps" "stock-$s" bench-snapshot.sh || die "the guest failed"
	awk -v kernel="$s" '/^data readout / {
		printf "%-7s %-9s %-11s %8d %14d %10.1f\n", kernel, $3, $4, $5, $6, $7 / 1000000
	}' "build/guest/bench-snapshot-$s/results"
done
