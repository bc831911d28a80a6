# Every file: mode, default, what it takes and what it refuses.
. /guest/lib.sh
load || exit

# path mode default; a default of - is not compared, and a path in brackets need not
# be there
table() {
	cat <<'END'
nr_kdamonds 600 1
0/state 600 off
0/pid 400 -1
0/contexts/nr_contexts 600 1
0/contexts/0/avail_operations 400 -
0/contexts/0/operations 600 vaddr
0/contexts/0/monitoring_attrs/intervals/sample_us 600 5000
0/contexts/0/monitoring_attrs/intervals/aggr_us 600 100000
0/contexts/0/monitoring_attrs/intervals/update_us 600 60000000
0/contexts/0/monitoring_attrs/nr_regions/min 600 10
0/contexts/0/monitoring_attrs/nr_regions/max 600 1000
(0/contexts/0/monitoring_attrs/intervals/intervals_goal/access_bp) 600 0
(0/contexts/0/monitoring_attrs/intervals/intervals_goal/aggrs) 600 0
(0/contexts/0/monitoring_attrs/intervals/intervals_goal/min_sample_us) 600 0
(0/contexts/0/monitoring_attrs/intervals/intervals_goal/max_sample_us) 600 0
(0/contexts/0/pause) 600 N
0/contexts/0/targets/nr_targets 600 1
0/contexts/0/targets/0/pid_target 600 0
(0/contexts/0/targets/0/obsolete_target) 600 N
0/contexts/0/targets/0/regions/nr_regions 600 1
0/contexts/0/targets/0/regions/0/start 600 0
0/contexts/0/targets/0/regions/0/end 600 0
0/contexts/0/schemes/nr_schemes 600 1
0/contexts/0/schemes/0/action 600 stat
0/contexts/0/schemes/0/apply_interval_us 600 0
0/contexts/0/schemes/0/access_pattern/sz/min 600 0
0/contexts/0/schemes/0/access_pattern/sz/max 600 0
0/contexts/0/schemes/0/access_pattern/nr_accesses/min 600 0
0/contexts/0/schemes/0/access_pattern/nr_accesses/max 600 0
0/contexts/0/schemes/0/access_pattern/age/min 600 0
0/contexts/0/schemes/0/access_pattern/age/max 600 0
0/contexts/0/schemes/0/stats/nr_tried 400 0
0/contexts/0/schemes/0/stats/sz_tried 400 0
0/contexts/0/schemes/0/stats/nr_applied 400 0
0/contexts/0/schemes/0/stats/sz_applied 400 0
0/contexts/0/schemes/0/stats/nr_snapshots 400 0
0/contexts/0/schemes/0/stats/max_nr_snapshots 600 0
0/contexts/0/schemes/0/tried_regions/total_bytes 400 0
END
}

fresh() {
	kdamonds 1
	wr_ok $C/targets/nr_targets 1
	wr_ok $C/targets/0/regions/nr_regions 1
	wr_ok $C/schemes/nr_schemes 1
}

