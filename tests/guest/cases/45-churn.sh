# Monitoring a process that ends at any moment, while its address space is mapped, split, moved,
# forked and unmapped all the time.  What else may happen to one is in 72-soak.sh.
. /guest/lib.sh
load || exit

it "churn: a process that ends at any moment"
n=0
while [ $n -lt 6 ]; do
	churn >/dev/null &
	pid=$!
	one_kdamond $pid
	intervals 1000 10000 20000
	wr_ok $D/state on
	usleep $((n * 50000))
	kill -9 $pid
	wait $pid 2>/dev/null
	within 10 is_off || wrong "round $n: still on"
	echo "guest: round $n" >/dev/kmsg
	n=$((n + 1))
done
unload
finish
