#!/bin/bash
# Builds the Debian packages, installs them in a fresh Debian 12, lets DKMS build for the stock
# kernels there, and boots what it built.
#
#   tests/package/run.sh
#
# Prints "ok NAME" and "not ok NAME: why".  The fresh root, with all packages downloaded but not
# installed, is kept in the cache.  It is used in a mount namespace of its own, so that nothing stays
# mounted whatever happens.
# shellcheck disable=SC2317  # checks are called by name
set -uo pipefail

cd "$(dirname "$0")/../.." || exit 2
. tools/lib.sh

[ "$(id -u)" = 0 ] || exec sudo -E tests/package/run.sh
out=build/package
mirror=http://deb.debian.org/debian
# What the packages depend on, and whose signing DKMS does by itself once openssl is there.
fetched=(dkms g++-12 make openssl)

failed=0
ok() { printf 'ok package: %s\n' "$1"; }
not_ok() { failed=1; printf 'not ok package: %s: %s\n' "$1" "$2"; }
# check NAME COMMAND...: what it says is shown if it fails
check() {
	local name=$1 said
	shift
	if said=$("$@" 2>&1); then ok "$name"; else not_ok "$name" "$(tail -n 12 <<<"$said")"; fi
}

# in_root COMMAND...: in the fresh Debian, where this folder has the same place.  Services are not for a
# folder.
in_root() {
	# shellcheck disable=SC2016
	unshare --mount --pid --fork --propagation private sh -c '
		root=$1; shift
		mount -t proc proc "$root/proc" && mkdir -p "$root$PWD" && mount --bind "$PWD" "$root$PWD" &&
			exec chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin \
			HOME=/root LC_ALL=C INITRD=No DEBIAN_FRONTEND=noninteractive http_proxy="${http_proxy-}" "$@"' \
		sh "$root" "$@"
}
# Speed: nothing of it shall survive a power cut.
apt_root() { in_root apt-get -qq -o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-unsafe-io "$@"; }

# --- the fresh root ------------------------------------------------------------

make_base() {
	debootstrap --variant=minbase --include=ca-certificates bookworm "$root" "$mirror" || return
	cp /etc/resolv.conf /etc/hosts "$root/etc/"
	cat >"$root/etc/apt/sources.list" <<-END
		deb $mirror bookworm main
		deb $mirror bookworm-updates main
		deb $mirror-security bookworm-security main
	END
	apt_root update && apt_root install --no-install-recommends -y -d "${fetched[@]}" "${headers[@]}"
}

# base_root: $root, from the cache
base_root() {
	local key base
	key=$({ printf '%s\n' "${fetched[@]}" "${headers[@]}"; sed -n '/^make_base/,/^}/p' tests/package/run.sh; } | sha256sum | cut -c1-12)
	base=$CACHE/package/base-$key.tar.zst
	take_lock package
	mkdir -p "$CACHE/package"
	if [ -f "$base" ]; then
		tar -C "$root" --zstd -xf "$base" && return
		rm -f "$base"
	fi
	say "a fresh Debian 12, once"
	apt_install debootstrap zstd
	make_base >"$out/base.log" 2>&1 || { tail -n 12 "$out/base.log" >&2; return 1; }
	tar -C "$root" --zstd -cf "$base.$$" . && mv "$base.$$" "$base" || return
	find "$CACHE/package" -name 'base-*' ! -path "$base" -delete
}

# --- checks --------------------------------------------------------------------

# One version, wherever it is written.
same_version() {
	local dkms module
	dkms=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)
	module=$(sed -n 's/^MODULE_VERSION("\(.*\)");/\1/p' sysfs/module.c)
	[ "$dkms" = "$module" ] && [ "$dkms" = "$version" ] && return
	echo "dkms.conf has $dkms, sysfs/module.c $module, debian/changelog $version"
	return 1
}

