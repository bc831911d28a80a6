#!/bin/bash
# page.sh PAGE OUT: takes a page of Documentation apart, for what it prints is what is tested.  In OUT:
#
#   build.sh   makes the files that the page shows, and runs what follows "$ "
#   guest.sh   runs what follows "# "
#
# A file is an indented block after a line that ends with "`NAME`:".
set -euo pipefail

page=$1 out=$2
mkdir -p "$out"
awk -v build="$out/build.sh" -v guest="$out/guest.sh" '
function end_file() {
	if (in_file) print "END_OF_" name >build
	in_file = 0
	name = ""
}
BEGIN {
	print "set -eu" >build
	print "# what the page tells root" >guest
}
/^    / {
	line = substr($0, 5)
	if (name != "") {
		if (line ~ /^\$ /) { print "a command in " name ": " line >"/dev/stderr"; exit 1 }
		if (!in_file) print "cat >\047" name "\047 <<\047END_OF_" name "\047" >build
		else while (blanks > 0) { print "" >build; blanks-- }
		in_file = 1
		blanks = 0
		print line >build
	} else if (line ~ /^\$ /) {
		print substr(line, 3) >build
	} else if (line ~ /^# /) {
		print substr(line, 3) >guest
	} else if (text) {
		print "neither a file nor a command: " line >"/dev/stderr"
		exit 1
	}
	text = 0
	next
}
/^$/ { blanks++; next }
{
	end_file()
	blanks = 0
	text = 1
	if (match($0, /`[^`]+`:$/)) {
		name = substr($0, RSTART + 1, RLENGTH - 3)
	} else if (match($0, /`[^`]+`: *$/)) {
		print "trailing blanks: " $0 >"/dev/stderr"
		exit 1
	}
}
END { end_file() }
' "$page"
for script in build guest; do
	[ "$(wc -l <"$out/$script.sh")" -gt 5 ] || { echo "$page: nothing for $script.sh" >&2; exit 1; }
done
