#!/bin/bash
# damo-root.sh SUITE OUT [selftests]: packs what mainline's users and testers drive DAMON with, as it
# is in Debian's packages, for boot.sh to add to a guest's file system (-r OUT): Python, trace-cmd, the
# damo of a Debian suite; with "selftests" also that suite's newest kernel's tools/testing/selftests/damon
# and bash.  That is a download of 160 MB.
#
# Bookworm has no damo.  It needs nothing but Python, so that of another suite does; the lists of that
# suite are kept apart from those of this machine.
set -euo pipefail

top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tools/lib.sh"
[ $# -ge 2 ] || { sed -n '2,5s/^# \?//p' "$0" >&2; exit 2; }
suite=$1 out=$2 selftests=${3-}
apt=$CACHE/apt-$suite
debs=$CACHE/damo-$suite
mkdir -p "$apt"/{lists,archives}/partial "$debs" "$(dirname "$out")"
take_lock "damo-$suite"

options=(-qq -o "Dir::Etc::sourcelist=$apt/sources.list" -o Dir::Etc::sourceparts=-
	-o "Dir::State::lists=$apt/lists" -o Dir::State::status=/dev/null -o "Dir::Cache=$apt"
	-o "APT::Sandbox::User=$(id -un)")
# from_suite PACKAGE: downloads it to $debs
from_suite() {
	say "fetching $1 of $suite"
	(cd "$debs" && apt-get "${options[@]}" download "$1" >&2) || die "cannot download $1 of $suite"
}
update_suite() {
	local mirror
	# shellcheck disable=SC2016  # for apt to expand
	mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Identifier: Packages' |
		grep -v security | grep '/debian/*$' | sort -u | head -n 1)
	[ -n "$mirror" ] || die "apt knows no mirror of Debian"
	echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" >"$apt/sources.list"
	apt-get "${options[@]}" update >&2 || die "apt-get update failed for $suite"
}

# Debian's own version, such as python3.11
debian_python() { apt-cache depends python3-minimal 2>/dev/null | sed -n 's/^ *PreDepends: \(.*\)-minimal$/\1/p'; }
python=$(debian_python)
if [ -z "$python" ]; then
	apt_update
	python=$(debian_python)
	[ -n "$python" ] || die "apt knows no python3-minimal"
fi
packages=("$python-minimal" "lib$python-minimal" "lib$python-stdlib" libc6 libgcc-s1 zlib1g libexpat1
	libbz2-1.0 liblzma5 libffi8 libssl3 libuuid1 trace-cmd libtracefs1 libtraceevent1 libzstd1
	less bash libtinfo6 procps libproc2-0 libncursesw6 libsystemd0 libcap2 libgcrypt20 libgpg-error0 liblz4-1
	file libmagic1 libmagic-mgc)
for package in "${packages[@]}"; do
	have_deb "$package" "$debs" || fetch_deb "$package" "$debs"
done
have_deb damo "$debs" || { update_suite; from_suite damo; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root
unpack_debs "$debs" "$root" './usr/share/doc*' './usr/share/man*' './usr/share/locale*' '*/gconv/*'
ln -sf "$python" "$root/usr/bin/python3"

# The newest kernel's: unpacking its source takes a minute, so what is wanted of it is kept.
kept=$CACHE/selftests-$suite
if [ -n "$selftests" ] && [ ! -d "$kept" ]; then
	update_suite
	source=$(apt-cache "${options[@]}" depends linux-source | sed -n 's/^ *Depends: //p')
	[ -n "$source" ] || die "$suite has no linux-source"
	(cd "$work" && apt-get "${options[@]}" download "$source" >&2) || die "cannot download $source of $suite"
	mkdir "$work/selftests"
	dpkg-deb --fsys-tarfile "$work/$source"_*.deb | tar -xO "./usr/src/$source.tar.xz" | xz -dc |
		tar -C "$work/selftests" -x --strip-components=4 --wildcards '*/tools/testing/selftests/damon/*'
	basename "$work/$source"_*.deb .deb >"$work/selftests/damon/version"
	for program in access_memory access_memory_even; do
		gcc -O0 -static -w -o "$work/selftests/damon/$program" "$work/selftests/damon/$program.c"
	done
	mv "$work/selftests" "$kept"
fi
if [ -n "$selftests" ]; then
	cp -r "$kept" "$root/selftests"
	ln -sf /bin/env "$root/usr/bin/env"
fi
pack_root "$root" "$out"
