# Who may look at the tree, and what it does not tell.
# shellcheck disable=SC2046
. /guest/lib.sh
[ "${DAMON_IN_TREE-0}" = 0 ] || exit 0
load || exit

# Everything there can be, with something running in it.
start_workload <<'END'
map 16M
hot 0 4M 5
END
one_kdamond $W_PID
for f in monitoring_attrs/probes/nr_probes monitoring_attrs/probes/0/filters/nr_filters \
	schemes/0/quotas/goals/nr_goals schemes/0/core_filters/nr_filters \
	schemes/0/filters/nr_filters schemes/0/dests/nr_dests; do
	wr_ok $C/$f 1
done
wr_ok $S/core_filters/0/type addr
wr_ok $S/core_filters/0/addr_end $ULONG_MAX
wr_ok $S/core_filters/0/allow Y
wr_ok $S/core_filters/0/matching Y
wr_ok $D/state on
within 30 wr_ok $D/state update_schemes_tried_regions
[ -d $S/tried_regions/0 ] || wrong "no regions"

it "security: root alone may read, and write"
find $ROOT ! -user 0 >/tmp/out || wrong "find failed"
same "files of others" '' "$(cat /tmp/out)"
find $ROOT -type f ! -perm 600 ! -perm 400 >/tmp/out
same "files with other modes than 600 and 400" '' "$(cat /tmp/out)"
[ $(find $ROOT -type f -perm 400 | wc -l) -ge 10 ] || wrong "few are read-only"
find /sys/module/damon/parameters -type f -perm /022 >/tmp/out
same "module parameters that others may write" '' "$(cat /tmp/out)"
mkdir -p /etc
echo 'nobody:x:65534:65534::/:/bin/sh' >/etc/passwd
echo 'nogroup:x:65534:' >/etc/group
same "uid of nobody" 65534 "$(su nobody -c 'id -u' 2>&1)"
find $ROOT -type f >/tmp/files
chmod 644 /tmp/files
# shellcheck disable=SC2016  # for that shell to expand
su nobody -c 'while read -r f; do
	{ true <$f; } 2>/dev/null && echo "read $f"
	echo 1 2>/dev/null >$f && echo "wrote $f"
done </tmp/files' >/tmp/out 2>/dev/null
same "files open to nobody" '' "$(head -n 3 /tmp/out)"

it "security: nothing tells where the kernel is"
# As any number: a kernel address is from 0xffff800000000000 on.  The largest number, and that of
# whole pages, are what users write.
find $ROOT /sys/module/damon/parameters -type f -exec cat {} + >/tmp/out 2>/dev/null
trace_with_us
cat $group/*/format >>/tmp/out
echo 1 >$group/enable
sleep 2
grep damon $tracing/trace | head -n 500 >/tmp/trace
echo 0 >$group/enable
[ -s /tmp/trace ] || wrong "no trace"
dmesg | grep -i damon | grep -v 'guest:' >>/tmp/out
[ $(wc -l <$D/snapshot) -ge 3 ] || wrong "no snapshot"
cat $D/snapshot /tmp/trace >>/tmp/out
[ $(wc -l </tmp/out) -ge 200 ] || wrong "only $(wc -l </tmp/out) lines were looked at"
tr -c '0-9a-fA-Fx\n' '\n' </tmp/out |
	grep -iE '^(0x)?ffff[89a-f][0-9a-f]{11}$|^18446(6[0-9]|7[0-4])[0-9]{13}$' |
	grep -vE '^1844674407370955[0-9]{4}$|^18446744073709547520$' | sort -u | head -n 3 >/tmp/found
same "what looks like a kernel address" '' "$(cat /tmp/found)"

stop_workload $W_PID
unload
finish
