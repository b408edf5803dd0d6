#!/bin/sh
# SPDX-License-Identifier: MIT
# Shows the main job: a Criterion suite on real libraries in which some tests allocate memory where
# they must not, and fail at the line that allocated. Builds only the library and this suite.
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
echo 'Building the library and the suite (about 10 seconds) ...'
[ -f build/demo/build.ninja ] ||
    CC=gcc CXX=g++ meson setup build/demo -Dexamples=auto -Dcli=disabled -Dtests=disabled \
        >$log 2>&1 || { cat $log >&2; fail 'meson setup failed'; }
ninja -C build/demo examples/demo >$log 2>&1 || { cat $log >&2; fail 'the build failed'; }

cat <<'END'

The suite has 14 tests on a ring buffer, lz4, zstd, sqlite3 and the C++ library.
  8 tests pass: they allocate nothing, or stay within their budgets.
  6 tests fail on purpose: they allocate where they must not.

Criterion prints only the failures. Each failure has three parts:
  1. the file and line that allocated the memory
  2. the assertion or budget, the number of allocations, and the limit
  3. each call site, with its stack and source text

END
tap=build/demo/demo.tap
rm -f $tap
./build/demo/examples/demo --jobs=1 --output=tap:$tap 2>&1 || true
n_passed=$(grep -c '^ok ' $tap || true)
n_failed=$(grep -c '^not ok ' $tap || true)
[ "$n_passed, $n_failed" = '8, 6' ] ||
    fail "$n_passed tests passed and $n_failed failed; expected 8 and 6"
cat <<'END'

As intended, 8 tests passed and 6 failed. Next:
  build/demo/examples/demo --verbose   list every test with its allocations
  examples/README.md                   the sources of these tests, and more examples
  README.md                            how to add alloc_tracker to your suite
END
