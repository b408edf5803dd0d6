#!/bin/sh
# SPDX-License-Identifier: MIT
# Installs the packages that the tests need, checks the format, builds with gcc and clang without a
# warning, and runs every test. With --quick: builds with gcc only, and runs the unit tests and the
# tests of verdicts and of the command, except those that need a browser or CMake. That takes two
# minutes. The last line has the totals: N passed, N failed, and N skipped if a check was skipped.
set -eu
cd "$(dirname "$0")/.."
case "$#:${1:-}" in
    0:) quick= ;;
    1:--quick) quick=yes ;;
    *)
        echo "test.sh: unexpected arguments: $*; usage: scripts/test.sh [--quick]" >&2
        exit 2
        ;;
esac

passed=0
failed=0
skipped=0

fail() {
    echo "test.sh: $1" >&2
    failed=$((failed + 1))
}

check_format() {
    if ! command -v clang-format-14 >/dev/null; then
        echo 'test.sh: skipped the check of the format: there is no clang-format-14'
        skipped=$((skipped + 1))
    elif git ls-files -z '*.c' '*.h' '*.cpp' | xargs -0 clang-format-14 --dry-run -Werror; then
        passed=$((passed + 1))
    else
        fail 'the format of these files differs; run clang-format-14 -i on them'
    fi
}

# Adds the results of the last `meson test` in the directory $1 to the totals.
add_results() {
    counts=$(python3 - "$1/meson-logs/testlog.json" <<'END'
import json, sys
results = [json.loads(line)['result'] for line in open(sys.argv[1])]
good = sum(result in ('OK', 'EXPECTEDFAIL') for result in results)
skipped = results.count('SKIP')
print(good, len(results) - good - skipped, skipped)
END
    ) || { fail "$1: meson test wrote no results"; return; }
    read -r n_good n_bad n_skipped <<END
$counts
END
    passed=$((passed + n_good))
    failed=$((failed + n_bad))
    skipped=$((skipped + n_skipped))
}

# Configures the build directory $1, unless it is configured.
configure() {
    [ -f "$1/build.ninja" ] ||
        meson setup "$1" -Dwerror=true -Dtests=enabled -Dexamples=enabled ||
        { fail "$1: meson setup failed"; return 1; }
}

# Runs `meson test` in the build directory $1 with the other arguments.
run_tests() {
    directory=$1
    shift
    rm -f "$directory/meson-logs/testlog.json"
    meson test -C "$directory" --print-errorlogs "$@" || true
    add_results "$directory"
}

# Builds all of the build directory $1 and runs the tests that the other arguments select.
build_and_run_tests() {
    configure "$1" || return 0
    ninja -C "$1" || { fail "$1: the build failed, so its tests were not run"; return 0; }
    run_tests "$@" --no-rebuild
}

export CC CXX
CC=gcc CXX=g++
if [ -n "$quick" ]; then
    ./scripts/install-deps.sh quick
    configure build/gcc && run_tests build/gcc --suite quick # builds only the targets of these tests
else
    ./scripts/install-deps.sh test
    check_format
    build_and_run_tests build/gcc
    CC=clang CXX=clang++
    build_and_run_tests build/clang --suite unit
fi

if [ "$skipped" -eq 0 ]; then
    echo "$passed passed, $failed failed"
else
    echo "$passed passed, $failed failed, $skipped skipped"
fi
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
