# Processes of all kinds: with thousands of mappings, without their first thread, that become
# another program, that are known by another number elsewhere.
. /guest/lib.sh
. /guest/hot.sh
load || exit

it "processes: 5000 small mappings"
start_workload <<'END'
map 80M
pieces 5000
hot 48M 16M 5
END
[ "$(wc -l </proc/$W_PID/maps)" -ge 5000 ] || wrong "only $(wc -l </proc/$W_PID/maps) mappings"
finds_hot

it "processes: five gigabytes, under five tables of PMDs or six, in 80 mappings"
start_workload <<'END'
map 5G
repeated 64M
low 300M 8M 5
middle 2500M 8M 5
high 4900M 8M 5
END
one_kdamond $W_PID
wr_ok $D/state on
for name in low middle high; do expect_hot $name 60; done
wr_ok $D/state off
stop_workload $W_PID

it "processes: the first thread has ended, others go on"
start_workload <<'END'
map 64M
leave
hot 32M 8M 5
END
zombie() { grep -q '^State:.*zombie' /proc/$W_PID/status; }
within 10 zombie || wrong "the first thread lives"
one_kdamond $W_PID
wr_ok $D/state on
expect_hot hot 40
kill -USR1 $W_PID
within 60 grep -q '^verify ok' $W_OUT || wrong "its data: $(grep verify $W_OUT)"
stop_workload $W_PID
within 20 is_off || wrong "the kdamond outlives it"

it "processes: exec, again and again, while monitored"
cat >/tmp/again <<'END'
[ $1 -gt 0 ] || exec workload /tmp/exec.in
exec sh /tmp/again $(($1 - 1))
END
cat >/tmp/exec.in <<'END'
map 64M
hot 16M 8M 5
END
W_OUT=/tmp/exec.out
fresh $W_OUT
times=300
[ "$KERNEL" != debug ] || times=60
sh /tmp/again $times >$W_OUT &
W_PID=$!
one_kdamond $W_PID
intervals 1000 20000 50000
wr_ok $D/state on
within 60 grep -q ^ready $W_OUT || wrong "it did not get to its end"
is_on || wrong "the kdamond ended"
W_MAP_START=$(awk '/^map/ { print $2 }' $W_OUT)
W_MAP_END=$(awk '/^map/ { print $3 }' $W_OUT)
intervals 20000 400000 1000000
wr_ok $D/state commit
expect_hot hot 40
wr_ok $D/state off
stop_workload $W_PID

# in another pid namespace, with /proc as seen from outside
cat >/tmp/inside <<'END'
. /guest/lib.sh
workload /tmp/exec.in >/tmp/inside.out &
mine=$!
within 60 grep -q ^ready /tmp/inside.out
# where that number is another process, or none
echo $mine >/tmp/inside.pid
if [ $1 = on ]; then
	one_kdamond $mine
	wr_ok $D/state on
else
	target $mine
	wr_ok $D/state commit
fi
echo "$WRONG" >/tmp/inside.wrong
wait $mine
END

# named_inside COMMAND
named_inside() {
	rm -f /tmp/inside.*
	unshare -p -f sh /tmp/inside $1 &
	outer=$!
	within 60 test -e /tmp/inside.wrong || { wrong "$1: no answer from inside"; return; }
	[ -z "$(cat /tmp/inside.wrong)" ] || wrong "$1: inside: $(cat /tmp/inside.wrong)"
	reads $C/targets/0/pid_target "$(cat /tmp/inside.pid)"
	[ "$(cat /tmp/inside.pid)" -lt 10 ] || wrong "$1: it is not another namespace"
	W_OUT=/tmp/inside.out
	W_MAP_START=$(awk '/^map/ { print $2 }' $W_OUT)
	W_MAP_END=$(awk '/^map/ { print $3 }' $W_OUT)
	expect_hot hot 40
	killall workload
	wait $outer
	within 20 is_off || wrong "$1: the kdamond outlives its target"
}

if [ -e /proc/self/ns/pid ]; then
	it "processes: a pid as its writer sees it, for on"
	named_inside on

	it "processes: a pid as its writer sees it, for commit"
	start_workload <<'END'
map 16M
END
	other=$W_PID
	one_kdamond $other
	wr_ok $D/state on
	named_inside commit
	stop_workload $other
fi

unload
finish
