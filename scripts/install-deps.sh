#!/bin/sh
# SPDX-License-Identifier: MIT
# Installs, on Debian, what building and testing need, and the packages that are named as arguments.
# Asks for nothing that is there already.
set -eu

packages='
    autoconf
    automake
    binutils
    chromium
    clang
    clang-format-14
    cmake
    g++
    gcc
    gcc-aarch64-linux-gnu
    gcc-i686-linux-gnu
    gdb
    git
    libc6-dev-arm64-cross
    libc6-dev-i386-cross
    libcjson-dev
    libclang-rt-14-dev
    libcriterion-dev
    libexpat1-dev
    libglib2.0-dev
    libgoogle-perftools-dev
    libjansson-dev
    libjemalloc-dev
    libjson-c-dev
    liblz4-dev
    libmimalloc-dev
    libpcre2-dev
    libsqlite3-dev
    libtcmalloc-minimal4
    libtool
    libxml2-dev
    libyaml-dev
    libzstd-dev
    make
    mandoc
    meson
    musl-tools
    ninja-build
    pkg-config
    procps
    python3
    python3-jsonschema
    python3-yaml
    qemu-user-static
    sqlite3
    strace
    valgrind
    zlib1g-dev
    zsh
'

missing=
for package in $packages "$@"; do
    state=$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null || true)
    [ "$state" = 'install ok installed' ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -eq 0 ]; then
    as_root=
elif command -v sudo >/dev/null; then
    as_root=sudo
else
    echo "install-deps.sh: not root and no sudo; as root: apt-get install$missing" >&2
    exit 1
fi
export DEBIAN_FRONTEND=noninteractive
echo "Installing:$missing"
$as_root apt-get update -qq
# shellcheck disable=SC2086
$as_root apt-get install -y -qq --no-install-recommends $missing >/dev/null
