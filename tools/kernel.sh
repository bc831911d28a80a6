#!/bin/bash
# Finds or makes the kernels that the module is built for and tested on.
#
#   tools/kernel.sh stock 6.1|6.12   Debian's current cloud kernel of the series
#   tools/kernel.sh xen 6.1|6.12     the usual one, which Xen can boot, and Xen
#   tools/kernel.sh debug            KASAN, lockdep, KUnit...: tests/guest/debug.config
#
# Prints shell assignments for eval: KVER, KDIR (for make), VMLINUZ, MODULES
# (a lib/modules/<KVER> tree, or empty), XEN (the hypervisor, or empty).
# Progress goes to stderr.  Nothing is installed but the kernel's headers
# package: no image ever reaches /boot.
set -euo pipefail
KVER='' KDIR='' VMLINUZ='' MODULES='' XEN=''

top=$(cd "$(dirname "$0")/.." && pwd)
. "$top/tools/lib.sh"

SOURCE_PKG=linux-source-6.12

usage() { sed -n '2,10s/^# \?//p' "$0" >&2; exit 2; }

# print_result: what was found, quoted for eval
print_result() {
	printf '%s=%q\n' KVER "$KVER" KDIR "$KDIR" VMLINUZ "$VMLINUZ" MODULES "$MODULES" XEN "$XEN"
}

# newest_headers SERIES FLAVOUR: the release that Debian's meta package points
# to; if apt knows none (no network, no lists), the newest headers installed.
newest_headers() {
	local series=$1 flavour=$2 meta rel
	for meta in "linux-headers-$series-$flavour" "linux-headers-$flavour"; do
		rel=$(apt-cache depends "$meta" 2>/dev/null |
			sed -n "s/^ *Depends: linux-headers-\([0-9].*-$flavour\)\$/\1/p" | head -n1)
		case $rel in "$series".*) echo "$rel"; return ;; esac
	done
	find /usr/src -maxdepth 1 -regex "/usr/src/linux-headers-$series\.[^a-z]*\(\+deb[0-9]*\)?-$flavour" -printf '%f\n' |
		sed 's/^linux-headers-//' | sort -V | tail -n1
}

