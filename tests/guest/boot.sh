#!/bin/bash
# Boots a kernel in QEMU, runs scripts in it, and judges the run.
#
#   tests/guest/boot.sh [OPTION]... KERNEL SCRIPT...
#   tests/guest/boot.sh --self-test
#
# KERNEL is stock-6.1, stock-6.12, debug, or xen-6.1, xen-6.12: as a guest of Xen.
# A SCRIPT is a file, or a name below tests/guest; busybox's shell runs it in the
# guest.
#
#   -n NAME    of the run: its files are in build/guest/NAME (default: KERNEL)
#   -m MIB     memory (default 1024; debug and Xen 1536)
#   -c N       processors (default 2)
#   -N         two NUMA nodes: each has half of the memory, the first all processors
#   -t SEC     hard limit for the whole run (default 300)
#   -s SEC     limit for each script (default 200)
#   -M KO      the module under test (default build/<KVER>/damon.ko if there)
#   -k KO      a second module, /damon_kunit.ko in the guest
#   -f FILE=/PATH  one more file for the guest
#   -r CPIO    one more archive, whose files the guest has too
#   -e VAR=VALUE   a variable for the scripts
#   -p PARAM   one more kernel parameter
#   -x ARG     one more argument for QEMU
#   -v         console on standard output too
#   -q         no lines of single tests, only trouble
#   --icount   one processor, one instruction per nanosecond of guest time
#
# A script reports through lib.sh: "ok NAME", "not ok NAME: why", "data ...".  The
# run has passed if the guest said that it is done, no test failed, and the kernel
# had nothing to complain about.  Status 0 passed, 1 failed, 2 could not run.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
. "$top/tools/lib.sh"

usage() { sed -n '2,29s/^# \?//p' "$0" >&2; exit 2; }

name='' memory='' cpus=2 numa=0 limit=300 script_limit=200 module='' kunit='' verbose=0 quiet=0 icount=0
files=() archives=() env=() params=() machine=()
while [ $# -gt 0 ]; do
	case $1 in
	-n) name=$2; shift ;;
	-m) memory=$2; shift ;;
	-c) cpus=$2; shift ;;
	-N) numa=1 ;;
	-t) limit=$2; shift ;;
	-s) script_limit=$2; shift ;;
	-M) module=$2; shift ;;
	-k) kunit=$2; shift ;;
	-f) files+=("$2"); shift ;;
	-r) archives+=("$2"); shift ;;
	-e) env+=("$2"); shift ;;
	-p) params+=("$2"); shift ;;
	-x) machine+=("$2"); shift ;;
	-v) verbose=1 ;;
	-q) quiet=1 ;;
	--icount) icount=1 ;;
	--self-test) exec "$here/self-test.sh" ;;
	-*) usage ;;
	*) break ;;
	esac
	shift
done
[ $# -ge 2 ] || usage
kernel=$1
shift

case $kernel in
stock-* | xen-*) eval "$("$top/tools/kernel.sh" "${kernel%%-*}" "${kernel#*-}")" ;;
debug) eval "$("$top/tools/kernel.sh" debug)" ;;
*) usage ;;
esac
[ -n "${VMLINUZ-}" ] || exit 2

dir=$top/build/guest/${name:-$kernel}
console=$dir/console.log
results=$dir/results
mkdir -p "$dir"
rm -f "$console"*

# --- the guest's files ---------------------------------------------------------

"$here/programs.sh" "$top/build/guest/bin"
: >"$dir/scripts"
for script in "$@"; do
	if [ -f "$here/$script" ]; then
		files+=("$here/$script=/guest/$script")
		echo "$script" >>"$dir/scripts"
	elif [ -f "$script" ]; then
		files+=("$script=/guest/$(basename "$script")")
		basename "$script" >>"$dir/scripts"
	else
		die "no such script: $script"
	fi
