# KSM pages, which several processes share: young is what any of them accesses.
. /guest/lib.sh
load || exit
swap_on

KSM=/sys/kernel/mm/ksm

merged() { [ "$(cat $KSM/pages_sharing)" -ge 2000 ]; }
swap_mib() { echo $(($(kib $1 VmSwap) / 1024)); }
paged_out() { [ "$(swap_mib $cold)" -ge 5 ] && [ "$(swap_mib $W_PID)" -ge 5 ]; }

it "ksm: two processes share their memory"
memcg w start_workload <<'END'
map 8M
mergeable
END
cold=$W_PID
memcg w start_workload <<'END'
map 8M
mergeable
hot 2M 2M 5
END
# on a slow machine the workload would leave ksmd no time
kill -STOP $W_PID
renice -10 -p "$(pidof ksmd)" >/dev/null
echo 2000 >$KSM/pages_to_scan
echo 20 >$KSM/sleep_millisecs
echo 1 >$KSM/run
within 60 merged || wrong "only $(cat $KSM/pages_sharing) pages are shared"
echo 0 >$KSM/run
kill -CONT $W_PID

it "ksm: the filter young tells what one of them accesses"
act_on_cgroup stat "young Y Y"
expect_passed 2 5
sleep 1
expect_passed 2 5
wr_ok $D/state off

it "ksm: what none of them accesses is paged out"
act_on_cgroup pageout
within 30 paged_out || wrong "$(swap_mib $cold) and $(swap_mib $W_PID) MiB are in swap"
for pid in $cold $W_PID; do
	[ "$(swap_mib $pid)" -le 6 ] || wrong "$(swap_mib $pid) MiB are in swap, 2 of 8 are hot"
done
wr_ok $D/state off
verify
stop_workload $W_PID
stop_workload $cold

unload
finish
