#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds the Debian packages of the last commit, checks them with lintian, installs them, runs
# debian/tests, and removes them. An argument is a directory: the packages are copied to it.
set -eu
target=${1:+$(cd "$1" && pwd)}
cd "$(dirname "$0")/.."
./scripts/install-deps.sh quick debhelper dpkg-dev lintian
if [ "$(id -u)" -eq 0 ]; then as_root=; else as_root=sudo; fi

source=$PWD
work=$(mktemp -d)
installed=
finish() {
    [ -z "$installed" ] || $as_root dpkg --purge alloc-tracker liballoc-tracker-dev >/dev/null
    rm -rf "$work"
}
trap finish EXIT

git clone -q "$source" "$work/alloc-tracker"
cd "$work/alloc-tracker"
dpkg-buildpackage -us -uc -b >"$work/build.log" 2>&1 || { cat "$work/build.log"; exit 1; }
lintian --allow-root --fail-on error,warning ../*.changes
installed=yes
$as_root dpkg -i ../alloc-tracker_*.deb ../liballoc-tracker-dev_*.deb >/dev/null
./debian/tests/smoke
[ -z "$target" ] || cp ../*.deb "$target"
echo 'package.sh: the packages were built and installed, and passed their tests'
