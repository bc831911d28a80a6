# Data attribute probes: how much of physical memory has what they ask for, and where.  And physical
# memory whose addresses are in units.
. /guest/lib.sh
. /guest/hot.sh
load || exit

PROBES=$C/monitoring_attrs/probes

# filter PROBE TYPE MATCHING ALLOW [PATH]: the only one of a probe
filter() {
	wr_ok $PROBES/$1/filters/nr_filters 1
	wr_ok $PROBES/$1/filters/0/type $2
	wr_ok $PROBES/$1/filters/0/matching $3
	wr_ok $PROBES/$1/filters/0/allow $4
	[ -z "${5-}" ] || wr_ok $PROBES/$1/filters/0/path "$5"
}

# hits_of PROBE: "start end hits" of each tried region, in order
hits_of() {
	_n=0
	while [ -d "$S/tried_regions/$_n" ]; do
		read -r _start <"$S/tried_regions/$_n/start"
		read -r _end <"$S/tried_regions/$_n/end"
		read -r _hits <"$S/tried_regions/$_n/probes/$1/hits"
		echo "$_start $_end $_hits"
		_n=$((_n + 1))
	done
}

# mib_of: sum of the sizes of regions "start end hits", weighted with how often a sample was a hit
mib_of() { awk -v n=$SAMPLES '{ sum += ($2 - $1) / 1048576 * $3 / n } END { printf "%d\n", sum }'; }

# between MIN MAX PROBE: so many MiB have what it asks for
between() {
	snapshot
	mib=$(hits_of $3 | mib_of)
	[ "$mib" -ge "$1" ] && [ "$mib" -le "$2" ]
}

# ---- Probes ----

it "probes: cgroups that are not there are refused, and named"
system_ram >/tmp/ram
paddr_kdamond /tmp/ram
wr_ok $PROBES/nr_probes 2
filter 0 anon Y Y
filter 1 memcg Y Y
wr_fails EINVAL $D/state on
reads $D/last_error "contexts/0/monitoring_attrs/probes/1/filters/0/path: no such memory cgroup ''"
filter 1 memcg Y Y /nowhere
wr_fails EINVAL $D/state on
reads $D/last_error "contexts/0/monitoring_attrs/probes/1/filters/0/path: no such memory cgroup '/nowhere'"

it "probes: so much of the memory is anonymous, so much is charged to a cgroup"
CG=/tmp/cgroup
mkdir $CG
mount -t cgroup2 none $CG || wrong "no cgroups"
echo +memory >$CG/cgroup.subtree_control
mkdir $CG/group
echo $$ >$CG/group/cgroup.procs
start_workload <<'END'
map 192M
END
echo $$ >$CG/cgroup.procs
filter 1 memcg Y Y /group
wr_ok $D/state on
# What else is anonymous is little.
within 30 between 130 290 0 || wrong "$mib MiB are anonymous, of which 192 are the workload's"
within 30 between 130 260 1 || wrong "$mib MiB are of the cgroup, of which 192 are the workload's"
[ -d $S/tried_regions/0/probes/1 ] || wrong "no hits of the second probe"
[ ! -d $S/tried_regions/0/probes/2 ] || wrong "hits of a third probe"

it "probes: a commit changes them, and a bad one does not"
filter 1 memcg Y Y /nowhere
wr_fails EINVAL $D/state commit
within 30 between 130 260 1 || wrong "$mib MiB are of the cgroup after a commit that was refused"
filter 1 memcg N Y /group
wr_ok $D/state commit
total=$(awk '{ sum += ($2 - $1) / 1048576 } END { printf "%d\n", sum }' /tmp/ram)
within 30 between $((total - 260)) $((total - 130)) 1 ||
	wrong "$mib MiB of $total are not of the cgroup, which has 192"
wr_ok $PROBES/nr_probes 0
wr_ok $D/state commit
snapshot
[ ! -d $S/tried_regions/0/probes ] || wrong "hits of probes that are gone"
wr_ok $D/state off

