#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# install-dev.sh TO [RELEASE BUILD]: installs in TO what other modules need to use this one.  What BUILD
# exports is for the kernel of that RELEASE alone, the rest for all.
set -eu

to=$1
cd "$(dirname "$0")/.."
install -d "$to/include/damon" "$to/core"
install -m 644 include/damon/damon.h "$to/include/damon/"
install -m 644 Kbuild.client Kbuild.cxx "$to/"
install -m 755 core/check-cxx-objects.sh "$to/core/"
[ $# = 1 ] || install -D -m 644 "$3/Module.symvers" "$to/$2/Module.symvers"