it "files: each is there, with its mode and default"
fresh
table >/tmp/table
while read -r path mode default; do
	case $path in '('*)
		path=${path#'('}
		path=${path%')'}
		[ -e $K/$path ] || continue ;;
	esac
	[ -e $K/$path ] || { wrong "no $path"; continue; }
	same "mode of $path" "$mode" "$(stat -c %a $K/$path)"
	[ "$default" = - ] || reads $K/$path "$default"
done </tmp/table

it "files: there is no other"
(cd $K && find . -type f) | sed 's,^\./,,' | sort >/tmp/found
cut -d' ' -f1 /tmp/table | tr -d '()' | sort >/tmp/expected
extra=$(sort /tmp/found /tmp/expected /tmp/expected | uniq -u | tr '\n' ' ')
same "files beyond the list" '' "$extra"

it "files: avail_operations lists known keywords, vaddr among them"
grep -qx vaddr $C/avail_operations || wrong "no vaddr: $(cat $C/avail_operations)"
! grep -vxE 'vaddr|fvaddr|paddr' $C/avail_operations || wrong "unknown keyword"

it "files: ulong files take decimal, hex and octal, and refuse the rest"
ulongs="monitoring_attrs/intervals/sample_us monitoring_attrs/intervals/aggr_us
monitoring_attrs/intervals/update_us monitoring_attrs/nr_regions/min monitoring_attrs/nr_regions/max
targets/0/regions/0/start targets/0/regions/0/end schemes/0/apply_interval_us
schemes/0/access_pattern/sz/min schemes/0/access_pattern/sz/max
schemes/0/access_pattern/nr_accesses/min schemes/0/access_pattern/nr_accesses/max
schemes/0/access_pattern/age/min schemes/0/access_pattern/age/max schemes/0/stats/max_nr_snapshots"
for f in $ulongs; do
	f=$C/$f
	wr_ok $f 0x10
	reads $f 16
	wr_ok $f 010
	reads $f 8
	wr_ok $f $ULONG_MAX
	reads $f $ULONG_MAX
	wr_ok $f 42
	for garbage in abc 1x '1 ' ' 1' 1.5 -1 '' '1
2'; do
		wr_fails EINVAL $f "$garbage"
	done
	wr_fails ERANGE $f 18446744073709551616
	reads $f 42
done

it "files: without a newline is fine too"
f=$C/monitoring_attrs/intervals/sample_us
same "the write" OK "$(wr -n $f 7000)"
reads $f 7000

it "files: pid_target is an int that knows only EINVAL"
f=$C/targets/0/pid_target
wr_ok $f 123
reads $f 123
for garbage in abc 99999999999 '' 1x; do wr_fails EINVAL $f "$garbage"; done
reads $f 123

it "files: keywords"
f=$C/operations
for op in $(cat $C/avail_operations); do
	wr_ok $f $op
	reads $f $op
done
for garbage in vaddrs vadd '' 'vaddr x' ' vaddr' VADDR; do wr_fails EINVAL $f "$garbage"; done
reads $f "$op"
f=$S/action
for action in stat pageout; do
	wr_ok $f $action
	reads $f $action
done
for garbage in pageou pageouts '' 'stat ' none; do wr_fails EINVAL $f "$garbage"; done
reads $f pageout

it "files: read-only ones cannot be written"
for f in $D/pid $C/avail_operations $S/stats/nr_tried $S/tried_regions/total_bytes; do
	case $(wr $f 1) in EIO | EACCES) ;; *) wrong "${f#"$K"/} was writable" ;; esac
done

# nr_cycle FILE: what every directory creator does
nr_cycle() {
	f=$1
	dir=$(dirname $f)
	wr_ok $f 1
	[ -d $dir/0 ] && [ ! -e $dir/1 ] || wrong "$f: 1 made $(ls $dir)"
	wr_ok $f 2
	[ -d $dir/0 ] && [ -d $dir/1 ] && [ ! -e $dir/2 ] || wrong "$f: 2 made $(ls $dir)"
	reads $f 2
	wr_fails EINVAL $f -1
	wr_fails EINVAL $f abc
	reads $f 2
	[ -d $dir/1 ] || wrong "$f: a refused write removed children"
	wr_ok $f 0
	[ ! -e $dir/0 ] && [ ! -e $dir/1 ] || wrong "$f: 0 left $(ls $dir)"
	reads $f 0
}

it "files: nr_* go 1, 2, 0 and refuse what is negative"
fresh
nr_cycle $C/targets/0/regions/nr_regions
nr_cycle $C/targets/nr_targets
nr_cycle $C/schemes/nr_schemes
nr_cycle $K/nr_kdamonds

it "files: nr_contexts takes 0 and 1 only"
kdamonds 1
f=$D/contexts/nr_contexts
wr_fails EINVAL $f 2
wr_fails EINVAL $f -1
[ -d $D/contexts/0 ] || wrong "a refused write removed the context"
wr_ok $f 0
[ ! -e $D/contexts/0 ] || wrong "0 left the context"

it "files: writing the same number again is a reset"
fresh
wr_ok $S/action pageout
wr_ok $C/schemes/nr_schemes 1
reads $S/action stat

it "files: a file held open while it is removed reads ENODEV"
fresh
exec 5<$S/action
wr_ok $C/schemes/nr_schemes 0
cat <&5 >/tmp/out 2>&1
grep -q 'No such device' /tmp/out || wrong "it read: $(cat /tmp/out)"
exec 5<&-

it "files: unload with a file held open"
fresh
exec 5<$S/action
unload
exec 5<&-
finish
