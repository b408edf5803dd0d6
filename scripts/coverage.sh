#!/bin/sh
# SPDX-License-Identifier: MIT
# Measures the line coverage of src/ and criterion-plugin/: prints a table by room, and writes one HTML
# page for each file to build/coverage/html. Arguments are names of tests to run; the default is all.
#
# gcov's runtime allocates when a process ends, to merge its counts into files. Tests that count a
# process to its very end see these allocations (`program`, `run`), and may fail here. They pass in
# the ordinary build, and the lines that they reach are counted here too. A process that ends by a
# signal or by _exit writes no counts, so the lines that it reached are missing.
set -eu
cd "$(dirname "$0")/.."
./scripts/install-deps.sh test gcovr

[ -d build/coverage ] || CC=gcc CXX=g++ meson setup build/coverage -Db_coverage=true \
    -Dtests=enabled -Dexamples=enabled >/dev/null
ninja -C build/coverage >/dev/null
find build/coverage -name '*.gcda' -delete
# The library's objects call gcov's runtime, also in programs that a test links with another compiler.
AT_LINK_FLAGS=$(gcc -print-file-name=libgcov.a)
export AT_LINK_FLAGS
meson test -C build/coverage --no-rebuild "$@" || echo 'coverage.sh: some tests failed in this build; see the head of scripts/coverage.sh'

mkdir -p build/coverage/html
gcovr --root . --filter src/ --filter criterion-plugin/ --gcov-ignore-parse-errors \
    --html-details build/coverage/html/index.html --json-summary build/coverage/summary.json \
    build/coverage >/dev/null
python3 - <<'END'
import collections, json
rooms = collections.defaultdict(lambda: [0, 0])
for file in json.load(open('build/coverage/summary.json'))['files']:
    parts = file['filename'].split('/')
    room = rooms['/'.join(parts[:2]) if parts[0] == 'src' else parts[0]]
    room[0] += file['line_covered']
    room[1] += file['line_total']
for name, (covered, total) in sorted(rooms.items()):
    print(f'{name:20} {covered:5} of {total:5} lines  {100 * covered / total:5.1f} %')
END
echo 'The page of each file: build/coverage/html/index.html'
