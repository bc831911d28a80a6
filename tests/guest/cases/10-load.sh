# The module comes and goes without a trace.
. /guest/lib.sh

it "load: insmod makes the tree"
load || { finish; exit; }
[ -d "$ROOT/admin" ] || wrong "no $ROOT/admin"
reads $K/nr_kdamonds 0

it "load: the log says where the tree is"
dmesg | grep -i damon | grep -qF "$ROOT" || wrong "no line of the log names $ROOT"

it "load: a second insmod is refused"
! insmod /damon.ko 2>/dev/null || wrong "it was loaded twice"

it "load: rmmod removes the tree"
unload

it "load: twelve times in and out"
n=0
while [ $n -lt 12 ] && [ -z "$WRONG" ]; do
	load && wr_ok $K/nr_kdamonds 3 && unload
	n=$((n + 1))
done
finish
