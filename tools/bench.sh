#!/bin/bash
# What monitoring costs, in instructions: a guest whose clock counts them, 256 MiB
# of 4K pages, 5 ms sampling, 100 ms aggregation.  tools/bench.sh [SERIES]...
set -euo pipefail

top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top"
. tools/lib.sh

series=("$@")
[ $# -gt 0 ] || series=(6.1 6.12)
tools/deps.sh build guest
printf '%-8s %-9s %8s %13s %16s %9s\n' kernel DAMON regions instr./tick instr./sample ticks/s
for s in "${series[@]}"; do
	eval "$(tools/kernel.sh stock "$s")"
	say "building damon.ko for $KVER"
	make KVER="$KVER" >build/bench.log 2>&1 || die "damon.ko did not build:" "$(tail -n 20 build/bench.log)"
	say "counting instructions on $s"
	# norandmaps, nokaslr: the same addresses, and nearly the same count, each time
	tests/guest/boot.sh -q --icount -n "bench-$s" -t 600 -s 600 -p "nokaslr norandmaps" \
		"stock-$s" bench.sh || die "the guest failed"
	awk -v kernel="$s" '/^data bench / {
		printf "%-8s %-9s %8d %13.0f %16.1f %9.1f\n", kernel, $3, $5, $6 / $7, $6 / $7 / $5, $7 * 1000 / $8
	}' "build/guest/bench-$s/results"
done
