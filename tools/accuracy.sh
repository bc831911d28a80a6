#!/bin/bash
# How well DAMON tells hot memory from cold, and what it costs: in a guest, with a
# real accessed bit, beside the kernel's own DAMON if it has one.
#
#   tools/accuracy.sh [SERIES]       6.1 or 6.12 (default)
#
# A process of pages of 4K touches its hot memory every 5 ms.  ACCURACY_CASES
# chooses (default: all):
#   tenth      25 MiB hot in 256 MiB
#   moving     100 MiB hot in 1 GiB, moving every 5 s
#   rates      100 MiB hot in 1 GiB, and 100 MiB touched every 40 ms, which are not hot
#   tiny       4 MiB hot in 8 GiB
#   scattered  32 chunks of 1 MiB hot, scattered in 1 GiB
#   crumbs     the same of 256 KiB
#   pages      one page hot in every 2 MiB of 1 GiB
# ACCURACY_RUNS is how often each runs (default 1).  SCORE_OPTIONS=-v leaves a line
# for each snapshot in build/guest/accuracy-SERIES/results.
#
# F1, precision and recall (see tests/guest/programs/score.cpp) are the mean of 10 s
# to 20 s; CPU is instructions, in percent of 1000 million a second.
set -euo pipefail

top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top"
. tools/lib.sh

s=${1:-6.12}
cases=${ACCURACY_CASES:-tenth moving rates tiny scattered crumbs pages}
mib=2048
for c in $cases; do
	case $c in
	tenth | moving | rates | scattered | crumbs | pages) ;;
	tiny) mib=9216 ;; # really mapped
	*) die "no such case: $c" ;;
	esac
done

tools/deps.sh build guest
eval "$(tools/kernel.sh stock "$s")"
build_module build/accuracy.log
say "measuring on $s: $cases"
name=accuracy-$s
tests/guest/boot.sh -q --icount -m $mib -n "$name" -t 3600 -s 3600 \
	-e "ACCURACY_CASES=$cases" -e "ACCURACY_RUNS=${ACCURACY_RUNS:-1}" -e "SCORE_OPTIONS=${SCORE_OPTIONS-}" \
	-f tests/guest/measure.sh=/guest/measure.sh -p "nokaslr norandmaps" \
	"stock-$s" accuracy.sh || die "the guest failed"
printf '%-10s %-9s %5s %9s %6s %8s %6s %8s %8s\n' case DAMON F1 precision recall '>=0.9' CPU regions ticks/s
awk '/^data accuracy / {
	printf "%-10s %-9s %5.2f %9.2f %6.2f %8s %5.2f%% %8d %8.1f\n", $3, $4, $5 / 1000, $6 / 1000, $7 / 1000,
		$8 == "never" ? $8 : sprintf("%.1f s", $8 / 1000), $11 / $13 / 1e4, $9, $12 * 1000 / $13
}' "build/guest/$name/results"
