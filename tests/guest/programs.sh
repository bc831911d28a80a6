#!/bin/bash
# Compiles the guest's programs, statically, into the directory given; only what
# is older than its source, or than the header that one of them has.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
out=$1
mkdir -p "$out"
for src in "$here"/programs/*.c "$here"/programs/*.cpp "$here"/../../tools/demo/*.cpp; do
	[ -f "$src" ] || continue
	name=${src##*/}
	bin=$out/${name%.*}
	[ "$bin" -nt "$src" ] && [ "$bin" -nt "$here/../fuzz/odd_texts.hpp" ] && continue
	# Two runs may do this at once: the rename is atomic.
	case $src in
	*.c) compile=("${CC:-gcc-12}") ;;
	*) compile=("${CXX:-g++-12}" -std=c++20) ;;
	esac
	"${compile[@]}" -O2 -Wall -Wextra -static -o "$bin.$$" "$src"
	mv "$bin.$$" "$bin"
done
