#!/bin/bash
# Builds the Debian packages, and leaves them in build/deb.
set -euo pipefail

cd "$(dirname "$0")/.."
. tools/lib.sh
apt_install dpkg-dev debhelper dh-dkms make

version=$(sed -n '1s/.*(\(.*\)).*/\1/p' debian/changelog)
rm -rf build/deb
tree=build/deb/damon-module-$version
mkdir -p "$tree"
# What is built elsewhere, or is not a part of the source, stays out of it.
tar -c --exclude=./build --exclude='./.*' . | tar -x -C "$tree"
(cd "$tree" && dpkg-buildpackage -us -uc) >build/deb/build.log 2>&1 ||
	die "the packages did not build; the end of build/deb/build.log:" "$(tail -n 15 build/deb/build.log)"
rm -rf "$tree"
ls build/deb/*.deb
