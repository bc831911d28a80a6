# What it takes to read 1000 regions: one directory a region, or one file.  Under
# --icount a nanosecond is an instruction.  Where the kernel has its own DAMON, that
# one's directories are measured too.
# shellcheck shell=dash disable=SC1091,SC2086
. /guest/lib.sh

# prepare: exactly 1000 regions
prepare() {
	kdamonds 1
	intervals 5000 100000 60000000
	wr_ok $C/monitoring_attrs/nr_regions/min 1000
	wr_ok $C/monitoring_attrs/nr_regions/max 1000
	target $W_PID
	wr_ok $C/schemes/nr_schemes 1
	scheme $S stat
	wr_ok $D/state on
	sleep 3
}

# measure WHO WAY TIMES
measure() { data "readout $1 $2 $(readout $D $2 $3)"; }

it "bench-snapshot: measures"
start_workload <<'END'
map 256M
END
load
use_tree $OUR_ROOT
prepare
measure damon.ko snapshot 20
measure damon.ko directories 5
wr_ok $D/state off
if [ "$HAS_IN_TREE" = 1 ]; then
	use_tree $IN_TREE_ROOT
	prepare
	measure in-tree directories 5
	wr_ok $D/state off
	stop_all
fi
stop_workload $W_PID
use_tree $OUR_ROOT
unload
finish
