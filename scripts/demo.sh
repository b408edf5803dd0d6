#!/bin/sh
# SPDX-License-Identifier: MIT
# Shows the main job: one Criterion suite on real libraries, in which some tests allocate memory
# where they must not, and fail at the line that did it. Builds only what the suite is linked with.
set -eu
cd "$(dirname "$0")/.."
if [ $# -ne 0 ]; then
    echo "demo.sh: unexpected argument $1; usage: scripts/demo.sh" >&2
    exit 2
fi
fail() {
    echo "demo.sh: $1" >&2
    exit 1
}

./scripts/install-deps.sh demo
log=build/demo/demo.log
mkdir -p build/demo
echo 'Building the library and the suite...'
[ -f build/demo/build.ninja ] ||
    CC=gcc CXX=g++ meson setup build/demo -Dexamples=auto -Dcli=disabled -Djson=disabled \
        -Dtests=disabled >$log 2>&1 || { cat $log >&2; fail 'meson setup failed'; }
ninja -C build/demo examples/demo >$log 2>&1 || { cat $log >&2; fail 'the build failed'; }

cat <<'END'

A suite on a ring buffer, lz4, zstd, sqlite3 and the C++ library. Eight tests pass: they allocate
nothing, or stay within their budgets. Six tests fail on purpose: they allocate where they must not.
Each failure names the file and line that asked for the memory, not the line of the assertion.

END
tap=build/demo/demo.tap
rm -f $tap
./build/demo/examples/demo --jobs=1 --output=tap:$tap 2>&1 || true
verdicts="$(grep -c '^ok ' $tap || true) passed, $(grep -c '^not ok ' $tap || true) failed"
[ "$verdicts" = '8 passed, 6 failed' ] || fail "$verdicts; expected 8 and 6"
echo
echo 'The six failures above are on purpose. The tests are in examples/; README.md explains the macros.'