# stock SERIES FLAVOUR
stock() {
	local series=$1 flavour=$2 dir tmp
	KVER=$(newest_headers "$series" "$flavour")
	if [ -z "$KVER" ]; then
		apt_update
		KVER=$(newest_headers "$series" "$flavour")
	fi
	[ -n "$KVER" ] || die "no $flavour kernel of series $series in apt's lists: is this Debian 12 with its security archive?"

	apt_install "linux-headers-$KVER"
	KDIR=/lib/modules/$KVER/build

	dir=$CACHE/stock/$KVER
	VMLINUZ=$dir/boot/vmlinuz-$KVER
	MODULES=$dir/lib/modules/$KVER
	take_lock "stock-$KVER"
	if [ ! -d "$dir" ]; then
		say "fetching the image of $KVER"
		tmp=$(mktemp -d -p "$CACHE")
		fetch_deb "linux-image-$KVER" "$tmp/deb"
		dpkg-deb -x "$tmp"/deb/*.deb "$tmp/tree"
		mv "$tmp/tree/usr/lib" "$tmp/tree/lib" 2>/dev/null || true
		[ -f "$tmp/tree/boot/vmlinuz-$KVER" ] || die "linux-image-$KVER has no boot/vmlinuz-$KVER"
		depmod -b "$tmp/tree" "$KVER"
		mkdir -p "$CACHE/stock"
		mv "$tmp/tree" "$dir"	# the rename makes it complete at once
		rm -rf "$tmp"
	fi
}

# The hypervisor, unpacked as QEMU wants a multiboot kernel.
xen() {
	local package=xen-hypervisor-4.17-amd64 dir=$CACHE/xen tmp
	XEN=$dir/xen
	take_lock xen
	if [ ! -f "$XEN" ]; then
		say "fetching $package"
		tmp=$(mktemp -d -p "$CACHE")
		fetch_deb "$package" "$tmp/deb"
		dpkg-deb -x "$tmp"/deb/*.deb "$tmp/tree"
		mkdir -p "$dir"
		gunzip -c "$tmp"/tree/boot/xen-*.gz >"$tmp/xen"
		mv "$tmp/xen" "$XEN"
		rm -rf "$tmp"
	fi
}

# unpack_source VERSION: the kernel's source, without what no x86 build reads
unpack_source() {
	local version=$1 dir=$2 tmp
	[ -d "$dir" ] && return
	say "fetching $SOURCE_PKG $version"
	tmp=$(mktemp -d -p "$CACHE")
	fetch_deb "$SOURCE_PKG" "$tmp/deb"
	dpkg-deb -x "$tmp"/deb/*.deb "$tmp/deb"
	say "unpacking $SOURCE_PKG"
	mkdir "$tmp/tree"
	tar -xJf "$tmp/deb/usr/src/$SOURCE_PKG.tar.xz" -C "$tmp/tree" --strip-components=1 \
		--wildcards --wildcards-match-slash \
		--exclude='*/arch/[abd-tv-w]*/*.[chS]' --exclude='*/boot/dts/*' \
		--exclude='*/drivers/gpu/*.[ch]' --exclude='*/drivers/net/*.[ch]' \
		--exclude='*/drivers/media/*.[ch]' --exclude='*/drivers/infiniband/*.[ch]' \
		--exclude='*/sound/*.[ch]' --exclude='*/tools/testing/*' --exclude='*/tools/perf/*'
	mv "$tmp/tree" "$dir"
	rm -rf "$tmp"
}

# check_config FRAGMENT CONFIG: everything asked for is there
check_config() {
	local missing
	missing=$(grep -E '^(CONFIG_|# CONFIG_.* is not set)' "$1" |
		while read -r line; do
			case $line in
			'# CONFIG_'*) name=${line#\# }; ! grep -q "^${name%% *}=" "$2" || echo "$line" ;;
			*) grep -qxF "$line" "$2" || echo "$line" ;;
			esac
		done)
	[ -z "$missing" ] || { printf '%s\n' "these options were lost:" "$missing"; return 1; }
}

# build_debug SOURCE DIR FRAGMENT.  Chained with &&: the shell does not stop at
# an error inside a function whose result is tested.
build_debug() {
	local make=(nice make -C "$1" "O=$2" ARCH=x86_64
		KBUILD_BUILD_USER=damon KBUILD_BUILD_HOST=debug)
	"${make[@]}" KCONFIG_ALLCONFIG="$3" allnoconfig &&
		check_config "$3" "$2/.config" &&
		"${make[@]}" -j"$(nproc)" bzImage modules &&
		"${make[@]}" -s --no-print-directory kernelrelease >"$2/.release"
}

debug() {
	local fragment=$top/tests/guest/debug.config version hash source_dir log
	version=$(apt_candidate "$SOURCE_PKG")
	if [ -z "$version" ]; then
		apt_update
		version=$(apt_candidate "$SOURCE_PKG")
	fi
	[ -n "$version" ] || die "apt knows no $SOURCE_PKG: is this Debian 12 with its security archive?"

	hash=$({ echo "$version"; gcc --version | head -n 1; grep -v '^#$' "$fragment"; } | sha256sum | cut -c1-12)
	source_dir=$CACHE/source/$version
	KDIR=$CACHE/debug/$hash
	VMLINUZ=$KDIR/arch/x86/boot/bzImage
	MODULES=
	log=$KDIR/build.log

	take_lock "debug"
	# The stamp is the last thing written, so a build that was cut short goes
	# on where it stopped instead of being used.
	if [ ! -f "$KDIR/.complete" ]; then
		mkdir -p "$CACHE/source" "$KDIR"
		unpack_source "$version" "$source_dir"
		say "building the debug kernel (once, about 10 minutes on two cores; log: $log)"
		build_debug "$source_dir" "$KDIR" "$fragment" >"$log" 2>&1 ||
			die "the debug kernel did not build; the end of $log:" "$(tail -n 20 "$log")"
		touch "$KDIR/.complete"
	fi
	KVER=$(cat "$KDIR/.release")
}

case "${1-} ${2-}" in
'stock 6.1' | 'stock 6.12') stock "$2" cloud-amd64 ;;
'xen 6.1' | 'xen 6.12')
	stock "$2" amd64
	xen
	;;
'debug ') debug ;;
*) usage ;;
esac
print_result
