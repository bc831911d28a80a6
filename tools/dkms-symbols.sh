#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# dkms-symbols.sh RELEASE TO: keeps what the module exports beside what DKMS keeps of that build.
# There Kbuild.client finds it while that build is installed, and DKMS removes it with the build.
set -eu

install -D -m 644 "build/$1/Module.symvers" "$2/Module.symvers"
