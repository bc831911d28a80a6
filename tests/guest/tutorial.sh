# The pages of Documentation that teach to write a module: what they tell root, as they print it.
# /page/NAME is what page.sh made of each, and the folder that it has built.
# shellcheck shell=dash disable=SC1091,SC2086
. /guest/lib.sh

swap_on
mkdir -p "/lib/modules/$(uname -r)"
cp /damon.ko "/lib/modules/$(uname -r)/"
depmod || { it "tutorial"; wrong "depmod failed"; }

for page in /page/*; do
	it "tutorial: ${page##*/}, as printed"
	cd $page || exit
	# a line at a time, so that each is seen to succeed
	cat >/tmp/run.sh <<-'END'
	while IFS= read -r line <&3; do
		echo "# $line"
		eval "$line" || echo "FAILED: $line"
	done 3<guest.sh
	END
	sh /tmp/run.sh >/tmp/said 2>&1
	sed 's/^/guest: /' /tmp/said >/dev/kmsg
	! grep -q '^FAILED' /tmp/said || wrong "$(grep '^FAILED' /tmp/said)"
	# before and after, by turns; of all memory, a few MiB may not be old enough by then
	awk '
	/^VmRSS:/ {
		if (++n % 2) { before = $2; if (before < 20000) bad = 1 }
		else if ($2 > before / 2) bad = 1
		said = said " " $2
	}
	END { if (bad || !n || n % 2) { print "VmRSS in kB:" said; exit 1 } }' /tmp/said >/tmp/why || wrong "$(cat /tmp/why)"
	number=$(grep '^[0-9][0-9]*$' /tmp/said)
	[ "${number:-0}" -ge 20000000 ] || wrong "the module's parameter says '$number'"
	killall tail sleep
	rmmod damon || wrong "rmmod failed"
done
finish
