#!/bin/sh
# SPDX-License-Identifier: MIT
# Shows the main job: one Criterion suite on real libraries, in which some tests allocate where they
# must not, and fail at the line that did it.
set -eu
cd "$(dirname "$0")/.."
./scripts/install-deps.sh
[ -d build/demo ] || CC=gcc CXX=g++ meson setup build/demo -Dexamples=enabled -Dtests=disabled >/dev/null
ninja -C build/demo examples/demo >/dev/null

cat <<'EOF'

A suite on a ring buffer, lz4, zstd, sqlite3 and the C++ library. Eight tests keep off the heap or
within their budgets and pass; six allocate where they must not. Look at the file and line of each
failure: it is where the memory was asked for, not where the assertion stands.

EOF
status=0
./build/demo/examples/demo --jobs=1 2>&1 || status=$?
[ "$status" -eq 1 ] || { echo "demo.sh: expected failing tests (status 1), got $status" >&2; exit 1; }
echo
echo 'The tests that failed are meant to: examples/ has their sources, README.md the whole story.'
