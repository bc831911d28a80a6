#!/bin/bash
# initramfs.sh OUT PROGRAMS MODULES SPEC...: packs the guest's file system.
#
# PROGRAMS is a directory of static binaries for /bin, MODULES the kernel's
# lib/modules tree (or empty: everything is built in), and each SPEC a file to
# add as SOURCE=/path/in/guest.
set -euo pipefail

out=$1 programs=$2 modules=$3
shift 3
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root
mkdir -p "$root"/{bin,modules,guest}

busybox=$(command -v busybox)
cp "$busybox" "$root/bin/busybox"
ln -s busybox "$root/bin/sh"
cp "$programs"/* "$root/bin/"
cp "$here/init" "$root/init"
cp "$here"/lib.sh "$here"/hot.sh "$root/guest/"
cp -r "$here/cases" "$root/guest/"

# pack_modules LIST MODULE...: those that are not built in, and in LIST their order
pack_modules() {
	local list=$root/modules/$1 base=${modules%/lib/modules/*} release=${modules##*/} file name
	shift
	: >"$list"
	[ -n "$modules" ] || return 0
	for name in "$@"; do
		modprobe -d "$base" -S "$release" --show-depends "$name" 2>/dev/null || true
	done | sed -n 's/^insmod \([^ ]*\).*/\1/p' | awk '!seen[$0]++' |
	while read -r file; do
		name=$(basename "$file")
		name=${name%.xz}
		case $file in
		*.xz) xz -dc "$file" >"$root/modules/$name" ;;
		*) cp "$file" "$root/modules/$name" ;;
		esac
		echo "$name" >>"$list"
	done
}

# Swap is on zram.  Its compressor is found by name at run time, so no dependency
# names it; a kernel that has it built in needs no file.
pack_modules order lzo-rle lz4 zram
pack_modules kvm kvm-amd

for spec in "$@"; do
	mkdir -p "$root$(dirname "${spec##*=}")"
	cp "${spec%=*}" "$root${spec##*=}"
done
chmod 755 "$root/init"
(cd "$root" && find . | cpio --quiet -o -H newc -R 0:0) >"$out.$$"
mv "$out.$$" "$out"
