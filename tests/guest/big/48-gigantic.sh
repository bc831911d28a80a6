# Huge pages of 1 GiB: one accessed bit for many regions, and for the scouts among them.
# Boot with -m 5120 -p hugepagesz=1G -p hugepages=2.
. /guest/lib.sh
. /guest/hot.sh
load || exit
POOL=/sys/kernel/mm/hugepages/hugepages-1048576kB
GIB=$((1 << 30))
PATIENCE=4	# they are cleared first

it "gigantic: there are two pages"
same "the pool" 2 "$(cat $POOL/nr_hugepages)"
start_workload <<'END'
map 2G
hugetlb 1G
bare
hot 1G 16M 5
END
[ -n "$W_MAP_END" ] || { finish; exit; }
HOT_START=$((W_MAP_START + GIB)) HOT_END=$W_MAP_END

it "gigantic: the accessed one is found by virtual address"
one_kdamond $W_PID
wr_ok $D/state on
expect_hot_at $HOT_START $HOT_END 40

it "gigantic: the other stays cold, whoever looks at it"
# both have been accessed once, so there is a bit to be taken and put back, in each sample
n=0
while [ $n -lt 10 ]; do
	snapshot
	cold=$(regions | covered $W_MAP_START $HOT_START 5)
	[ "$cold" -le 50 ] || wrong "$cold permille of it are seen as accessed"
	n=$((n + 1))
done
wr_ok $D/state off

it "gigantic: the accessed one is found by physical address"
frames_at $W_PID $HOT_START $HOT_END $W_MAP_START $HOT_START
system_ram >/tmp/ram
paddr_kdamond /tmp/ram
wr_ok $D/state on
expect_found 700 1400
wr_ok $D/state off

it "gigantic: nothing is accessed, nothing is seen"
stop_workload $W_PID
start_workload <<'END'
map 2G
hugetlb 1G
bare
shared
END
one_kdamond $W_PID
wr_ok $D/state on
sleep 3
n=0
while [ $n -lt 10 ]; do
	snapshot
	cold=$(regions | covered $W_MAP_START $W_MAP_END 5)
	[ "$cold" -le 50 ] || wrong "$cold permille are seen as accessed"
	n=$((n + 1))
done
wr_ok $D/state off
stop_workload $W_PID

it "gigantic: the pages can be freed"
unload
same "free pages" 2 "$(cat $POOL/free_hugepages)"
echo 0 >$POOL/nr_hugepages
same "the pool" 0 "$(cat $POOL/nr_hugepages)"
finish