it "probes: with a weight, regions follow what they find"
frames $W_PID $W_MAP_START $W_MAP_END >/tmp/anon
paddr_kdamond /tmp/ram
wr_ok $PROBES/nr_probes 1
wr_ok $PROBES/0/weight 1
filter 0 anon Y Y
wr_ok $D/state on
anon_found() {
	between 150 260 0 && part=$(hits_of 0 | overlap /tmp/anon 10) && [ "$part" -ge 800 ]
}
within 60 anon_found || wrong "$mib MiB are anonymous, with $part permille of the workload's frames"
same "regions with accesses" 0 "$(regions | awk '$3 > 0' | wc -l)"
wr_ok $D/state off

it "probes: weights that may overflow are refused"
wr_ok $C/monitoring_attrs/intervals/sample_us 1000 # of 400000
wr_fails EINVAL $D/state on
wr_ok $PROBES/0/weight 0
wr_ok $D/state on
wr_ok $D/state off

it "probes: hits are in the trace and in snapshots"
trace_with_us
wr_ok $PROBES/nr_probes 2
intervals 5000 50000 1000000
echo 1 >$group/damon_region_aggregated/enable
wr_ok $D/state on
within 10 grep -Eq ': damon_region_aggregated: target_id=0 nr_regions=[0-9]+ [0-9]+-[0-9]+: [0-9]+ [0-9]+ probe_hits=[0-9a-f]{2} [0-9a-f]{2}$' $tracing/trace ||
	wrong "the trace has $(grep -v '^#' $tracing/trace | head -n 2)"
echo 0 >$group/damon_region_aggregated/enable
head -n 1 $D/snapshot | grep -q ' probes 2$' || wrong "a snapshot begins with $(head -n 1 $D/snapshot)"
same "numbers of a region in a snapshot" 8 "$(awk 'NR == 2 { print NF }' $D/snapshot)"
wr_ok $D/state off

it "probes: a cgroup may go while a probe asks about it"
intervals 20000 400000 1000000
wr_ok $PROBES/nr_probes 1
filter 0 memcg Y Y /group
wr_ok $D/state on
stop_workload $W_PID
rmdir $CG/group || wrong "the cgroup cannot be removed"
none_left() { between 0 8 0; }
within 30 none_left || wrong "still $mib MiB are of the cgroup"
wr_ok $D/state off
umount $CG

# ---- Units ----

# in_units UNIT FILE: the ranges in units, less what is no whole one
in_units() { awk -v u=$1 '{ printf "%d %d\n", ($1 + u - 1) / u, $2 / u }' $2; }

it "addr_unit: is what addresses are multiplied by"
start_workload <<'END'
map 256M
hot 128M 96M 5
END
set -- $(range hot)
frames_at $W_PID $1 $2 $W_MAP_START $1
in_units 4096 /tmp/ram >/tmp/ram.pages
paddr_kdamond /tmp/ram.pages
wr_ok $C/addr_unit 4096
wr_ok $D/state on
# of regions in pages, in bytes
in_bytes() { awk '{ printf "%.0f %.0f %d %d\n", $1 * 4096, $2 * 4096, $3, $4 }'; }
found_in_pages() {
	snapshot
	hot=$(regions | in_bytes | overlap /tmp/hot 10)
	cold=$(regions | in_bytes | overlap /tmp/cold 10)
	[ "$hot" -ge 700 ] && [ "$cold" -le 300 ]
}
within 60 found_in_pages || wrong "$hot permille of the hot frames and $cold of the cold ones are seen as hot"
same total_bytes "$(awk '{ sum += $2 - $1 } END { print sum }' /tmp/ram.pages)" \
	"$(cat $S/tried_regions/total_bytes)"

it "addr_unit: a commit changes it"
regions_of /tmp/ram
wr_ok $C/addr_unit 1
wr_ok $D/state commit
expect_found 48 160
wr_ok $D/state off

it "addr_unit: what makes no power of two is refused"
wr_fails EINVAL $C/addr_unit 0
wr_ok $C/addr_unit 3
wr_fails EINVAL $D/state on
case $(cat $D/last_error) in
contexts/0/addr_unit:*) ;;
*) wrong "last_error is '$(cat $D/last_error)'" ;;
esac
wr_ok $C/operations vaddr # which takes no note of it
wr_ok $C/targets/nr_targets 1
wr_ok $C/targets/0/pid_target $W_PID
wr_ok $D/state on
wr_ok $D/state off
stop_workload $W_PID

unload
finish
