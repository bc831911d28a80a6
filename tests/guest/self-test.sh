#!/bin/bash
# Does the harness see a failure when there is one?  Boots guests that fail in each
# way there is, and one that does not.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

# expect STATUS TEXT NAME SCRIPT [OPTION]...: boot.sh ends so, and says TEXT
expect() {
	local want=$1 text=$2 name=$3 script=$4 status=0 out
	shift 4
	printf '%s\n' "$script" >"$work/$name.sh"
	out=$("$here/boot.sh" -n "self-test-$name" -t 120 -M /nonexistent "$@" \
		"${SELF_TEST_KERNEL:-stock-6.1}" "$work/$name.sh") || status=$?
	if [ "$status" = "$want" ] && grep -qF "$text" <<<"$out"; then
		echo "ok self-test: $name"
	else
		echo "not ok self-test: $name: status $status (expected $want); it said:"
		printf '%s\n' "$out"
		failed=1
	fi
}

expect 0 'ok kernel log is clean' passes '. /guest/lib.sh; it works; finish'
expect 1 'not ok fails: because' fails '. /guest/lib.sh; it fails; wrong because; finish'
expect 1 'ended with status 3' status 'exit 3'
expect 1 'ended with status 143' too-long 'sleep 1000' -s 3
expect 1 'no end after 20 s' hangs 'while :; do sleep 1; done' -t 20
expect 1 'Kernel panic' panics 'echo c >/proc/sysrq-trigger'
expect 1 'attempt 3: QEMU executed' stale-code '
printf "%s\n" "int3: 0000 [#1]" "RIP: 0010:__schedule+0x339/0xbf0" "Code: 00 0f <1f> 44" >/dev/kmsg
'
expect 1 'kernel log is clean: [' breakpoint '
printf "%s\n" "Oops: int3: 0000 [#1]" "RIP: 0010:__schedule+0x339/0xbf0" "Code: 00 cc <1f> 44" >/dev/kmsg
'
expect 1 'stopped before its end' stops 'poweroff -f'
expect 1 'possible circular locking' warns 'echo "WARNING: possible circular locking dependency" >/dev/kmsg'
exit $failed
