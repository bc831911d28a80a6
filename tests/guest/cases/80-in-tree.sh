# Where the kernel has its own DAMON, both work, at the same time and on the same
# process.
. /guest/lib.sh
[ "$HAS_IN_TREE" = 1 ] && [ "${DAMON_IN_TREE-0}" = 0 ] || exit 0
load || exit

it "in-tree: the kernel's own DAMON and ours both find the hot range"
start_workload <<'END'
map 64M
hot 16M 8M 5
END
one_kdamond $W_PID
wr_ok $D/state on
use_tree $IN_TREE_ROOT
one_kdamond $W_PID
wr_ok $D/state on
found() { snapshot; [ "$(regions | covered $(range hot) 5)" -ge 700 ]; }
within 40 found || wrong "the kernel's does not"
wr_ok $D/state off
use_tree $OUR_ROOT
within 40 found || wrong "ours does not"
wr_ok $D/state off
stop_workload $W_PID
unload

it "in-tree: the kernel's own is as it was"
use_tree $IN_TREE_ROOT
reads $K/nr_kdamonds 1
reads $K/0/state off
wr_ok $K/nr_kdamonds 0
finish
