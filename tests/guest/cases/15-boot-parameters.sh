# Module parameters start a kdamond at load, or refuse the load.
. /guest/lib.sh
[ "${DAMON_IN_TREE-0}" = 0 ] || exit 0
[ ! -d /sys/module/damon ] || unload

# refused SENTENCE PARAMETER...: the load fails, the log says so, nothing is left
refused() {
	_sentence=$1
	shift
	_said=$(insmod /damon.ko "$@" 2>&1) && { wrong "loaded with $*"; unload; return; }
	echo "$_said" | grep -qi 'invalid' || wrong "insmod said '$_said'"
	dmesg | tail -n 5 | grep -qF "not loaded: $_sentence" || wrong "the log has no '$_sentence'"
	[ ! -e $OUR_ROOT ] || wrong "$OUR_ROOT is there"
	[ ! -e /sys/module/damon ] || wrong "the module is there"
}

it "boot parameters: physical memory with schemes"
load ops=paddr sample=20ms aggr=200ms regions=20..200 refresh=300ms \
	'schemes="stat accesses 0% age 1s..; stat size 4K.."' || { finish; exit; }
is_on || wrong "it is not on"
reads $C/operations paddr
reads $C/monitoring_attrs/intervals/aggr_us 200000
reads $C/monitoring_attrs/nr_regions/max 200
reads $C/schemes/text "stat accesses 0% age 1s..
stat size 4K.."
reads $C/targets/0/regions/0/start "$(system_ram | head -n 1 | cut -d ' ' -f 1)"
tried() { [ "$(cat $S/../1/stats/nr_tried)" -gt 0 ]; }
within 20 tried || wrong "the second scheme tried nothing, or statistics do not refresh"
[ "$(wc -l <$D/snapshot)" -gt 20 ] || wrong "$(wc -l <$D/snapshot) lines in snapshot"

it "boot parameters: what was started can be changed"
wr_ok $C/schemes/text 'stat accesses 5%..'
wr_ok $D/state commit
wr_ok $D/state off
wr_ok $D/state on
is_on || wrong "it is not on again"
unload

it "boot parameters: a process"
sleep 1000 &
child=$!
if load ops=vaddr pid=$child sample=20ms aggr=200ms; then
	is_on || wrong "it is not on"
	kill $child
	within 10 is_off || wrong "it did not end with the process"
	unload
fi

it "boot parameters: a wrong one refuses the load"
refused "schemes: line 1, column 21: 'qota': unknown word, did you mean 'quota'?" \
	ops=paddr 'schemes="pageout accesses 0% qota 1M"'
refused "ranges: column 8: '8G': the range ends before it begins" ops=paddr ranges=1G..2G,8G..4G
refused "ops: is needed with any of the others" sample=5ms
refused "contexts/0/targets/0/pid_target: no such process" ops=vaddr pid=2147483647
finish
