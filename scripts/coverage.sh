#!/bin/sh
# SPDX-License-Identifier: MIT
# Line coverage of src/ and criterion-plugin/ by the test suite: a table by room, and one HTML page a
# file in build/coverage/html. With arguments, of the tests of these names only.
#
# gcov's runtime is part of what is measured here, and allocates once a process ends, to merge its
# counts into files: beneath our malloc, where only what counts a process to its very end sees it
# (`program`, `run`). So those tests may fail here; they pass in the ordinary build, and their
# lines count all the same. What ends by a signal or _exit writes no counts: its lines are missing.
set -eu
cd "$(dirname "$0")/.."
./scripts/install-deps.sh test gcovr

[ -d build/coverage ] || CC=gcc CXX=g++ meson setup build/coverage -Db_coverage=true \
    -Dtests=enabled -Dexamples=enabled >/dev/null
ninja -C build/coverage >/dev/null
find build/coverage -name '*.gcda' -delete
# The library's objects call gcov's runtime, also in what a test links by another compiler.
AT_LINK_FLAGS=$(gcc -print-file-name=libgcov.a)
export AT_LINK_FLAGS
meson test -C build/coverage --no-rebuild "$@" || echo 'coverage.sh: some tests fail in this build'

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
echo 'build/coverage/html/index.html has each file'
