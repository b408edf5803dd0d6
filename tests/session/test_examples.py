# SPDX-License-Identifier: MIT
"""The core's examples print the expected output. One of them writes a report, which has the JSON format
of the documentation."""

import json
import os
import pathlib
import signal
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import SOURCE, check, check_equal

BUILT = pathlib.Path(os.environ['AT_EXAMPLES']) / 'core'

OUTPUT = {
    'basic': '''\
Operation     Bytes/iter  min  max  Allocations/iter  min  max
build_a_list          80   80   80                 5    5    5
''',
    'thread_vs_process': '''\
Operation  Bytes/iter    min    max  Allocations/iter  min  max
process         1,010  1,010  1,010                 2    2    2
thread             10     10     10                 1    1    1
''',
    'threaded_reports': '''\
Operation    Bytes/iter  min  max  Allocations/iter  min  max
even work             2    1    3                 1    1    1
odd work              3    2    4                 1    1    1
shared work         100  100  100                 1    1    1
''',
    'bench_zlib': '''\
Operation      Bytes/iter    min    max  Allocations/iter  min  max
new stream          7,160  7,160  7,160                 1    1    1
reused stream           0      0      0                 0    0    0
''',
}


def check_json(directory):
    done = harness.run([BUILT / 'threaded_reports', directory])
    check_equal(done.returncode, 0, 'threaded_reports writes a report')
    names = sorted(path.name for path in directory.iterdir())
    check_equal(names, ['even_work.json', 'odd_work.json', 'shared_work.json'], 'one file for each operation')
    found = json.loads((directory / 'odd_work.json').read_text())
    expected = {'schema': 'alloc-tracker-operation/1', 'operation': 'odd work',
                'total_iterations': 2, 'total_bytes_allocated': 6, 'total_allocations_count': 2,
                'span_count': 2}
    check_equal({key: found[key] for key in expected}, expected, 'the report has the fields of the Rust crate')
    bytes_per_iteration = found['bytes_per_iteration']
    check_equal([bytes_per_iteration[key] for key in ('mean', 'slope', 'min', 'max')],
                [3, 3, 2, 4], 'the report has the rates')
    check(abs(bytes_per_iteration['low'] - (3 - 1.96 * 2 ** 0.5 / 2)) < 1e-9, 'the report has the interval')


def main():
    for name, output in OUTPUT.items():
        done = harness.run([BUILT / name])
        check_equal((done.returncode, done.stdout, done.stderr), (0, output, ''), name)
    done = harness.run([BUILT / 'panic_on_alloc'])
    check_equal((done.returncode, done.stdout), (-signal.SIGABRT, ''), 'panic_on_alloc aborts')
    lines = (SOURCE / 'examples' / 'core' / 'panic_on_alloc.c').read_text().splitlines()
    line = next(i for i, text in enumerate(lines, 1) if 'strdup(text)' in text)
    head = done.stderr.splitlines()[0]
    check(head.startswith('alloc_tracker: panic on allocation: strdup of 14 bytes at ')
          and head.endswith(f'panic_on_alloc.c:{line}'), 'panic_on_alloc names the line that allocates', head)
    check('looks_harmless' in done.stderr and 'copy = strdup(text);' in done.stderr,
          'panic_on_alloc shows the source text', done.stderr)
    with tempfile.TemporaryDirectory() as directory:
        check_json(pathlib.Path(directory))
    harness.finish()


main()
