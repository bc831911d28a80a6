#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# check-kernel.sh KDIR RELEASE: refuses, with a sentence, a kernel that damon.ko cannot be built for.
set -eu

kdir=$1
release=$2

refuse() {
	echo "damon.ko cannot be built for kernel ${release:-of $kdir}: $1" >&2
	for found in /lib/modules/6.1.*/build /lib/modules/6.12.*/build; do
		[ -e "$found" ] && echo "	it can with: make KVER=$(basename "$(dirname "$found")")" >&2
	done
	exit 1
}

case $release in
'' | 6.1.* | 6.12.*) ;;
*) refuse 'the supported series are 6.1 and 6.12.' ;;
esac

config=$kdir/include/config/auto.conf
[ -e "$config" ] || refuse "its headers are not installed (apt-get install linux-headers-$release)."

for option in X86_64 KPROBES KALLSYMS SYSFS MODULES; do
	grep -q "^CONFIG_$option=y" "$config" || refuse "it has no CONFIG_$option."
done
