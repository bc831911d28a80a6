# The pageout scheme: what is cold goes to swap, and comes back as it was.
. /guest/lib.sh
load || exit

it "pageout: swap is there"
swap_on

# pageout_scheme: regions without an access for 4 aggregations
pageout_scheme() {
	scheme $S pageout
	wr_ok $S/access_pattern/nr_accesses/max 0
	wr_ok $S/access_pattern/age/min 4
}

# is_small KIB: the workload's resident memory
is_small() { rss=$(kib $W_PID VmRSS); [ "$rss" -le $1 ]; }

# pages_out KIND: the whole story, with 4K or huge pages
pages_out() {
	one_kdamond $W_PID
	pageout_scheme
	before=$(kib $W_PID VmRSS)
	wr_ok $D/state on
	within 60 is_small $((before / 2)) || wrong "$1: RSS went from $before only to $rss KiB"
	swapped=$(kib $W_PID VmSwap)
	[ "$swapped" -ge $((before / 3)) ] || wrong "$1: only $swapped KiB are in swap"
	wr_ok $D/state update_schemes_stats
	tried=$(cat $S/stats/sz_tried)
	applied=$(cat $S/stats/sz_applied)
	[ "$applied" -ge $((swapped * 1024 / 2)) ] || wrong "$1: sz_applied is $applied, $swapped KiB are in swap"
	[ "$applied" -le "$tried" ] || wrong "$1: sz_applied $applied, sz_tried $tried"
	[ "$(cat $S/stats/nr_applied)" -gt 0 ] || wrong "$1: nr_applied is 0"
	# what is in use stays: all of the hot range, and nothing refaults for long
	sleep 2
	hot_kib=$(kib $W_PID VmRSS)
	[ "$hot_kib" -ge 16384 ] || wrong "$1: RSS is $hot_kib KiB, the hot range alone has 16384"
	wr_ok $D/state off
	verify
}

it "pageout: a cold range is paged out, and reads back intact"
start_workload <<'END'
map 128M
hot 16M 16M 5
END
pages_out 4K
stop_workload $W_PID

it "pageout: the same with huge pages"
start_workload <<'END'
map 128M
thp
hot 16M 16M 5
END
pages_out huge
stop_workload $W_PID

it "pageout: a pattern that matches nothing does nothing"
start_workload <<'END'
map 64M
hot 0 8M 5
END
one_kdamond $W_PID
pageout_scheme
wr_ok $S/access_pattern/sz/min 0x100000000000
before=$(kib $W_PID VmRSS)
wr_ok $D/state on
sleep 6
wr_ok $D/state update_schemes_stats
reads $S/stats/nr_applied 0
after=$(kib $W_PID VmRSS)
[ "$after" -ge $((before * 9 / 10)) ] || wrong "RSS went from $before to $after KiB"
wr_ok $D/state off
stop_workload $W_PID

it "pageout: unload while it pages out"
start_workload <<'END'
map 128M
hot 0 8M 5
END
one_kdamond $W_PID
pageout_scheme
wr_ok $S/access_pattern/age/min 0
wr_ok $D/state on
sleep 2
if [ "${DAMON_IN_TREE-0}" = 0 ]; then
	rmmod damon || wrong "rmmod failed"
	[ ! -e $ROOT ] || wrong "$ROOT is still there"
fi
verify
stop_workload $W_PID
swapoff /dev/zram0 || wrong "swapoff failed"
echo 1 >/sys/block/zram0/reset

finish
