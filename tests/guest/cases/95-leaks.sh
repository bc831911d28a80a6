# Whatever the tests before have done, nothing allocated is lost.
. /guest/lib.sh
[ -e /sys/kernel/debug/kmemleak ] || exit 0

it "leaks: none found"
# An object must be some seconds old, and be found unreferenced in a scan.
sleep 6
echo scan >/sys/kernel/debug/kmemleak
echo scan >/sys/kernel/debug/kmemleak
leaks=$(cat /sys/kernel/debug/kmemleak)
[ -z "$leaks" ] || wrong "$(echo "$leaks" | grep -c '^unreferenced') leaks: $(echo "$leaks" | head -n 30 | tr '\n' '|')"
finish
