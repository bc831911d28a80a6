# shellcheck shell=bash
# What several of the tools need: messages, the cache, apt.  Sourced.

CACHE=${DAMON_CACHE:-${XDG_CACHE_HOME:-${HOME:-/var/tmp}/.cache}/damon-module}
mkdir -p "$CACHE"

say() { printf '%s\n' "-- $*" >&2; }
die() { printf 'error: %s\n' "$1" >&2; shift; [ $# -eq 0 ] || printf '%s\n' "$@" >&2; exit 1; }

# take_lock NAME: one process at a time, until this one ends
take_lock() {
	exec 9>"$CACHE/$1.lock"
	flock -n 9 || { say "waiting for another process that prepares $1"; flock 9; }
}

as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		die "not root and no sudo, cannot run: $*"
	fi
}

apt_update() {
	# once per run of the tools, however many of them need it
	[ -z "${DAMON_APT_UPDATED-}" ] || return 0
	say "apt-get update"
	as_root apt-get -qq update >&2 || die "apt-get update failed: is the network there?"
	export DAMON_APT_UPDATED=1
}

# Closing the lock keeps a daemon started by a package from holding it.
apt_quiet() { as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 "$@" 9>&-; }

apt_candidate() {
	apt-cache policy "$1" 2>/dev/null | sed -n 's/^  Candidate: //p' | grep -v '(none)' || true
}

installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

# apt_install PACKAGE...: those that are missing, after saying which
apt_install() {
	local p missing=()
	for p in "$@"; do installed "$p" || missing+=("$p"); done
	[ ${#missing[@]} -gt 0 ] || return 0
	say "installing: ${missing[*]}"
	apt_update
	for p in "${missing[@]}"; do
		[ -n "$(apt_candidate "$p")" ] || die "the package $p is needed, and apt knows none of that name"
	done
	apt_quiet install --no-install-recommends -y "${missing[@]}" >"$CACHE/apt.log" 2>&1 ||
		die "apt-get install ${missing[*]} failed; the end of $CACHE/apt.log:" "$(tail -n 15 "$CACHE/apt.log")"
}

# fetch_deb PACKAGE DIR: downloads, does not install.  Naming the user silences
# apt's note that its own user cannot write to the directory.
fetch_deb() {
	local get=(apt-get -qq -o "APT::Sandbox::User=$(id -un)" download "$1")
	mkdir -p "$2"
	(cd "$2" && "${get[@]}" >&2) && return
	apt_update	# the lists may name a version that is gone
	(cd "$2" && "${get[@]}" >&2) || die "cannot download the package $1"
}

# have_deb PACKAGE DIR: it is there already
have_deb() { compgen -G "$2/$1_*.deb" >/dev/null; }

# unpack_debs DIR ROOT PATTERN...: all that are there, without the files of these patterns
unpack_debs() {
	local debs=$1 root=$2 deb pattern exclude=()
	shift 2
	for pattern in "$@"; do exclude+=(--exclude "$pattern"); done
	mkdir -p "$root"
	for deb in "$debs"/*.deb; do
		dpkg-deb --fsys-tarfile "$deb" | tar -C "$root" -x "${exclude[@]}"
	done
}

# pack_root ROOT OUT: as an initramfs, or a part of one; OUT is whole at any time
pack_root() {
	(cd "$1" && find . -mindepth 1 | cpio --quiet -o -H newc -R 0:0) >"$2.$$"
	mv "$2.$$" "$2"
}

# build_module LOG: for the kernel KVER
build_module() {
	say "building damon.ko for $KVER (log: $1)"
	mkdir -p "$(dirname "$1")"
	make KVER="$KVER" >"$1" 2>&1 || die "damon.ko did not build; the end of $1:" "$(tail -n 20 "$1")"
	[ -f "build/$KVER/damon.ko" ] || die "the build left no build/$KVER/damon.ko"
}
