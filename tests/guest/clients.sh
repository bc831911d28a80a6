# Other modules on the client API: the samples, built as anybody would (`make samples`).
# shellcheck shell=dash disable=SC1091,SC2086
. /guest/lib.sh
load || exit

parameter() { cat "/sys/module/$1/parameters/$2"; }

# start NAME ARG...: the sample
start() {
	_name=$1
	shift
	insmod "/$_name.ko" "$@" || wrong "insmod $_name failed"
}

end() { rmmod "$1" || wrong "rmmod $1 failed"; }

# between NAME PARAMETER LOW HIGH
between() {
	value=$(parameter $1 $2)
	[ "$value" -ge "$3" ] && [ "$value" -le "$4" ]
}

MIB=1048576

it "clients: the working set of a process"
start_workload <<'END'
map 128M
hot 32M 16M 5
END
start wsse pid=$W_PID aggr_us=400000
within 60 between wsse bytes $((12 * MIB)) $((28 * MIB)) ||
	wrong "16 MiB are in use, and it tells $(parameter wsse bytes)"

it "clients: damon.ko stays as long as they do"
! rmmod damon 2>/dev/null || wrong "it went"
end wsse

it "clients: proactive reclaim, changed while it runs"
swap_on
start prcl pid=$W_PID
echo 100000000 >/sys/module/prcl/parameters/min_age_ms || wrong "it cannot be changed"
sleep 3
same 'paged_out of memory that is never old enough' 0 "$(parameter prcl paged_out)"
echo 1000 >/sys/module/prcl/parameters/min_age_ms || wrong "it cannot be changed back"
# on the debug kernel little fits into its quota of time
ENOUGH=64
[ "$KERNEL" != debug ] || ENOUGH=8
is_small() { [ "$(kib $W_PID VmRSS)" -le $(((128 - ENOUGH) * 1024)) ]; }
within 90 is_small || wrong "RSS is $(kib $W_PID VmRSS) KiB of 128 MiB"
[ "$(parameter prcl paged_out)" -ge $((ENOUGH * MIB)) ] || wrong "paged_out is $(parameter prcl paged_out)"
verify

it "clients: one whose process has ended"
stop_workload $W_PID
ended() { ! parameter prcl paged_out >/dev/null 2>&1; }
within 30 ended || wrong "its kdamond does not end"
end prcl

it "clients: an address space of one's own"
start custom
# slots 4 to 7 are used all the time
( while echo 0xf0 >/sys/module/custom/parameters/used; do usleep 1000; done ) 2>/dev/null &
user=$!
# of the others most are evicted sooner or later, of these none
most_evicted() {
	value=$(parameter custom evicted)
	awk -v v="$value" 'BEGIN { for (n = 0; v >= 1; v = int(v / 2)) n += v % 2; exit n < 40 }'
}
within 60 most_evicted || wrong "evicted is $(parameter custom evicted)"
kill $user
wait $user 2>/dev/null
end custom

it "clients: what is wrong is said"
! insmod /prcl.ko pid=4194000 2>/dev/null || { wrong "a process that is none was taken"; rmmod prcl; }
dmesg | tail -n 5 | grep -q 'pid' || wrong "the log does not say why: $(dmesg | tail -n 3)"

it "clients: one that forgets to stop is stopped when it goes"
has_kdamond() { grep -qs '^kdamond.forgetf' /proc/[0-9]*/comm; }
start forgetful
has_kdamond || wrong "there is no kdamond"
called() { [ "$(parameter forgetful calls)" -ge 2 ]; }
within 10 called || wrong "its callback is not called"
end forgetful
! has_kdamond || wrong "its kdamond runs on"
dmesg | grep -q 'forgetful has gone without damon_stop()' || wrong "the log does not say so"

it "clients: one whose init fails after it started a kdamond"
! insmod /forgetful.ko fail=1 2>/dev/null || wrong "it was loaded"
! has_kdamond || wrong "its kdamond runs on"

it "clients: an exclusive kdamond excludes others until it has ended"
start exclusive
end exclusive

it "clients: damon.ko goes after them"
unload
finish
