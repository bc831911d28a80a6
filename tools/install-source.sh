#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# install-source.sh TO PATH...: installs in TO what DKMS builds from: the folders and files named, and
# what the Makefile needs to build modules.
set -eu

to=$1
shift
cd "$(dirname "$0")/.."
install -d "$to/tools"
cp -R --no-preserve=ownership "$@" Kbuild.client Makefile dkms.conf LICENSE "$to/"
cp tools/check-kernel.sh tools/link-tree.sh tools/install-dev.sh tools/dkms-symbols.sh "$to/tools/"
