# Actions on physical memory: what they do to it, not what they return.
. /guest/lib.sh
load || exit
swap_on

stat_of() {
	wr_ok $D/state update_schemes_stats
	cat $S/stats/$1
}

# between MIN MAX COMMAND...: what it prints is, as GOT
between() {
	_min=$1 _max=$2
	shift 2
	GOT=$("$@")
	[ "$GOT" -ge "$_min" ] && [ "$GOT" -le "$_max" ]
}
# becomes MIN MAX COMMAND...
becomes() { within 60 between "$@" || wrong "$* is $GOT"; }

rss_mib() { echo $(($(kib $W_PID VmRSS) / 1024)); }
swap_mib() { echo $(($(kib $W_PID VmSwap) / 1024)); }

# pages_out KIND: the cold part goes to swap, what is hot stays
pages_out() {
	act_on_cgroup pageout
	becomes 0 24 rss_mib
	sleep 2
	[ "$(rss_mib)" -ge 8 ] || wrong "$1: $(rss_mib) MiB are resident, of which 8 are hot"
	applied=$(stat_of sz_applied)
	[ $((applied / 1048576)) -ge 38 ] || wrong "$1: sz_applied is $applied"
	# what it spares, for it is young, did not pass
	passed=$(stat_of sz_ops_filter_passed)
	[ "$passed" -ge "$applied" ] || wrong "$1: $passed passed the filters, $applied were applied"
	wr_ok $D/state off
	verify
}

it "paddr pageout: a cold range leaves, a hot one stays"
memcg w start_workload <<'END'
map 64M
hot 16M 8M 5
END
pages_out 4K
[ "$(swap_mib)" -eq 0 ] || wrong "$(swap_mib) MiB are still in swap after all was read"
stop_workload $W_PID

it "paddr pageout: huge pages"
memcg w start_workload <<'END'
map 64M
thp
hot 16M 8M 5
END
pages_out huge
stop_workload $W_PID

it "paddr pageout: of a file"
memcg w start_workload <<'END'
map 64M
file 0 64M
hot 16M 8M 5
END
pages_out file
stop_workload $W_PID

it "paddr pageout: page cache that nobody maps"
cat /sys/class/zram-control/hot_add >/tmp/zram
disk=zram$(cat /tmp/zram)
echo 64M >/sys/block/$disk/disksize
exec 9</dev/$disk # its page cache goes with the last who has it open
dd if=/dev/urandom of=/dev/$disk bs=1M count=48 conv=fsync 2>/dev/null
echo 3 >/proc/sys/vm/drop_caches
memcg w dd if=/dev/$disk of=/dev/null bs=1M count=48 2>/dev/null
becomes 44 64 memcg_mib w file
act_on_cgroup pageout
becomes 0 4 memcg_mib w file
wr_ok $D/state off

it "paddr pageout: nothing of what is locked in memory"
memcg w dd if=/dev/$disk of=/dev/null bs=1M count=4 2>/dev/null
memcg w start_workload <<'END'
map 16M
locked
END
act_on_cgroup pageout
becomes 0 1 memcg_mib w file
sleep 2
[ "$(rss_mib)" -ge 16 ] || wrong "only $(rss_mib) of 16 MiB are resident"
wr_ok $D/state off
stop_workload $W_PID

# The multi-generation LRU keeps anonymous memory that was deactivated in its second youngest
# generation, which it calls active too.  So ask for the youngest.
# on_top_mib MODE, below_mib MODE: anonymous memory that is active, or in the youngest generation;
# and all other
generations() {
	awk -v which="$1" '
	$1 == "memcg" { mine = $3 == "/w" }
	mine && NF == 4 && $1 != "memcg" { sum += last; last = $3 }
	END { printf "%d\n", (which == "top" ? last : sum) / 256 }' /sys/kernel/debug/lru_gen
}
on_top_mib() { if [ "$1" = y ]; then generations top; else memcg_mib w active_anon; fi; }
below_mib() { if [ "$1" = y ]; then generations below; else memcg_mib w inactive_anon; fi; }

# moves MODE: between the lists, with the multi-generation LRU or not
moves() {
	memcg w start_workload <<'END'
map 32M
END
	act_on_cgroup lru_deprio
	becomes 30 48 below_mib $1
	becomes 0 4 on_top_mib $1
	wr_ok $D/state off
	act_on_cgroup lru_prio
	becomes 30 48 on_top_mib $1
	becomes 0 4 below_mib $1
	applied=$(stat_of sz_applied)
	[ $((applied / 1048576)) -ge 30 ] || wrong "sz_applied is $applied"
	wr_ok $D/state off
	act_on_cgroup lru_deprio
	becomes 30 48 below_mib $1
	wr_ok $D/state off
	verify
	stop_workload $W_PID
}

if [ -e $MGLRU ]; then
	lru_gen=$(cat $MGLRU)
	for mode in n y; do
		it "paddr lru_deprio, lru_prio: multi-generation LRU $mode"
		set_lru_gen $mode
		moves $mode
	done
	set_lru_gen "$lru_gen"
else
	it "paddr lru_deprio, lru_prio"
	moves -
fi

it "paddr: actions that are none on physical memory are refused"
kdamonds 1
on_all_ram
wr_ok $C/schemes/nr_schemes 1
scheme $S collapse
wr_fails EOPNOTSUPP $D/state on

it "paddr: unload while all memory is paged out"
memcg w start_workload <<'END'
map 64M
END
act_on_cgroup pageout
sleep 1
if [ "${DAMON_IN_TREE-0}" = 0 ]; then
	uptime_s
	begin=$NOW
	rmmod damon || wrong "rmmod failed"
	uptime_s
	[ $((NOW - begin)) -le $((5 * PATIENCE)) ] || wrong "it took $((NOW - begin)) s"
fi
verify
stop_workload $W_PID
swapoff /dev/zram0 || wrong "swapoff failed"
echo 1 >/sys/block/zram0/reset
exec 9<&-
echo 1 >/sys/block/$disk/reset

finish
