# Instructions that a kdamond spends, counted by its CPU time: under --icount one
# nanosecond of guest time is one instruction.  Where the kernel has its own DAMON,
# that one is measured too, with the same workload in the same boot.
#
# BENCH_CASES: which (see tools/bench.sh).  BENCH_SECONDS: how long each is measured.
# shellcheck shell=dash disable=SC1091,SC2034,SC2046,SC2086
. /guest/lib.sh
. /guest/measure.sh

SECONDS_EACH=${BENCH_SECONDS:-4}
WARM_UP=3	# until the regions are split and the caches filled

# context REGIONS: min = max regions, 5 ms / 100 ms
context() {
	kdamonds 1
	intervals 5000 100000 60000000
	wr_ok $C/monitoring_attrs/nr_regions/min $1
	wr_ok $C/monitoring_attrs/nr_regions/max $1
	wr_ok $C/schemes/nr_schemes 1
	scheme $S stat
}

# count_instructions CASE REGIONS WHO: of the context that was set up
count_instructions() {
	wr_ok $D/state on
	sleep $WARM_UP
	pid=$(kdamond_pid)
	cpu0=$(cpu $pid) sleeps0=$(sleeps $pid) ms0=$(now_ms)
	sleep $SECONDS_EACH
	cpu1=$(cpu $pid) sleeps1=$(sleeps $pid) ms1=$(now_ms)
	snapshot
	# One that is late all the time does not tell.
	count=$(find $S/tried_regions/ -mindepth 1 -maxdepth 1 -name '[0-9]*' | wc -l)
	[ $count -gt 0 ] || count=$2
	wr_ok $D/state off
	[ -z "$WRONG" ] || return
	data "bench $1 $3 $count $((cpu1 - cpu0)) $((sleeps1 - sleeps0)) $((ms1 - ms0))"
}

# watch_process CASE REGIONS WHO: the process W_PID
watch_process() {
	context $2
	target $W_PID
	count_instructions $1 $2 $3
}

# watch_memory CASE REGIONS WHO: the ranges in /tmp/watched, cut into so many regions from the start,
# for the kernel's own does not get there by itself
watch_memory() {
	context $2
	wr_ok $C/operations paddr
	awk -v n=$2 '
		{ start[NR] = $1 / 4096; end[NR] = int($2 / 4096); sum += end[NR] - start[NR] }
		END {
			for (i = 1; i <= NR; i++) {
				size = end[i] - start[i]
				pieces = int(size * n / sum) + (size * n < sum)
				for (j = 0; j < pieces; j++)
					printf "%.0f %.0f\n", (start[i] + int(size * j / pieces)) * 4096,
						(start[i] + int(size * (j + 1) / pieces)) * 4096
			}
		}' /tmp/watched >/tmp/pieces
	regions_of /tmp/pieces
	count_instructions $1 $2 $3
}

# hold_memory ARG...: as start_workload, with hold or share
hold_memory() {
	W_OUT=/tmp/hold.out
	fresh $W_OUT
	"$@" >$W_OUT &
	W_PID=$!
	within 120 grep -q '^ready\|^error' $W_OUT
	grep -q '^ready' $W_OUT || wrong "it did not start: $(cat $W_OUT)"
}

# free_mib: what can be filled, leaving some
free_mib() { awk '/^MemAvailable/ { print int($2 / 1024) - 96 }' /proc/meminfo; }

# A processor's own lists keep more freed pages, the more memory there is.
all_is_free() { [ $(free_mib) -ge $((before - before / 256 - 64)) ]; }

# fill_cache: files of zeroes, most of the free memory
fill_cache() {
	mkdir -p /tmp/cache
	mount -t tmpfs -o size=100% tmpfs /tmp/cache
	dd if=/dev/zero of=/tmp/cache/file bs=1M count=$(free_mib) 2>/dev/null
}

case_process() { case_mapped_256m process; }
case_roomy() { case_mapped_256m roomy; }
case_mapped_256m() {
	start_workload <<'END'
map 256M
END
	each watch_process $1 1000
	stop_workload $W_PID
}

case_huge() {
	start_workload <<'END'
map 512M
huge 0 512M
END
	each watch_process huge 1000
	stop_workload $W_PID
}

case_few() {
	start_workload <<'END'
map 256M
END
	each watch_process few 10
	stop_workload $W_PID
}

