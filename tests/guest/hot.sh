# shellcheck shell=sh disable=SC2034,SC2154,SC2046,SC2086
# What of a workload is seen as accessed: for scripts in the guest, after lib.sh.

# A range counts as found if the regions that were accessed cover most of it and
# little else of the map.  Of the 20 checks of an aggregation, an access to half
# is enough: an emulated machine has its pauses.
MIN_ACCESSES=10

# hot_is START END: the last snapshot says so
hot_is() {
	snapshot
	regions >/tmp/regions
	inside=$(covered $1 $2 $MIN_ACCESSES </tmp/regions)
	map=$(covered $W_MAP_START $W_MAP_END $MIN_ACCESSES </tmp/regions)
	share=$((($2 - $1) * 1000 / (W_MAP_END - W_MAP_START)))
	[ "$inside" -ge 800 ] && [ "$map" -le $((share + 150)) ]
}

# expect_hot RANGE SECONDS
expect_hot() { expect_hot_at $(range $1) $2; }

# expect_hot_at START END SECONDS
expect_hot_at() {
	within $3 hot_is $1 $2 ||
		wrong "$1-$2 not found in $3 s: $inside permille of it, $map of the map are seen as hot; $(wc -l </tmp/regions) regions"
}

# finds_hot: a kdamond of its own finds the hot range of the last workload, whose data stays, and which ends
finds_hot() {
	one_kdamond $W_PID
	wr_ok $D/state on
	expect_hot hot 40
	verify
	wr_ok $D/state off
	stop_workload $W_PID
}

# --- physical memory -----------------------------------------------------------

# paddr_kdamond FILE: one kdamond over these ranges
paddr_kdamond() {
	kdamonds 1
	wr_ok $C/operations paddr
	intervals 20000 400000 1000000
	regions_of "$1"
	wr_ok $C/schemes/nr_schemes 1
	scheme $S stat
}

# hot_mib: sum of the regions' sizes, weighted with how often they were accessed
SAMPLES=20	# of an aggregation
hot_mib() { regions | awk -v n=$SAMPLES '{ sum += ($2 - $1) / 1048576 * $3 / n } END { printf "%d\n", sum }'; }

# overlap RANGES MIN: permille of the ranges that the regions on standard input with at least MIN
# accesses cover.  Both are sorted.  In pages, for awk counts in floating point.
overlap() {
	awk -v min="$2" '
	NR == FNR { n++; s[n] = $1; e[n] = $2; total += ($2 - $1) / 4096; next }
	$3 >= min {
		for (i = 1; i <= n; i++) {
			a = s[i] > $1 ? s[i] : $1
			b = e[i] < $2 ? e[i] : $2
			if (b > a) sum += (b - a) / 4096
		}
	}
	END { printf "%d\n", sum * 1000 / total }' "$1" -
}

# found MIN MAX: accessed memory is between MIN and MAX MiB, and most of the hot frames, and little
# of the cold ones, are in regions that were accessed in half of the checks
found() {
	snapshot
	mib=$(hot_mib)
	hot=$(regions | overlap /tmp/hot 10)
	cold=$(regions | overlap /tmp/cold 10)
	[ "$mib" -ge "$1" ] && [ "$mib" -le "$2" ] && [ "$hot" -ge 700 ] && [ "$cold" -le 300 ]
}

expect_found() {
	within 60 found $1 $2 ||
		wrong "$mib MiB accessed, expected $1 to $2; $hot permille of the hot frames and $cold of the cold ones are seen as hot; $(regions | wc -l) regions"
}

# frames_at PID HOT-START HOT-END COLD-START COLD-END: their frames, in /tmp/hot and /tmp/cold
frames_at() {
	frames $1 $2 $3 >/tmp/hot
	frames $1 $4 $5 >/tmp/cold
	[ -s /tmp/hot ] || wrong "no frames"
}
