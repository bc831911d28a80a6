#!/bin/bash
# redis-root.sh OUT: packs Debian's redis (server and client) with the libraries that it needs, for
# boot.sh to add to a guest's file system (-r OUT).  That is a download of 12 MB.
set -euo pipefail

top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tools/lib.sh"
[ $# -eq 1 ] || { sed -n '2,3s/^# \?//p' "$0" >&2; exit 2; }
out=$1
debs=$CACHE/redis
mkdir -p "$debs" "$(dirname "$out")"
take_lock redis

packages=(redis-server redis-tools libc6 libgcc-s1 libstdc++6 libatomic1 libjemalloc2 liblua5.1-0 lua-bitop
	lua-cjson libhiredis0.14 liblzf1 libssl3 libsystemd0 libcap2 libgcrypt20 libgpg-error0 liblz4-1
	liblzma5 libzstd1)
for package in "${packages[@]}"; do
	have_deb "$package" "$debs" || { say "fetching $package"; fetch_deb "$package" "$debs"; }
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root
unpack_debs "$debs" "$root" ./usr/share ./etc ./var '*/gconv/*'
# Each library is found there, and not on this machine only.
libraries=$root/lib/x86_64-linux-gnu:$root/usr/lib/x86_64-linux-gnu
lacking=$(for program in redis-server redis-cli; do
	"$root/lib64/ld-linux-x86-64.so.2" --inhibit-cache --library-path "$libraries" --list "$root/usr/bin/$program"
done | awk -v root="$root" '/=>/ && index($3, root) != 1 { print $1 }' | sort -u)
[ -z "$lacking" ] || die "redis needs libraries that are not in its archive:" "$lacking"
pack_root "$root" "$out"
