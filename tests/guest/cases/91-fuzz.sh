# Anything is written to every file, while others read; on the debug kernel allocations fail
# meanwhile.  What the tree makes of it is up to it, but nothing may break.
. /guest/lib.sh
[ "${DAMON_IN_TREE-0}" = 0 ] || exit 0
load || exit

SECONDS_EACH=${FUZZ_SECONDS:-$([ "$KERNEL" = debug ] && echo 40 || echo 15)}
SEED=${FUZZ_SEED:-$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}
fail=
can_fail && fail=fail

it "fuzz: every file takes or refuses what is written"
echo "guest: seed $SEED" >/dev/kmsg
[ -z "$fail" ] || failures 5
set -- $(treefuzz $K $SECONDS_EACH $SEED $fail 2>&1)
[ -z "$fail" ] || failures 0
[ $# = 3 ] || wrong "seed $SEED: $*"
[ "${1:-0}" -ge 50 ] || wrong "seed $SEED: only $1 writes"
[ "${2:-0}" -ge $((${1:-0} / 20)) ] || wrong "seed $SEED: of $1 writes only $2 were accepted"
[ "${3:-0}" -ge 100 ] || wrong "seed $SEED: only $3 reads"
data "fuzz seed $SEED writes $1 accepted $2 reads $3"

it "fuzz: all is well afterwards"
start_workload <<'END'
map 8M
END
one_kdamond $W_PID
wr_ok $D/state on
snapshot
[ -d $S/tried_regions/0 ] || wrong "no regions"
stop_workload $W_PID
unload
finish
