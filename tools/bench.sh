#!/bin/bash
# What monitoring costs, in instructions: guests whose clock counts them, 5 ms
# sampling, 100 ms aggregation; beside the kernel's own DAMON, if it has one.
#
#   tools/bench.sh [SERIES]...       6.1, 6.12 (default: both)
#
# BENCH_CASES chooses (default: all):
#   process   a process of 256 MiB in pages of 4K, 1000 regions
#   huge      a process of 512 MiB in huge pages, 1000 regions
#   few       the first, 10 regions
#   paused    the same, nothing is sampled: what sleeping and waking costs
#   size      the same, in bytes: the memory that a context takes
#   quota     the same, ms a second that actions take, of a time quota of 20
#   mappings  256 MiB in 5000 mappings, 1000 regions
#   small     2 GiB in 70 mappings, 1000 regions
#   large     70 GiB in 70 mappings: costs the same
#   free      physical memory of 2 GiB, mostly free, 1000 regions
#   vast      ... of 70 GiB: costs the same
#   roomy     the process of the first case, where memory is 70 GiB: costs the same
#   anon      ... full of one process's anonymous memory
#   cache     ... full of page cache (a tmpfs) that nobody maps
#   mapped    ... the same, mapped by a process
#   shared    ... with 1 GiB shared by 33 processes
# BENCH_SECONDS is how long each is measured (default 4, of guest time).
set -euo pipefail

top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top"
. tools/lib.sh

series=("$@")
[ $# -gt 0 ] || series=(6.1 6.12)
cases=${BENCH_CASES:-process huge few paused size quota mappings small large free vast roomy anon cache mapped shared}

# memory CASE: of the guest, in MiB
memory() {
	case $1 in
	process | few | paused | size | quota | mappings) echo 1024 ;;
	huge | small | large | free | anon | cache | mapped | shared) echo 2048 ;;
	vast | roomy) echo 71680 ;;
	*) die "no such case: $1" ;;
	esac
}

# count MIB CASES: in one boot
count() {
	local name=bench-$s-$1 ram=()

	# Free memory is never touched, so it may be more than this machine has.
	[ "$1" -lt 10000 ] || ram=(-x -object -x "memory-backend-ram,id=ram,size=$1M,reserve=off"
		-x -machine -x memory-backend=ram)
	say "counting instructions on $s, $1 MiB: $2"
	# norandmaps, nokaslr: the same addresses, and nearly the same count, each time
	tests/guest/boot.sh -q --icount -m "$1" -n "$name" -t 2400 -s 2400 -e "BENCH_CASES=$2" \
		-e "BENCH_SECONDS=${BENCH_SECONDS-}" -f tests/guest/measure.sh=/guest/measure.sh \
		-p "nokaslr norandmaps" "${ram[@]}" "stock-$s" bench.sh || die "the guest failed"
	awk -v kernel="$s" '/^data bench / {
		printf "%-7s %-11s %-9s %8d %13.0f %16.1f %9.1f\n", kernel, $3, $4, $5, $6 / $7,
			$5 ? $6 / $7 / $5 : 0, $7 * 1000 / $8
	}
	/^data quota / { printf "%-7s %-11s %-9s %8d %13.2f ms a second\n", kernel, $2, $3, $4, $5 / 1e6 }
	/^data size / { printf "%-7s %-11s %-9s %8d %13.0f bytes\n", kernel, $2, $3, $4, $5 }' "build/guest/$name/results"
}

for c in $cases; do memory "$c" >/dev/null; done
tools/deps.sh build guest
printf '%-7s %-11s %-9s %8s %13s %16s %9s\n' kernel case DAMON regions instr./tick instr./sample ticks/s
for s in "${series[@]}"; do
	eval "$(tools/kernel.sh stock "$s")"
	build_module build/bench.log
	# one boot for all cases that want the same memory
	for mib in $(for c in $cases; do memory "$c"; done | tr ' ' '\n' | sort -nu); do
		count "$mib" "$(for c in $cases; do
			case " $(memory "$c" | tr '\n' ' ') " in *" $mib "*) echo "$c" ;; esac
		done | tr '\n' ' ')"
	done
done
