#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# install-dev.sh TO [RELEASE BUILD]: installs in TO what other modules need to use this one.  What BUILD
# exports is for the kernel of that RELEASE alone, the rest for all.
# install-dev.sh -r FROM RELEASE: removes what is for that kernel, and with the last of them the rest,
# unless a package brought it.
set -eu

if [ "$1" = -r ]; then
	from=$2
	[ ! -d "$from" ] || rm -rf "${from:?}/${3:?}"
	set -- "$from"/*/Module.symvers
	[ -d "$from" ] && [ ! -e "$1" ] && [ ! -e /var/lib/dpkg/info/damon-dev.list ] || exit 0
	rm -f "$from/include/damon/damon.h" "$from/Kbuild.client" "$from/Kbuild.cxx" \
		"$from/core/check-cxx-objects.sh"
	rmdir "$from/include/damon" "$from/include" "$from/core" "$from"
	exit
fi
to=$1
cd "$(dirname "$0")/.."
install -d "$to/include/damon" "$to/core"
install -m 644 include/damon/damon.h "$to/include/damon/"
install -m 644 Kbuild.client Kbuild.cxx "$to/"
install -m 755 core/check-cxx-objects.sh "$to/core/"
[ $# = 1 ] || install -D -m 644 "$3/Module.symvers" "$to/$2/Module.symvers"
