# Unloading while monitoring stops everything first.
. /guest/lib.sh
[ "${DAMON_IN_TREE-0}" = 0 ] || exit 0
load || exit

it "unload: while two kdamonds monitor"
start_workload <<'END'
map 32M
hot 0 8M 5
END
kdamonds 2
for n in 0 1; do
	use_kdamond $n
	intervals 5000 100000 1000000
	target $W_PID
	wr_ok $D/state on
done
pids="$(cat $K/0/pid) $(cat $K/1/pid)"
sleep 1
rmmod damon || wrong "rmmod failed"
[ ! -e $ROOT ] || wrong "$ROOT is still there"
for pid in $pids; do [ ! -d /proc/$pid ] || wrong "kdamond $pid is still there"; done
verify

it "unload: and it can be loaded again"
load
unload
stop_workload $W_PID
finish
