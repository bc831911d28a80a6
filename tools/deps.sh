#!/bin/bash
# Installs the Debian packages that a task needs and that are missing; says which.
#
#   tools/deps.sh SET... [KVER]
#
#   build   compile damon.ko; with a KVER, that kernel's headers too
#   guest   boot kernels in QEMU
#   kernel  build the debug kernel
#   test    everything that `make test` needs
#   demo    everything that `make demo` needs
set -euo pipefail

top=$(cd "$(dirname "$0")/.." && pwd)
. "$top/tools/lib.sh"

usage() { sed -n '2,10s/^# \?//p' "$0" >&2; exit 2; }

build=(make gcc g++ gcc-12 g++-12 libc6-dev libelf1 pahole kmod)
guest=(qemu-system-x86 busybox-static cpio zstd xz-utils kmod g++-12 libc6-dev)
kernel=(make gcc libc6-dev flex bison bc libelf-dev libssl-dev xz-utils perl)
host_tests=(libgtest-dev googletest clang-19 libclang-rt-19-dev)
static=(sparse clang-tidy-19 shellcheck)
plot=(gnuplot-nox)

command -v apt-get >/dev/null || {
	say "no apt-get here: these tools must be there already"
	exit 0
}

want=()
[ $# -gt 0 ] || usage
for set in "$@"; do
	case $set in
	build) want+=("${build[@]}") ;;
	guest) want+=("${guest[@]}") ;;
	kernel) want+=("${kernel[@]}") ;;
	test) want+=("${build[@]}" "${guest[@]}" "${kernel[@]}" "${host_tests[@]}" "${static[@]}") ;;
	demo) want+=("${build[@]}" "${guest[@]}" "${plot[@]}") ;;
	[0-9]*)
		# Headers that are there may have come without a package.
		[ -d "/lib/modules/$set/build" ] || want+=("linux-headers-$set") ;;
	*) usage ;;
	esac
done
mapfile -t want < <(printf '%s\n' "${want[@]}" | sort -u)
apt_install "${want[@]}"
