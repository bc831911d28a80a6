#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# link-tree.sh BUILD PATH...: mirrors the sources below the current folder as links in BUILD, where
# a kernel's Kbuild puts its objects next to them.  Links of files that are gone are removed.
set -eu

build=$1
shift

find "$build" -xtype l -delete
find "$@" -type f ! -name '*.o' | while read -r file; do
	[ -L "$build/$file" ] && continue
	mkdir -p "$build/$(dirname "$file")"
	ln -s "$PWD/$file" "$build/$file"
done
