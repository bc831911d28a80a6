#!/bin/bash
# modules.sh KDIR OUT: compiles the guest's test modules for the kernel whose build
# tree is KDIR into OUT; only what is older than its source.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
kdir=$1 out=$2
mkdir -p "$out"
exec 9>"$out/.lock"
flock 9
for src in "$here"/modules/*.c; do
	name=$(basename "$src" .c)
	[ "$out/$name.ko" -nt "$src" ] && continue
	mkdir -p "$out/$name"
	cp "$src" "$out/$name/"
	echo "obj-m := $name.o" >"$out/$name/Kbuild"
	make -s -C "$kdir" "M=$out/$name" modules >"$out/$name/log" 2>&1 ||
		{ cat "$out/$name/log" >&2; exit 1; }
	cp "$out/$name/$name.ko" "$out/$name.ko"
done