# DKMS shall try exactly what tools/check-kernel.sh allows.
same_kernels() (
	wrong=0
	# shellcheck disable=SC2034  # dkms.conf uses them
	kernelver=x kernel_source_dir=x arch=x dkms_tree=x
	BUILD_EXCLUSIVE_KERNEL='' BUILD_EXCLUSIVE_CONFIG=''
	. ./dkms.conf
	for release in 6.1.0-56-cloud-amd64 6.12.117+deb12-amd64 5.10.0-9-amd64 6.10.2-amd64 6.11.0 6.13.1 16.1.0 6.2.1; do
		refused=0
		said=$(tools/check-kernel.sh /nonexistent "$release" 2>&1)
		grep -q 'series' <<<"$said" && refused=1
		[[ $release =~ $BUILD_EXCLUSIVE_KERNEL ]] && tried=1 || tried=0
		[ "$tried" != "$refused" ] || { echo "$release: tried $tried, refused $refused"; wrong=1; }
	done
	wanted=$(sed -n 's/^for option in \(.*\); do$/\1/p' tools/check-kernel.sh)
	[ "CONFIG_${wanted// / CONFIG_}" = "$BUILD_EXCLUSIVE_CONFIG" ] || { echo "options: $wanted"; wrong=1; }
	[ "$wrong" = 0 ]
)

install_packages() {
	cp build/deb/*.deb "$root/root/" &&
		in_root sh -c 'apt-get -qq -o Dpkg::Options::=--force-unsafe-io install --no-install-recommends -y openssl /root/*.deb'
}

# module_of RELEASE: where DKMS put it.  It compresses where the kernel's own are compressed.
module_of() { find "$root/lib/modules/$1/updates/dkms" -name 'damon.ko*' | head -n 1; }

# Its hook has DKMS build for that kernel.
install_headers() {
	apt_root install --no-install-recommends -y "linux-headers-$1"
	[ -f "$(module_of "$1")" ] && return
	cat "$root"/var/lib/dkms/damon/*/build/make.log
	return 1
}

# What modinfo tells, with a sentence for each parameter.
described() {
	local ko field
	ko=$(module_of "$1")
	for field in description author license signer; do
		[ -n "$(modinfo -F "$field" "$ko")" ] || { echo "no $field"; return 1; }
	done
	[ "$(modinfo -F version "$ko")" = "$version" ] || { echo "version $(modinfo -F version "$ko")"; return 1; }
	[ "$(modinfo -F parm "$ko" | wc -l)" -ge 10 ] || { echo "few parameters"; return 1; }
	modinfo -F parm "$ko" | grep -v ':.* .*(.*)$' && return 1
	return 0
}

# modprobe, with the example for modprobe.d
found_by_modprobe() {
	local said module
	module=$(module_of "$1")
	cp tools/boot/modprobe.conf "$root/etc/modprobe.d/damon.conf"
	said=$(in_root modprobe -S "$1" --show-depends damon | sed 's/ *$//')
	[ "$said" = "insmod ${module#"$root"} $(sed -n 's/^options damon //p' tools/boot/modprobe.conf)" ] && return
	echo "$said"
	return 1
}

