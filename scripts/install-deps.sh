#!/bin/sh
# SPDX-License-Identifier: MIT
# Installs Debian packages that are missing. An argument is a set of packages (demo, quick or test, of
# which each contains the ones before) or one package. `a|b` is the first package that this release of
# Debian has. `a?` is omitted if this release does not have the package.
# shellcheck disable=SC2086 # lists of packages are split into words; -f makes `?` an ordinary character
set -euf

demo='
    binutils
    g++
    gcc
    libcriterion-dev
    liblz4-dev
    libsqlite3-dev
    libzstd-dev
    meson
    ninja-build
    pkgconf
    python3
'
quick="$demo
    clang
    git
    mandoc
    procps
    python3-jsonschema
    python3-yaml
    strace
    zlib1g-dev
    zsh
"
test="$quick
    autoconf
    automake
    chromium
    clang-format-14?
    cmake
    dpkg-dev
    fakeroot?
    faketime?
    gcc-aarch64-linux-gnu
    gcc-i686-linux-gnu
    gdb
    libc6-dev-arm64-cross
    libc++-dev
    libc++abi-dev
    libc6-dev-i386-cross
    libcjson-dev
    libclang-rt-dev
    libexpat1-dev
    libglib2.0-dev
    libgoogle-perftools-dev
    libjansson-dev
    libjemalloc-dev
    libjson-c-dev
    libmimalloc-dev
    libpcre2-dev
    libtool
    libxml2-dev
    libyaml-dev
    lld
    llvm
    locales
    make
    mold?
    musl-tools
    qemu-user-static|qemu-user
    sqlite3
    valgrind
"

fail() {
    echo "install-deps.sh: $1" >&2
    exit 1
}

is_installed() {
    state=$(dpkg-query -W -f '${Status}' "$1" 2>/dev/null || true)
    [ "$state" = 'install ok installed' ]
}

# Succeeds if this release of Debian has the package.
is_available() {
    LC_ALL=C apt-cache policy "$1" 2>/dev/null | grep -q '^  Candidate: [^(]'
}

# Prints the packages in $* of which no alternative is installed.
list_missing() {
    for package; do
        for name in $(echo "${package%\?}" | tr '|' ' '); do
            ! is_installed "$name" || continue 2
        done
        echo "$package"
    done
}

# Prints the names that this release has for the packages in $*.
choose() {
    for package; do
        for name in $(echo "${package%\?}" | tr '|' ' '); do
            ! is_available "$name" || { echo "$name"; continue 2; }
        done
        [ "$package" != "${package%\?}" ] || fail "this release of Debian has no package $package"
    done
}

apt() {
    if [ "$(id -u)" -eq 0 ]; then
        DEBIAN_FRONTEND=noninteractive apt-get -qq "$@"
    elif command -v sudo >/dev/null; then
        sudo DEBIAN_FRONTEND=noninteractive apt-get -qq "$@"
    else
        fail "not root, and there is no sudo; as root: scripts/install-deps.sh $arguments"
    fi || fail "apt-get $1 failed; the lines above have the reason"
}

arguments=$*
usage='usage: install-deps.sh demo|quick|test|PACKAGE...'
wanted=
for argument; do
    case $argument in
        demo) wanted="$wanted $demo" ;;
        quick) wanted="$wanted $quick" ;;
        test) wanted="$wanted $test" ;;
        -*) fail "unknown option $argument; $usage" ;;
        *) wanted="$wanted $argument" ;;
    esac
done
[ -n "$wanted" ] || fail "no package given; $usage"
if ! command -v apt-get >/dev/null; then
    echo 'install-deps.sh: no apt-get, so nothing was installed; the packages have these names in Debian:' $wanted >&2
    exit 0
fi
missing=$(list_missing $wanted)
[ -n "$missing" ] || exit 0
echo "$missing" | grep -q '[^?]$' && apt update
chosen=$(choose $missing)
if [ -n "$chosen" ]; then
    echo 'Installing:' $chosen
    apt install -y --no-install-recommends $chosen >/dev/null
fi
