# Migration between NUMA nodes: where the pages are afterwards.  On a machine with one node (boot.sh
# has an option for two), that nothing happens.
. /guest/lib.sh
load || exit
[ ! -e /proc/sys/kernel/numa_balancing ] || echo 0 >/proc/sys/kernel/numa_balancing

NODE1=/sys/devices/system/node/node1
[ -d $NODE1 ] && HAS_TWO=1 || HAS_TWO=0

# of_map FIELD: that field of /proc/PID/smaps, in MiB, over the workload's map
of_map() {
	awk -v from="$(printf %x "$W_MAP_START")" -v to="$(printf %x "$W_MAP_END")" -v field="$1:" '
	$1 ~ /^[0-9a-f]+-[0-9a-f]+$/ { split($1, a, "-"); mine = a[1] >= from && a[2] <= to }
	mine && $1 == field { sum += $2 }
	END { printf "%d\n", sum / 1024 }' "/proc/$W_PID/smaps"
}

# on_node NODE: MiB of the map that are there
on_node() {
	awk -v from="$(printf %x "$W_MAP_START")" -v to="$(printf %x "$W_MAP_END")" -v node="N$1" '
	{ mine = $1 >= from && $1 < to; kib = 4; n = 0 }
	mine {
		for (i = 2; i <= NF; i++) {
			split($i, f, "=")
			if (f[1] == node) n = f[2]
			if (f[1] == "kernelpagesize_kB") kib = f[2]
		}
		sum += n * kib
	}
	END { printf "%d\n", sum / 1024 }' "/proc/$W_PID/numa_maps"
}

between() {
	_min=$1 _max=$2
	shift 2
	GOT=$("$@")
	[ "$GOT" -ge "$_min" ] && [ "$GOT" -le "$_max" ]
}
# becomes MIN MAX COMMAND...
becomes() { within 60 between "$@" || wrong "$* is $GOT"; }

stat_of() {
	wr_ok $D/state update_schemes_stats
	cat $S/stats/$1
}

# migrate_scheme ACTION NODE: over all regions
migrate_scheme() {
	wr_ok $C/schemes/nr_schemes 1
	scheme $S "$1"
	wr_ok $S/target_nid "$2"
}

# on_ram ACTION NODE [FILTER]...: what is charged to the cgroup w, wherever it is
on_ram() {
	kdamonds 1
	intervals 20000 200000 10000000
	on_all_ram
	migrate_scheme "$1" "$2"
	shift 2
	filters "memcg N N memcg_path=/w" "$@"
}

# on_process ACTION NODE [FILTER]...: the workload's map
on_process() {
	kdamonds 1
	intervals 20000 200000 10000000
	target $W_PID
	wr_ok $C/operations fvaddr
	wr_ok $C/targets/0/regions/nr_regions 1
	wr_ok $C/targets/0/regions/0/start $W_MAP_START
	wr_ok $C/targets/0/regions/0/end $W_MAP_END
	migrate_scheme "$1" "$2"
	shift 2
	filters "$@"
}

isolated() { awk '/^nr_isolated_/ { sum += $2 } END { print sum }' /proc/vmstat; }

# moves_and_returns ON: to node 1, and back; then the account of isolated pages is even
moves_and_returns() {
	$1 migrate_cold 1
	wr_ok $D/state on
	becomes 64 64 on_node 1
	applied=$(($(stat_of sz_applied) / 1048576))
	[ $applied -ge 64 ] && [ $applied -le 72 ] || wrong "sz_applied is $applied MiB"
	# what is there already is not moved again
	sleep 1
	again=$(($(stat_of sz_applied) / 1048576))
	[ $((again - applied)) -le 1 ] || wrong "sz_applied grew from $applied to $again MiB"
	wr_ok $S/action migrate_hot
	wr_ok $S/target_nid 0
	wr_ok $D/state commit
	becomes 64 64 on_node 0
	wr_ok $D/state off
	verify
	becomes 0 0 isolated
}

workload_of() { # KIND
	case $1 in
	4K) printf 'map 64M\n' ;;
	huge) printf 'map 64M\nthp\n' ;;
	file) printf 'map 64M\nfile 0 64M\n' ;;
	esac >/tmp/plan
	memcg w start_workload </tmp/plan
}

if [ $HAS_TWO = 1 ]; then
	for kind in 4K huge file; do
		it "migrate: pages of a process, $kind"
		workload_of $kind
		moves_and_returns on_process
		it "migrate: physical memory, $kind"
		moves_and_returns on_ram
		if [ $kind = huge ]; then
			it "migrate: huge pages stay huge"
			same "AnonHugePages, MiB," 64 "$(of_map AnonHugePages)"
		fi
		stop_workload $W_PID
	done

	it "migrate: filters"
	memcg w start_workload <<'END'