# The ready-made modules, after damon.ko; the kernel's own may have the names of some.
ready_modules_found() {
	local names
	names=$(cd "$root/lib/modules/$1/updates/dkms" && echo damon_*)
	names=${names//.ko/}
	[ "$(wc -w <<<"$names")" = 3 ] || { echo "there are $names"; return 1; }
	for name in ${names//.xz/}; do
		in_root modprobe -S "$1" --show-depends "$name" | grep -q '/damon\.ko' ||
			{ echo "$name does not bring damon"; return 1; }
	done
}

# A module of someone else, with damon-dev and four lines of Kbuild
client_builds() {
	mkdir -p "$root/root/client"
	cp samples/prcl.c "$root/root/client/"
	cat >"$root/root/client/Kbuild" <<-'END'
		obj-m := prcl.o
		DAMON := /usr/src/damon
		include $(DAMON)/Kbuild.client
	END
	in_root make -C "/lib/modules/$1/build" M=/root/client modules && [ -f "$root/root/client/prcl.ko" ]
}

# metrics_are_sound FILE: what the exporter wrote in the guest
metrics_are_sound() {
	"$promtool" check metrics <"$1" || return
	local name wanted
	wanted=$(sed -n 's/^\t*is("[a-z]*", "\([a-z_]*\)".*/\1/p' tools/fleet/damon-textfile)
	[ "$(wc -w <<<"$wanted")" -ge 18 ] || { echo "the exporter's table is not found"; return 1; }
	for name in $wanted; do
		grep -q "^${name}[ {]" "$1" || { echo "no $name"; return 1; }
	done
}

# Every metric of the dashboard is one that the exporter wrote in the guest.
dashboard_fits() {
	local name names
	python3 -m json.tool tools/fleet/dashboard.json /dev/null || return
	names=$(grep -o '"expr": .*\|label_values(.*' tools/fleet/dashboard.json | grep -o 'damon_[a-z_]*' | sort -u)
	[ "$(wc -w <<<"$names")" -ge 10 ] || { echo "few metrics: $names"; return 1; }
	for name in $names; do
		grep -q "^${name}[ {]" "$1" || { echo "no $name"; return 1; }
	done
}

removed() {
	apt_root purge -y damon-dkms damon-dev damon-tools || return
	find "$root/usr/src" "$root/var/lib/dkms" "$root/lib/modules" "$root/usr/lib/systemd" -name '*damon*' \
		! -path '*/usr/src/linux-headers-*' | grep . && return 1
	return 0
}

named_damon() {
	find "$root" -xdev \( -path "$root/proc" -o -path "$root$PWD" -o -path '*/usr/src/linux-headers-*' \) -prune \
		-o -name '*damon*' -print
}

# make install of what was built here, a module that uses it, and make uninstall
by_make() {
	local release=$1 before after
	before=$(named_damon)
	in_root make -s -C "$PWD" install KVER="$release" || return
	in_root modprobe -S "$release" --show-depends damon | grep -q '/updates/damon\.ko' || { echo "modprobe does not find it"; return 1; }
	[ -x "$root/usr/local/bin/damon-textfile" ] || { echo "no tools"; return 1; }
	rm -rf "$root/root/client"
	client_builds "$release" || return
	in_root make -s -C "$PWD" uninstall KVER="$release" || return
	after=$(named_damon)
	[ "$after" = "$before" ] && return
	diff <(echo "$before") <(echo "$after")
}

boots() {
	local kernel=$1 release=$2
	tests/guest/boot.sh -n "package-${kernel#stock-}" -t 200 -s 120 -M "$out/$release/damon.ko" \
		-f tools/fleet/damon-textfile=/bin/damon-textfile -f tools/boot/modprobe.conf=/modprobe.conf \
		"$kernel" package.sh
	sed -n 's/^metric //p' "build/guest/package-${kernel#stock-}/results" | tr -d '\r' >"$out/$release/damon.prom"
}

# --- all of it -----------------------------------------------------------------

mkdir -p "$out"
apt_install kmod python3
kernels=(stock-6.1 stock-6.12) releases=() headers=()
for kernel in "${kernels[@]}"; do
	found=$(tools/kernel.sh "${kernel%%-*}" "${kernel#*-}") || exit 2
	eval "$found"
	releases+=("$KVER")
	headers+=("linux-headers-$KVER")
done

check "they build" make --no-print-directory deb
version=$(sed -n '1s/.*(\(.*\)).*/\1/p' debian/changelog)
check "one version everywhere" same_version
check "DKMS tries the kernels that are supported" same_kernels

prometheus=$(apt_candidate prometheus)
promtool=$CACHE/package/promtool-$prometheus
if [ ! -x "$promtool" ]; then
	fetched_to=$(mktemp -d -p "$CACHE")
	fetch_deb prometheus "$fetched_to"
	dpkg-deb -x "$fetched_to"/*.deb "$fetched_to"
	mkdir -p "$CACHE/package"
	mv "$fetched_to/usr/bin/promtool" "$promtool"
	rm -rf "$fetched_to"
fi

root=$(mktemp -d -p "$CACHE")
trap 'rm -rf --one-file-system "$root"' EXIT
base_root || { not_ok "a fresh Debian 12" "see $out/base.log"; exit 1; }
check "they install" install_packages
for release in "${releases[@]}"; do
	check "DKMS builds for $release" install_headers "$release"
	check "modinfo tells all for $release" described "$release"
	check "modprobe finds it for $release" found_by_modprobe "$release"
	check "and the ready-made modules" ready_modules_found "$release"
	mkdir -p "$out/$release"
	rm -f "$out/$release"/damon.ko*
	cp "$(module_of "$release")" "$out/$release/" && unxz -q "$out/$release"/damon.ko.xz 2>/dev/null
	[ -f "$out/$release/damon.ko" ] || exit 1
done
check "a module builds with damon-dev" client_builds "${releases[1]}"
check "purging leaves nothing" removed
check "make install, and make uninstall leaves nothing" by_make "${releases[1]}"
for i in 0 1; do
	boots "${kernels[i]}" "${releases[i]}" || failed=1
	check "metrics from ${kernels[i]}" metrics_are_sound "$out/${releases[i]}/damon.prom"
	check "the dashboard's metrics on ${kernels[i]}" dashboard_fits "$out/${releases[i]}/damon.prom"
done
exit $failed
