# shellcheck shell=sh disable=SC2034,SC2086
# What a kdamond spends, and the same for both DAMONs of a kernel: for scripts in the guest, after
# lib.sh.

cpu() { cut -d' ' -f1 "/proc/$1/schedstat"; }
# Every tick ends with a sleep.
sleeps() { awk '/^voluntary/ { print $2 }' "/proc/$1/status"; }
now_ms() { awk '{ printf "%d\n", $1 * 1000 }' /proc/uptime; }

# each FUNCTION ARG...: for our DAMON, and the kernel's own if there is one; who it is comes last
each() {
	use_tree $OUR_ROOT
	[ "${DAMON_IN_TREE-0}" = 1 ] || "$@" damon.ko
	[ "$HAS_IN_TREE" = 1 ] || return 0
	use_tree $IN_TREE_ROOT
	"$@" in-tree
	stop_all
	use_tree $OUR_ROOT
}
