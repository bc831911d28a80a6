#!/bin/bash
# check-log.sh LOG: prints the kernel's complaints in a console log; status 1 if
# there are any.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
# Only what the kernel printed (it has a time stamp) counts: a script may write
# the word WARNING on the console.
bad=$(tr -d '\r' <"$1" | grep -aE '^\[ *[0-9]+\.[0-9]+\]' |
	grep -anEf "$here/bad-lines" | grep -avEf "$here/harmless-lines" || true)
[ -z "$bad" ] && exit 0
printf '%s\n' "$bad" | head -n 40
exit 1
