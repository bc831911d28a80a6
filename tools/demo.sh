#!/bin/bash
# Shows damon.ko at work on a stock Debian kernel in QEMU: no root on the host's
# kernel is needed, nothing is loaded here.  DEMO_KERNEL=6.1 (default) or 6.12.
set -euo pipefail

top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top"
. tools/lib.sh

series=${DEMO_KERNEL:-6.1}
out=build/demo
png=$out/heatmap-$series.png
case $series in 6.1 | 6.12) ;; *) die "DEMO_KERNEL is '$series'; it can be 6.1 or 6.12" ;; esac
mkdir -p "$out"

colour=0 columns=80
if [ -t 1 ]; then
	[ -n "${NO_COLOR-}" ] || colour=1
	columns=$(tput cols 2>/dev/null || echo 80)
	[ "$columns" -le 132 ] || columns=132
fi

say "checking that the tools are here"
tools/deps.sh demo
eval "$(tools/kernel.sh stock "$series")"
[ -n "${KVER-}" ] || exit 1

build_module "$out/build.log"

# --- the guest -----------------------------------------------------------------

say "booting $KVER in QEMU (no KVM needed; about 90 s in all)"
dir=build/guest/demo-$series
status=0
tests/guest/boot.sh -v -q -n "demo-$series" -m 768 -t 170 -s 160 -p "quiet loglevel=1" \
	-e "COLOR=$colour" -e "COLS=$columns" \
	-f tools/demo/workload.txt=/guest/workload.txt \
	"stock-$series" tools/demo/guest.sh | sed -u '/reboot: Power down/d' || status=$?
results=$dir/results
# fact NAME: what the guest said of it
fact() { sed -n "s/^data $1 //p" "$results" | tail -n 1; }

if [ "$status" != 0 ] || [ -n "$(fact fail)" ] || ! grep -q '^data end' "$results"; then
	die "the demo did not come to its end: $(fact fail)" "  console: $dir/console.log" "  results: $results"
fi
sed -n 's/^kmsg //p' "$results" >"$dir/kernel.log"
if tests/guest/check-log.sh "$dir/kernel.log"; then
	log_verdict="clean"
else
	log_verdict="NOT clean, see $dir/kernel.log"
fi

# --- the picture ---------------------------------------------------------------

say "drawing $png"
first=$(sed -n 's/^data row \([0-9]*\) .*/\1/p' "$results" | head -n 1)
# "time address heat" for the image on an even grid of half seconds (gnuplot's
# images need one; the last answer holds until the next), and "time RSS swap"
awk -v t0="$first" -v heat="$out/heat.dat" -v memory="$out/memory.dat" '
/^data row / {
	t = ($3 - t0) / 1000
	printf "%.2f %.1f %.1f\n", t, $4 / 1024, $5 / 1024 >memory
	if (!cells) { cells = NF - 5; for (i = 1; i <= cells; i++) cell[i] = $(i + 5) }
	for (; step <= t; step += 0.5) {
		for (i = 1; i <= cells; i++) printf "%.1f %.1f %s\n", step, (i - 0.5) * 160 / cells, cell[i] >heat
		print "" >heat
	}
	for (i = 1; i <= cells; i++) cell[i] = $(i + 5)
	last = t
}
END { print last }' "$results" >"$out/end"
pageout_at=$(awk -v t="$(fact pageout_at)" -v t0="$first" 'BEGIN { printf "%.2f", (t - t0) / 1000 }')
gnuplot -e "heat='$out/heat.dat'; memory='$out/memory.dat'; out='$png'; label='$KVER'; \
	pageout_at=$pageout_at; t_end=$(cat "$out/end"); mib=160" tools/demo/plot.gp ||
	die "gnuplot could not draw $png"

# --- the summary ---------------------------------------------------------------

mib() { echo $((($1 + 512) / 1024)); }
read -r rss_before rss_after <<<"$(fact rss)"
read -r swap_before swap_after <<<"$(fact swap)"
bold='' plain=''
if [ "$colour" = 1 ]; then bold=$'\e[1m' plain=$'\e[0m'; fi
cat <<END

${bold}Summary${plain}
  kernel              Debian's $KVER, unchanged, with damon.ko loaded
  monitoring          160 MiB in $(fact regions) regions, a look every 10 ms
  its price           $(fact monitor_cpu) % of one (emulated) processor; $(fact pageout_cpu) % while paging out
  scheme              page out what had no access for 5 s
                         before      after
    in memory         $(printf '%6d MiB %6d MiB' "$(mib "$rss_before")" "$(mib "$rss_after")")
    in swap           $(printf '%6d MiB %6d MiB' "$(mib "$swap_before")" "$(mib "$swap_after")")
    its statistics    tried $(fact nr_tried) regions, $(($(fact sz_tried) >> 20)) MiB; applied to $(fact nr_applied), $(($(fact sz_applied) >> 20)) MiB
  the process's data  $(fact intact)
  kernel log          $log_verdict after rmmod
  picture             $png
END
[ "$log_verdict" = clean ]
