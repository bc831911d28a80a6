#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# What differs between kernels is in one place, so that a new kernel means one file to look at.
. "$(dirname "$0")/lib.sh"

# shellcheck disable=SC2046
judge "kernel versions are told apart in compat only" "$(grep -nE '\b(LINUX_VERSION_CODE|KERNEL_VERSION)\b' \
	$(sources c h cpp hpp | grep -vE '(^|/)compat\.[ch]$'))"
