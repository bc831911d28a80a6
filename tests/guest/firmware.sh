#!/bin/bash
# firmware.sh DIR VMLINUZ KDIR KO: what it takes to boot a stock kernel under Secure Boot, on a machine
# whose owner enrolled keys: DIR/code.fd and DIR/vars.fd for QEMU's two flash chips, and DIR/db.ko and
# DIR/mok.ko, KO signed with one key and the other.
#
# One key is in the firmware's db, with the one by which Debian signed the kernel.  The other is in
# MokListRT, where shim lists for the kernel what mokutil enrolled.  There is no shim here, so that
# variable is written by us, as the others are.
set -euo pipefail

top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tools/lib.sh"
[ $# = 4 ] || { sed -n '2,4s/^# \?//p' "$0" >&2; exit 2; }
dir=$1 vmlinuz=$2 kdir=$3 ko=$4
mkdir -p "$dir"

take_lock ovmf
kept=$CACHE/ovmf
if [ ! -d "$kept" ]; then
	work=$(mktemp -d)
	trap 'rm -rf "$work"' EXIT
	say "fetching ovmf"
	fetch_deb ovmf "$work/deb"
	dpkg-deb -x "$work"/deb/*.deb "$work/tree"
	mv "$work/tree/usr/share/OVMF" "$kept"
fi
cp "$kept/OVMF_CODE_4M.fd" "$dir/code.fd"

# As Documentation/security.md tells.
for key in db mok; do
	openssl req -new -x509 -newkey rsa:2048 -nodes -days 3650 -subj "/CN=damon module $key/" \
		-keyout "$dir/$key.key" -outform DER -out "$dir/$key.der" 2>/dev/null
	cp "$ko" "$dir/$key.ko"
	"$kdir/scripts/sign-file" sha256 "$dir/$key.key" "$dir/$key.der" "$dir/$key.ko"
done

# number FILE OFFSET: of 32 bits
number() { od -An -j "$2" -N 4 -t u4 "$1" | tr -d ' '; }
# What signs a PE file is where the fifth of its data directories says, after a header of 8 bytes.
signature_at=$(($(number "$vmlinuz" 60) + 24 + 112 + 4 * 8))
tail -c "+$(($(number "$vmlinuz" $signature_at) + 9))" "$vmlinuz" |
	openssl pkcs7 -inform DER -print_certs 2>/dev/null | openssl x509 -outform DER -out "$dir/debian.der"

# bytes HEX: as they are; le32 NUMBER, guid GUID: as UEFI has them in memory
# shellcheck disable=SC2001  # no: each two of them
bytes() { printf '%b' "$(sed 's/../\\x&/g' <<<"$1")"; }
le32() { bytes "$(printf %08x "$1" | sed -E 's/(..)(..)(..)(..)/\4\3\2\1/')"; }
guid() { bytes "$(sed -E 's/^(..)(..)(..)(..)-(..)(..)-(..)(..)-/\4\3\2\1\6\5\8\7/; s/-//' <<<"$1")"; }

# signature_list DER: one certificate, nobody's
signature_list() {
	local length
	length=$(stat -c %s "$1")
	guid a5c059a1-94e4-4aa7-87b5-ab155c2bf072 # of type X.509
	le32 $((28 + 16 + length))
	le32 0
	le32 $((16 + length))
	guid 00000000-0000-0000-0000-000000000000
	cat "$1"
}

# variable NAME GUID ATTRIBUTES DATA: with the header that the store keeps before each
variable() {
	local name
	name=$(printf %s "$1" | sed 's/./&\n/g' | while read -r c; do printf '%02x00' "'$c"; done)0000
	bytes aa553f00
	le32 "$3"
	bytes "$(printf %056d 0)" # a count, a time, an index of keys
	le32 $((${#name} / 2))
	le32 "$(stat -c %s "$4")"
	guid "$2"
	bytes "$name"
	cat "$4"
}

cp "$kept/OVMF_VARS_4M.fd" "$dir/vars.fd"
at=100 # after the headers of the volume and of the store
# put NAME GUID ATTRIBUTES DER...: a variable that lists the certificates
put() {
	local name=$1 guid=$2 attributes=$3 der
	shift 3
	for der in "$@"; do signature_list "$dir/$der.der"; done >"$dir/list"
	variable "$name" "$guid" "$attributes" "$dir/list" >"$dir/variable"
	dd if="$dir/variable" of="$dir/vars.fd" bs=1 seek=$at conv=notrunc status=none
	at=$(((at + $(stat -c %s "$dir/variable") + 3) & ~3))
}
# 0x27: kept, for the kernel too, and written only by who may
put PK 8be4df61-93ca-11d2-aa0d-00e098032b8c 0x27 db
put KEK 8be4df61-93ca-11d2-aa0d-00e098032b8c 0x27 db
put db d719b2cb-3d3a-4596-a3bc-dad00e67656f 0x27 db debian
put MokListRT 605dab50-e046-4300-abb6-3dd810dd8b23 0x7 mok
rm "$dir/variable" "$dir/list"
