#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# text_form_seeds.sh FOLDER: the examples and the parts of Documentation/schemes.md, a file each, and
# all examples in one.
set -eu
cd "$(dirname "$0")/../.."

page=Documentation/schemes.md
rm -f "$1"/*
sed -n '/^## Ten examples/,/^## Errors/s/^        //p' "$page" >"$1/all"
{
	cat "$1/all"
	sed -n '/^## Errors/,/^## What/s/^    //p' "$page"
	# shellcheck disable=SC2016  # these are quotes of Markdown
	sed -nE 's/^\| `([a-z][^`]*)`.*/stat \1/p; s/^\| `\.\.\. ([^`]*)`.*/stat filter allow \1/p' "$page"
} | {
	i=0
	while IFS= read -r line; do
		i=$((i + 1))
		printf '%s\n' "$line" >"$1/$i"
	done
}