# nothing is sampled: what sleeping and waking costs
case_paused() {
	start_workload <<'END'
map 256M
END
	watch_paused
	stop_workload $W_PID
}
watch_paused() {
	[ "${DAMON_IN_TREE-0}" = 0 ] || return 0
	context 10
	target $W_PID
	wr_ok $C/schemes/nr_schemes 0
	wr_ok $C/pause Y
	wr_ok $D/state on
	sleep 1
	pid=$(kdamond_pid)
	cpu0=$(cpu $pid) sleeps0=$(sleeps $pid) ms0=$(now_ms)
	sleep $SECONDS_EACH
	data "bench paused damon.ko 0 $(($(cpu $pid) - cpu0)) $(($(sleeps $pid) - sleeps0)) $(($(now_ms) - ms0))"
	wr_ok $D/state off
}

# What was allocated since the start by who starts a kdamond, and by it, and not freed: slab objects
# as large as the allocator made them.  Left out are the thread itself (stack and task), and what the
# opening of files leaves in the cache.
case_size() {
	start_workload <<'END'
map 256M
END
	each watch_size 1000
	stop_workload $W_PID
}
watch_size() {
	tracing=/sys/kernel/tracing
	[ -d $tracing/events ] || mount -t tracefs none $tracing
	echo 16384 >$tracing/buffer_size_kb
	context $1
	target $W_PID
	echo >$tracing/trace
	for event in kmalloc kmem_cache_alloc kfree kmem_cache_free; do
		echo 1 >$tracing/events/kmem/$event/enable
	done
	wr_ok $D/state on
	sleep 3
	echo 0 >$tracing/events/kmem/enable
	bytes=$(awk '
		match($0, /ptr=[^ ]+/) { ptr = substr($0, RSTART, RLENGTH) }
		/ (kfree|kmem_cache_free): / { delete size[ptr] }
		/alloc_inode|__d_alloc|security_inode_alloc|kernfs_fop_open/ { next }
		/ (kmalloc|kmem_cache_alloc): / && $1 ~ /^(wr|kdamond)/ &&
			match($0, /bytes_alloc=[0-9]+/) { size[ptr] = substr($0, RSTART + 12, RLENGTH - 12) }
		END { for (ptr in size) sum += size[ptr]; print sum + 0 }' $tracing/trace)
	grep -q 'entries-in-buffer' $tracing/trace || wrong "no trace"
	data "size $2 $1 $bytes"
	wr_ok $D/state off
}

# A time quota that there is always more work for: what its actions take in a minute.
case_quota() {
	start_workload <<'END'
map 256M
END
	each watch_quota
	stop_workload $W_PID
}
# of a minute, of the kdamond whose scheme does ACTION
minute_of() {
	context 10
	target $W_PID
	intervals 100000 200000 10000000
	scheme $S $1
	wr_ok $S/quotas/ms $2
	wr_ok $S/quotas/reset_interval_ms 1000
	wr_ok $D/state on
	sleep 5
	pid=$(kdamond_pid)
	cpu0=$(cpu $pid)
	sleep 60
	cpu1=$(cpu $pid)
	wr_ok $D/state off
}
watch_quota() {
	minute_of stat 0
	idle=$((cpu1 - cpu0))
	minute_of cold 20
	data "quota $1 20 $(((cpu1 - cpu0 - idle) / 60))"
}

case_mappings() {
	start_workload <<'END'
map 256M
pieces 5000
END
	each watch_process mappings 1000
	stop_workload $W_PID
}

# The same number of mappings, of memory that is small: only page tables grow.
case_small() { case_repeated small 2100M 30M; }
case_large() { case_repeated large 70G 1G; }
case_repeated() {
	start_workload <<END
map $2
repeated $3
END
	each watch_process $1 1000
	stop_workload $W_PID
}

case_vast() { each watch_memory vast 1000; }

case_free() { each watch_memory free 1000; }

case_anon() {
	start_workload <<END
map $(free_mib)M
END
	each watch_memory anon 1000
	stop_workload $W_PID
}

case_cache() {
	fill_cache
	each watch_memory cache 1000
	umount /tmp/cache
}

case_mapped() {
	fill_cache
	hold_memory hold file /tmp/cache/file
	each watch_memory mapped 1000
	stop_workload $W_PID
	umount /tmp/cache
}

# Only that memory is watched.
case_shared() {
	hold_memory share 1024 32
	set -- $(awk '/^map/ { print $2, $3 }' $W_OUT)
	frames $W_PID $1 $2 >/tmp/watched
	each watch_memory shared 1000
	stop_workload $W_PID
	system_ram >/tmp/watched
}

it "bench: measures"
# With more cases than one, each begins from the same free memory.
system_ram >/tmp/watched
load
before=$(free_mib)
for case in ${BENCH_CASES:-process few}; do
	case_$case
	echo 1 >/proc/sys/vm/drop_caches
	within 60 all_is_free || wrong "$case left $(free_mib) of $before MiB"
done
unload
finish
