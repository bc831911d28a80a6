# The state file: its commands and their errors.
. /guest/lib.sh
load || exit

start_workload <<'END'
map 16M
hot 0 4M 10
END

# commands that need a running kdamond
LIVE="commit commit_schemes_quota_goals update_schemes_stats update_schemes_tried_bytes
update_schemes_tried_regions update_schemes_effective_quotas update_tuned_intervals"

# says SENTENCE: in last_error, which only we have
says() { [ "${DAMON_IN_TREE-0}" = 1 ] || reads $D/last_error "$1"; }

it "state: unknown keywords"
one_kdamond $W_PID
for word in '' onn 'on off' ON 1 commits; do wr_fails EINVAL $D/state "$word"; done
says 'state: unknown keyword'
is_off || wrong "not off"

it "state: commands that need a context, without one"
wr_ok $D/contexts/nr_contexts 0
for word in on $LIVE clear_schemes_tried_regions; do
	wr_fails EINVAL $D/state $word
done
says 'contexts/nr_contexts: is not 1'

it "state: off, commit and updates before it was ever on"
one_kdamond $W_PID
for word in off $LIVE; do
	wr_fails EINVAL $D/state $word
done
says 'state: the kdamond was never on'
wr_ok $D/state clear_schemes_tried_regions

# on_fails FILE VALUE: `on` is refused with that value staged
on_fails() {
	was=$(cat $1)
	wr_ok $1 $2
	wr_fails EINVAL $D/state on
	is_off || wrong "it runs with ${1#"$C"/} = $2"
	wr_ok $1 $was
}

it "state: on refuses bad attributes"
attrs=$C/monitoring_attrs
on_fails $attrs/nr_regions/min 2
on_fails $attrs/nr_regions/max 5
on_fails $attrs/intervals/sample_us 10000000

says 'contexts/0/monitoring_attrs/intervals/sample_us: above aggr_us'

it "state: on refuses a process that is not there"
on_fails $C/targets/0/pid_target 4194303
says 'contexts/0/targets/0/pid_target: no such process'
on_fails $C/targets/0/pid_target -1

it "state: on refuses an operations set that is not available"
for op in vaddr fvaddr paddr; do
	grep -qx $op $C/avail_operations || on_fails $C/operations $op
done

it "state: on refuses unsorted, overlapping and empty regions"
regions=$C/targets/0/regions
wr_ok $regions/nr_regions 2
# two_regions START END START END
two_regions() {
	wr_ok $regions/0/start $1
	wr_ok $regions/0/end $2
	wr_ok $regions/1/start $3
	wr_ok $regions/1/end $4
}
two_regions 0x200000 0x300000 0x100000 0x180000
wr_fails EINVAL $D/state on
two_regions 0x100000 0x300000 0x200000 0x400000
wr_fails EINVAL $D/state on
two_regions 0x100000 0x200000 0x300000 0x300000
wr_fails EINVAL $D/state on
says 'contexts/0/targets/0/regions/1/end: not above start'
wr_ok $regions/nr_regions 0

it "state: on, and what it says then"
wr_ok $D/state on
says ''
reads $D/state on
pid=$(kdamond_pid)
[ -d /proc/$pid ] || wrong "no process $pid"
case $(cat /proc/$pid/comm 2>&1) in kdamond*) ;; *) wrong "pid $pid is $(cat /proc/$pid/comm)" ;; esac

it "state: what a running kdamond refuses"
wr_fails EBUSY $D/state on
wr_fails EBUSY $K/nr_kdamonds 0
wr_fails EBUSY $K/nr_kdamonds 2
wr_fails EINVAL $D/state nonsense
is_on || wrong "not on any more"

it "state: off, and what it says then"
wr_ok $D/state off
reads $D/state off
reads $D/pid -1
within 5 [ ! -d /proc/$pid ] || wrong "process $pid is still there"

it "state: commands after it ended"
if [ "${DAMON_IN_TREE-0}" = 0 ]; then
	for word in $LIVE; do
		wr_fails ECANCELED $D/state $word
	done
	says 'state: the kdamond has ended'
	wr_ok $D/state off
fi

it "state: on and off twenty times"
n=0
while [ $n -lt 20 ] && [ -z "$WRONG" ]; do
	wr_ok $D/state on
	wr_ok $D/state off
	n=$((n + 1))
done

it "state: on without targets ends by itself"
wr_ok $C/targets/nr_targets 0
wr_ok $D/state on
within 5 is_off || wrong "still on"

stop_workload $W_PID
unload
finish