map 64M
huge 0 16M
file 32M 16M
hot 16M 8M 5
END
	on_process migrate_hot 1 "young Y Y"
	wr_ok $D/state on
	becomes 8 64 on_node 1
	sleep 2
	# all was young once, when it was written
	on_process migrate_cold 0 "young N Y"
	wr_ok $D/state on
	becomes 50 61 on_node 0
	sleep 2
	becomes 50 61 on_node 0
	on_process migrate_cold 0
	wr_ok $D/state on
	becomes 0 0 on_node 1
	on_process migrate_cold 1 "anon N Y"
	wr_ok $D/state on
	becomes 16 16 on_node 1
	on_ram migrate_cold 1 "hugepage_size Y Y min=2097152 max=$ULONG_MAX"
	wr_ok $D/state on
	becomes 32 32 on_node 1
	wr_ok $D/state off
	verify
	stop_workload $W_PID

	for kind in 4K huge; do
		it "migrate: dests, three pages here and one there, $kind"
		workload_of $kind
		on_process migrate_hot -1
		wr_ok $S/dests/nr_dests 2
		wr_ok $S/dests/0/id 1
		wr_ok $S/dests/0/weight 3
		wr_ok $S/dests/1/id 0
		wr_ok $S/dests/1/weight 1
		wr_ok $D/state on
		becomes 47 49 on_node 1
		sleep 1
		applied=$(($(stat_of sz_applied) / 1048576))
		[ $applied -ge 46 ] && [ $applied -le 50 ] || wrong "sz_applied is $applied MiB"
		# another mix moves no more than it must
		wr_ok $S/dests/0/weight 1
		wr_ok $D/state commit
		becomes 31 33 on_node 1
		wr_ok $S/dests/0/weight 0
		wr_ok $D/state commit
		becomes 0 0 on_node 1
		# all weights 0
		wr_ok $S/dests/1/weight 0
		wr_ok $S/target_nid 1
		wr_ok $D/state commit
		sleep 1
		becomes 0 0 on_node 1
		wr_ok $D/state off
		verify
		stop_workload $W_PID
	done

	it "migrate: to a node that is full, nothing more fits"
	free=$(awk '/MemFree/ { print int($4 / 1024) }' $NODE1/meminfo)
	memcg other start_workload <<END
map ${free}M
END
	filler=$W_PID
	on_process migrate_cold 1
	wr_ok $D/state on
	becomes $((free - 64)) $free on_node 1
	sleep 2
	wr_ok $D/state off
	workload_of 4K
	on_process migrate_cold 1
	wr_ok $D/state on
	sleep 5
	[ "$(on_node 0)" -ge 16 ] || wrong "only $(on_node 0) MiB stayed, and node 1 was full"
	wr_ok $D/state off
	verify
	becomes 0 0 isolated
	stop_workload $W_PID
	stop_workload $filler
fi

workload_of 4K
if [ "${DAMON_IN_TREE-0}" = 0 ]; then
	it "migrate: to a node that is none is refused"
	for node in -1 7 4096 2147483647; do
		for on in on_process on_ram; do
			$on migrate_hot $node
			wr_fails EINVAL $D/state on
		done
	done
	on_process migrate_hot 0
	wr_ok $C/schemes/text "stat
migrate_cold to node 0
migrate_cold to node 7"
	wr_fails EINVAL $D/state on
	reads $D/last_error "contexts/0/schemes/2/target_nid: this machine has no such node"
	wr_ok $C/schemes/text "migrate_cold to nodes 0:1"
	wr_ok $D/state on
	wr_ok $S/dests/0/id 7
	wr_fails EINVAL $D/state commit
	reads $D/last_error "contexts/0/schemes/0/dests/0/id: this machine has no such node"
	is_on || wrong "it is off after a commit that was refused"
	wr_ok $D/state off
	verify
	unload
	load silent_unsupported=1
fi

it "migrate: mainline's silence about it, if wanted"
before=$(on_node 0)
for on in on_process on_ram; do
	$on migrate_hot 7
	wr_ok $D/state on
	sleep 1
	[ "$(stat_of nr_tried)" -gt 0 ] || wrong "nothing was tried"
	reads $S/stats/sz_applied 0
done
same "MiB on node 0" "$before" "$(on_node 0)"
verify
unload
load

if [ $HAS_TWO = 1 ]; then
	it "migrate: unload while memory goes there and back"
	kdamonds 1
	intervals 5000 20000 1000000
	on_all_ram
	wr_ok $C/schemes/nr_schemes 2
	for node in 0 1; do
		scheme $C/schemes/$node migrate_hot
		wr_ok $C/schemes/$node/target_nid $node
	done
	wr_ok $D/state on
	sleep 3
	uptime_s
	begin=$NOW
	[ "${DAMON_IN_TREE-0}" = 1 ] || rmmod damon || wrong "rmmod failed"
	uptime_s
	[ $((NOW - begin)) -le $((5 * PATIENCE)) ] || wrong "it took $((NOW - begin)) s"
	verify
	becomes 0 0 isolated
	stop_workload $W_PID
else
	stop_workload $W_PID
	unload
fi
finish