done
{
	printf 'export %q\n' "KERNEL=$kernel" "SCRIPT_TIMEOUT=$script_limit" "${env[@]}"
} >"$dir/env"
"$here/modules.sh" "$KDIR" "$top/build/guest/modules/$KVER" || exit 2
for ko in "$top/build/guest/modules/$KVER"/*.ko; do
	files+=("$ko=/test/$(basename "$ko")")
done
: "${module:=$top/build/$KVER/damon.ko}"
[ ! -f "$module" ] || files+=("$module=/damon.ko")
[ -z "$kunit" ] || files+=("$kunit=/damon_kunit.ko")
"$here/initramfs.sh" "$dir/initramfs" "$top/build/guest/bin" "$MODULES" \
	"$dir/scripts=/guest/scripts" "$dir/env=/guest/env" "${files[@]}"
# The kernel unpacks one after the other.
[ ${#archives[@]} -eq 0 ] || cat "${archives[@]}" >>"$dir/initramfs"

# --- the machine ---------------------------------------------------------------

case $kernel in
stock-*) : "${memory:=1024}" ;;
*) : "${memory:=1536}" ;;
esac
# rdrand: else the first one who asks for random numbers waits for seconds; pdpe1gb: huge pages of
# 1 GiB; svm, npt: virtual machines in it
qemu=(qemu-system-x86_64 -nodefaults -display none -no-reboot -cpu 'qemu64,+rdrand,+pdpe1gb,+svm,+npt' -m "$memory")
[ "$icount" = 0 ] || cpus=1
if [ "$numa" = 1 ]; then
	half=memory-backend-ram,size=$((memory / 2))M
	# shellcheck disable=SC2054  # commas are QEMU's
	qemu+=(-object "$half,id=half0" -numa "node,nodeid=0,memdev=half0,cpus=0-$((cpus - 1))"
		-object "$half,id=half1" -numa node,nodeid=1,memdev=half1)
fi
if [ "$verbose" = 1 ]; then
	qemu+=(-chardev "stdio,id=console,signal=off,logfile=$console" -serial chardev:console)
else
	qemu+=(-serial "file:$console")
fi
qemu+=(-serial "file:$results")
append="loglevel=8 panic=-1 oops=panic"
if [ "$icount" = 1 ]; then
	qemu+=(-accel 'tcg,thread=single' -icount 'shift=0,sleep=off' -smp 1)
else
	qemu+=(-accel 'tcg,thread=multi' -smp "$cpus")
fi
[ ${#params[@]} -eq 0 ] || append="$append ${params[*]}"
if [ -n "$XEN" ]; then
	qemu+=(-kernel "$XEN" -append "console=com1 dom0_mem=$((memory - 400))M"
		-initrd "$VMLINUZ console=hvc0 $append,$dir/initramfs")
else
	qemu+=(-kernel "$VMLINUZ" -append "console=ttyS0 $append" -initrd "$dir/initramfs")
fi
qemu+=("${machine[@]}")

# QEMU before 8.1 may go on with an instruction that another processor has replaced (its commit
# deba78709a mends that): Linux then dies of a breakpoint outside the module, where its memory has none.
emulator_failed() {
	local oops
	oops=$(tr -d '\r' <"$console" | grep -aA 8 'int3: 0000 \[#1\]') &&
		! grep -q 'RIP: .*\[damon' <<<"$oops" &&
		grep -q 'Code: ' <<<"$oops" && ! grep -q 'Code: .* cc <' <<<"$oops"
}

for attempt in 1 2 3; do
	rm -f "$console" "$results"
	status=0
	timeout -k 5 "$limit" "${qemu[@]}" </dev/null 2>"$dir/qemu.err" || status=$?
	[ -f "$results" ] || die "QEMU did not start:" "$(cat "$dir/qemu.err")"
	emulator_failed || break
	cp "$console" "$console.$attempt"
	echo "-- attempt $attempt: QEMU executed code that had been replaced, which QEMU 8.1 mends: $console.$attempt"
done

# --- the verdict ---------------------------------------------------------------

passed=1
complain() {
	passed=0
	printf 'not ok %s\n' "$1"
	shift
	[ $# -eq 0 ] || printf '%s\n' "$@" | sed 's/^/    /'
}

[ "$quiet" = 1 ] || grep -a '^ok ' "$results" || true
if grep -a '^not ok ' "$results"; then passed=0; fi
if ! grep -qa '^GUEST DONE$' "$results"; then
	case $status in
	124 | 137) why="no end after $limit s" ;;
	*) why="it stopped before its end" ;;
	esac
	complain "guest: $why; console: $console; its last lines:" "$(tail -n 15 "$console" | tr -d '\r')"
fi
if lines=$("$here/check-log.sh" "$console"); then
	[ "$quiet" = 1 ] || echo "ok kernel log is clean"
else
	complain "kernel log is clean: $(head -n 1 <<<"$lines" | sed 's/^[0-9]*://'), \
$(tr -d '\r' <"$console" | grep -aom 1 'RIP: .*' || echo "no RIP"); console: $console" "$lines"
fi
[ "$passed" = 1 ]
