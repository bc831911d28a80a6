# Monitoring an address space that is mapped, split, moved, forked and unmapped all
# the time; half of the while with a scheme that pages out everything at once.
. /guest/lib.sh
load || exit
swap_on 512M

SECONDS_EACH=${CHURN_SECONDS:-6}

# churned ACTION
churned() {
	churn >/tmp/churn.out &
	churn_pid=$!
	one_kdamond $churn_pid
	intervals 2000 20000 100000
	wr_ok $S/action $1
	wr_ok $D/state on
	uptime_s
	end=$((NOW + SECONDS_EACH))
	while [ "$NOW" -lt $end ]; do
		wr_ok $D/state update_schemes_tried_regions
		sleep 0.3
		uptime_s
	done
	kill $churn_pid
	wait $churn_pid || wrong "churn ended with status $?: $(cat /tmp/churn.out)"
	grep -q '^churn ok' /tmp/churn.out || wrong "$(cat /tmp/churn.out)"
	within 10 is_off || wrong "the kdamond outlives its target"
}

it "churn: monitored"
churned stat

it "churn: monitored and paged out"
churned pageout

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
swapoff /dev/zram0
echo 1 >/sys/block/zram0/reset
finish
