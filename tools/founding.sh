#!/bin/bash
# The two schemes that DAMON began with, measured with programs in a guest, beside the
# kernel's own DAMON if it has one:
#
#   tools/founding.sh [SERIES]       6.1 or 6.12 (default)
#
# FOUNDING_CASES chooses (default: both):
#   reclaim   redis, of whose memory most is idle, which is paged out to zram
#   thp       joins over a table that is mostly sparse, with huge pages for what is accessed
# FOUNDING_SECONDS is how long redis works in each of four runs, in guest time (default
# 40); the joins, in five, half of it.
# A picture of each case is drawn: build/founding-SERIES-CASE.svg.
#
# Who: "damon.ko" is given what the in-tree one is given, file by file; "line" is what we
# would give it, as text.  Each case is one boot of a guest that has one processor, and a
# nanosecond of whose time is one instruction.
set -euo pipefail

top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top"
. tools/lib.sh

s=${1:-6.12}
cases=${FOUNDING_CASES:-reclaim thp}
for c in $cases; do
	case $c in
	reclaim | thp) ;;
	*) die "no such case: $c" ;;
	esac
done

# Both tables compare with the first run, in which nothing was done.

# saved: of all runs, RSS in the mean and at the end; instructions of redis, time that its client waited,
# instructions of everything; pages that were swapped in again; what the kdamond took, in percent of
# 1000 million instructions a second
table_reclaim() {
	printf '%-9s %8s %8s %8s %13s %9s %9s %9s %9s %9s\n' reclaim RSS saved 'at end' 'redis instr.' waiting \
		machine refaults 'paged out' kdamond
	awk '
	$2 == "rss" { sum[$4] += $6; n[$4]++; end[$4] = $6 }
	$2 == "reclaim" {
		if (!base) { base = $3; busy = $4; server = $5; wait = $6 }
		rss = sum[$3] / n[$3]
		printf "%-9s %4.0f MiB %6.1f %% %6.1f %% %+11.1f %% %+7.1f %% %+7.1f %% %9d %5.0f MiB %7.1f %%\n",
			$3, rss, 100 * (1 - rss * n[base] / sum[base]), 100 * (1 - end[$3] / end[base]),
			100 * ($5 / server - 1), 100 * ($6 / wait - 1), 100 * ($4 / busy - 1),
			$8, $9 / 256, $7 / $11 / 1e4
	}' "$1"
}

# RSS at the end, and how much more it is than with "never"; which part of what "always" has more is
# spared; what the joins took, and how many of their lookups were in huge pages; which part of what
# "always" gains is kept: of instructions, of those of the whole machine, of faults, of huge pages
table_thp() {
	printf '%-9s %8s %8s %8s %12s %8s %7s   %-8s %8s %8s %8s %8s\n' thp RSS overhead removed 'join instr.' faults \
		huge 'kept of' machine faults huge kdamond
	awk '
	$2 == "rss" { end[$4] = $6 }
	$2 == "thp" {
		who[++runs] = $3; busy[$3] = $4; cpu[$3] = $5; faults[$3] = $6; huge[$3] = $7; kdamond[$3] = $8 / $9 / 1e4
	}
	function kept(of, w) {
		return of["never"] == of["always"] ? 0 : 100 * (of[w] - of["never"]) / (of["always"] - of["never"])
	}
	END {
		for (i = 1; i <= runs; i++) {
			w = who[i]
			printf "%-9s %4d MiB %4d MiB %6.1f %% %8.0f mil. %8d %5.1f %% %8.1f %% %6.1f %% %6.1f %% %6.1f %% %6.1f %%\n",
				w, end[w], end[w] - end["never"], 100 - kept(end, w), cpu[w] / 1e6, faults[w],
				huge[w] / 10, kept(cpu, w), kept(busy, w), kept(faults, w), kept(huge, w), kdamond[w]
		}
	}' "$1"
}

# draw CASE RESULTS
draw() {
	local data=build/guest/founding-$s-$1/plot picture=build/founding-$s-$1.svg

	rm -rf "$data"
	mkdir -p "$data"
	awk -v dir="$data" '$2 == "rss" { print $5, $6 >(dir "/" $4 ".dat") }' "$2"
	gnuplot -e "out='$picture'; what='$1'; series='$s'; dir='$data'; runs='$(
		awk -v c="$1" '$2 == c { printf "%s ", $3 }' "$2"
	)'" tools/founding.gp || die "gnuplot could not draw $picture"
	say "the picture is $picture"
}

tools/deps.sh demo
eval "$(tools/kernel.sh stock "$s")"
build_module build/founding.log
tests/guest/redis-root.sh build/guest/redis.cpio
for c in $cases; do
	name=founding-$s-$c
	say "measuring on $s: $c"
	# norandmaps, nokaslr, rtc: the same addresses and times, and nearly the same count, each time
	tests/guest/boot.sh -q --icount -m 1536 -n "$name" -t 7200 -s 7200 -r build/guest/redis.cpio \
		-e "FOUNDING_CASES=$c" -e "FOUNDING_SECONDS=${FOUNDING_SECONDS-}" \
		-f tests/guest/measure.sh=/guest/measure.sh -p "nokaslr norandmaps" \
		-x -rtc -x base=2026-01-01,clock=vm "stock-$s" founding.sh || die "the guest failed"
	grep '^data ' "build/guest/$name/results" >"build/guest/$name/data"
	"table_$c" "build/guest/$name/data"
	draw "$c" "build/guest/$name/data"
done
