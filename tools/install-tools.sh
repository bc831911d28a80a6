#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# install-tools.sh [-r] DESTDIR PREFIX: installs what comes with the module, or removes it.
set -eu

remove=0
[ "$1" != -r ] || { remove=1; shift; }
destdir=$1 prefix=$2
cd "$(dirname "$0")"

# put MODE FROM TO
put() {
	if [ $remove = 1 ]; then
		rm -f "$destdir$prefix/$3"
	else
		install -D -m "$1" "$2" "$destdir$prefix/$3"
	fi
}

service=lib/systemd/system/damon-textfile.service
put 755 fleet/damon-textfile bin/damon-textfile
put 644 fleet/damon-textfile.service $service
put 644 fleet/damon-textfile.timer lib/systemd/system/damon-textfile.timer
put 644 fleet/dashboard.json share/damon/grafana-dashboard.json
[ $remove = 0 ] || rmdir "$destdir$prefix/share/damon" 2>/dev/null || true
[ $remove = 1 ] || sed -i "s|@BINDIR@|$prefix/bin|" "$destdir$prefix/$service"
