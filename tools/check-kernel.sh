#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# check-kernel.sh KDIR RELEASE: refuses, with a sentence, a kernel that damon.ko cannot be built for.
set -eu

kdir=$1
release=$2

if [ -z "$release" ]; then
	echo "No kernel headers in $kdir." >&2
	echo "Install them (apt-get install linux-headers-<release>) or name another kernel:" >&2
	for found in /lib/modules/*/build/include/config/kernel.release; do
		[ -r "$found" ] && echo "	make KVER=$(cat "$found")" >&2
	done
	exit 1
fi

case $release in
6.1.* | 6.12.*) ;;
*)
	echo "Kernel $release is not supported: damon.ko supports the series 6.1 and 6.12." >&2
	exit 1
	;;
esac

config=$kdir/include/config/auto.conf
for option in X86_64 KPROBES KALLSYMS SYSFS MODULES; do
	if ! grep -q "^CONFIG_$option=y" "$config"; then
		echo "Kernel $release is not supported: it has no CONFIG_$option." >&2
		exit 1
	fi
done
