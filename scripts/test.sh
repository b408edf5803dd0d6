#!/bin/sh
# SPDX-License-Identifier: MIT
# Installs what is needed, builds with gcc and clang without a warning, checks the format, and runs
# every test. The last line is the sum: N passed, N failed.
set -eu
cd "$(dirname "$0")/.."
./scripts/install-deps.sh

passed=0
failed=0

# Runs `meson test` in a build directory and adds its results.
run_tests() {
    directory=$1
    shift
    meson test -C "$directory" --no-rebuild --print-errorlogs "$@" || true
    set -- $(python3 - "$directory" <<'EOF'
import json, pathlib, sys
log = pathlib.Path(sys.argv[1]) / 'meson-logs' / 'testlog.json'
results = [json.loads(line)['result'] for line in log.read_text().splitlines()]
good = sum(result in ('OK', 'EXPECTEDFAIL') for result in results)
print(good, len(results) - good)
EOF
    )
    passed=$((passed + $1))
    failed=$((failed + $2))
}

build() {
    directory=$1
    if [ ! -d "$directory" ]; then
        meson setup "$directory" -Dwerror=true -Dtests=enabled -Dexamples=enabled
    fi
    ninja -C "$directory"
}

if clang-format-14 --dry-run -Werror $(git ls-files '*.c' '*.h' '*.cpp'); then
    passed=$((passed + 1))
else
    failed=$((failed + 1))
fi

CC=gcc CXX=g++ build build/gcc
run_tests build/gcc
CC=clang CXX=clang++ build build/clang
run_tests build/clang --suite unit

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
