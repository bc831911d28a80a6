# hugetlb memory: what is accessed is found, by virtual and by physical address, and processes
# that share page tables come and go meanwhile.
. /guest/lib.sh
. /guest/hot.sh
load || exit
POOL=/proc/sys/vm/nr_hugepages

it "hugetlb: there are huge pages"
echo 64 >$POOL
[ "$(cat $POOL)" = 64 ] || wrong "only $(cat $POOL) of 64 huge pages"

# found_in_both: the workload's hot range is, by vaddr and by paddr
found_in_both() {
	one_kdamond $W_PID
	wr_ok $D/state on
	expect_hot hot 40
	wr_ok $D/state off
	set -- $(range hot)
	frames_at $W_PID $1 $2 $W_MAP_START $1
	system_ram >/tmp/ram
	paddr_kdamond /tmp/ram
	wr_ok $D/state on
	expect_found 16 64
	wr_ok $D/state off
	verify
	stop_workload $W_PID
}

it "hugetlb: private, the hot range is found by virtual and by physical address"
start_workload <<'END'
map 96M
hugetlb 2M
hot 64M 32M 5
END
found_in_both

it "hugetlb: shared, the hot range is found by virtual and by physical address"
start_workload <<'END'
map 96M
hugetlb 2M
shared
hot 64M 32M 5
END
found_in_both

it "hugetlb: processes that share page tables come and go"
fresh /tmp/share.out
hugeshare 64 >/tmp/share.out &
W_PID=$!
within 30 grep -q ^ready /tmp/share.out || wrong "it did not start: $(cat /tmp/share.out)"
W_MAP_START=$(awk '/^map/ { print $2 }' /tmp/share.out)
W_MAP_END=$(awk '/^map/ { print $3 }' /tmp/share.out)
kdamonds 2
use_kdamond 1
wr_ok $C/operations paddr
intervals 1000 20000 1000000
frames $W_PID $W_MAP_START $W_MAP_END >/tmp/shared
regions_of /tmp/shared
wr_ok $D/state on
use_kdamond 0
target $W_PID
intervals $((1000 * PATIENCE)) $((20000 * PATIENCE)) 100000
wr_ok $C/schemes/nr_schemes 1
scheme $S stat
wr_ok $D/state on
# always in use: one scheme would see it
busy() { snapshot; hot=$(regions | covered_in_map); [ "$hot" -ge 500 ]; }
covered_in_map() { covered $W_MAP_START $W_MAP_END 5; }
within 30 busy || wrong "only $hot permille are seen as accessed"
sleep ${CHURN_SECONDS:-6}
is_on || wrong "the kdamond ended"
kill $W_PID
wait $W_PID || wrong "it ended with status $?"
grep -q '^hugeshare ok' /tmp/share.out || wrong "$(cat /tmp/share.out)"
within 10 is_off || wrong "the kdamond outlives its target"
use_kdamond 1
is_on || wrong "that of paddr ended"
wr_ok $D/state off
use_kdamond 0

it "hugetlb: all huge pages can be freed"
unload
freed() { [ "$(awk '/^HugePages_Free/ { print $2 }' /proc/meminfo)" = 64 ]; }
within 10 freed || wrong "$(grep HugePages /proc/meminfo | tr '\n' ' ')"
echo 0 >$POOL
[ "$(cat $POOL)" = 0 ] || wrong "$(cat $POOL) huge pages stay"
finish
