# SPDX-License-Identifier: MIT
"""Files in the format that the Rust crate alloc_tracker documents. FULL, ONE_SPAN and NO_ITERATIONS are
such files: the crate always writes the slopes of bytes and allocations, and null without iterations. It
leaves out an interval that does not exist, and all members of the peak if an operation has none. The
library reads such files, and its own files have the same members in the same order, for the crate's
tools."""

import json
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import check_equal

HERE = pathlib.Path(__file__).resolve().parent
OWN = HERE / 'reports'

FULL = {
    'operation': 'full',
    'total_iterations': 600,
    'total_bytes_allocated': 120000,
    'total_allocations_count': 1250,
    'span_count': 6,
    'slope_bytes_per_iteration': 201.5,
    'interval_low_bytes_per_iteration': 199.25,
    'interval_high_bytes_per_iteration': 203.75,
    'slope_allocations_per_iteration': 2.0,
    'interval_low_allocations_per_iteration': 2.0,
    'interval_high_allocations_per_iteration': 2.0,
    'slope_peak_bytes': 64.0,
    'interval_low_peak_bytes': 60.5,
    'interval_high_peak_bytes': 67.5,
}
ONE_SPAN = {key: 1 if key == 'span_count' else 'one span' if key == 'operation' else value
            for key, value in FULL.items() if not key.startswith('interval_') and 'peak' not in key}
NO_ITERATIONS = {**ONE_SPAN, 'operation': 'no iterations', 'total_iterations': 0,
                 'slope_bytes_per_iteration': None, 'slope_allocations_per_iteration': None}

# What is not in the crate's format, and the reason.
REFUSED = {
    'no slope': ({k: v for k, v in FULL.items() if k != 'slope_bytes_per_iteration'},
                 'member "slope_bytes_per_iteration" is missing'),
    'no count': ({k: v for k, v in FULL.items() if k != 'span_count'}, 'member "span_count" is missing'),
    'half an interval': ({k: v for k, v in FULL.items() if k != 'interval_high_bytes_per_iteration'},
                         'member "interval_high_bytes_per_iteration" is missing'),
    'an interval without a peak': ({k: v for k, v in FULL.items() if k != 'slope_peak_bytes'},
                                   'member "slope_peak_bytes" is missing'),
    'a negative slope': ({**FULL, 'slope_peak_bytes': -1.0},
                         'the number is too small: expected at least 0'),
}


def make_directory(path, *files):
    """Write the files as the crate does: pretty, without a line break at the end."""
    path.mkdir()
    for number, file in enumerate(files):
        (path / f'{number}.json').write_text(json.dumps(file, indent=2))
    return path


def read(path):
    return json.loads(path.read_text())


def check_same_fields():
    """Our files have the members of the crate's files, in their order, after the schema."""
    for name, crate in (('peaks', FULL), ('one_span', ONE_SPAN), ('no_iterations', NO_ITERATIONS)):
        own = read(OWN / f'{name}.json')
        check_equal(list(own)[:len(crate) + 1], ['schema', *crate], f'{name}: the members of the crate')
        check_equal([type(own[key]) for key in crate], [type(value) for value in crate.values()],
                    f'{name}: their types')
        check_equal([key for key in list(own)[len(crate) + 1:] if key in FULL], [],
                    f'{name}: other members of the crate')
    own = read(OWN / 'peaks.json')
    for nested, suffix in (('bytes_per_iteration',) * 2, ('allocations_per_iteration',) * 2,
                           ('peak_bytes',) * 2):
        check_equal([own[f'{part}_{suffix}'] for part in ('slope', 'interval_low', 'interval_high')],
                    [own[nested][part] for part in ('slope', 'low', 'high')], f'{nested}: the same values')


def check_table(done, expected, what):
    check_equal((done.returncode, done.stderr), (0, expected), what)


def check_reading(program, directory):
    source = make_directory(directory / 'crate', FULL, ONE_SPAN, NO_ITERATIONS)
    done = harness.run([program, source, directory / 'again'])
    check_table(done, '''\
Operation      Bytes/iter  min  max  Allocations/iter  min  max  Peak bytes
full                201.5  n/a  n/a                 2  n/a  n/a          64
no iterations         NaN  NaN  NaN               NaN  NaN  NaN         n/a
one span            201.5  n/a  n/a                 2  n/a  n/a         n/a
''', 'files of the crate are read')
    for name, crate in (('full', FULL), ('one_span', ONE_SPAN), ('no_iterations', NO_ITERATIONS)):
        found = read(directory / 'again' / f'{name}.json')
        check_equal(list(found.items()), list(crate.items()), f'{name}: written as the crate writes it')


def check_merging(program, directory):
    """A file of the crate has no sums, so a merged operation has totals only."""
    own = read(OWN / 'peaks.json')
    source = make_directory(directory / 'mixed', own, {**FULL, 'operation': 'peaks'})
    done = harness.run([program, source, directory / 'merged'])
    check_table(done, '''\
Operation  Bytes/iter  min  max  Allocations/iter  min  max
peaks             n/a  n/a  n/a               n/a  n/a  n/a
''', 'an operation of both is merged')
    found = read(directory / 'merged' / 'peaks.json')
    totals = ('total_iterations', 'total_bytes_allocated', 'total_allocations_count', 'span_count')
    check_equal(found, {'operation': 'peaks', **{key: own[key] + FULL[key] for key in totals},
                        'slope_bytes_per_iteration': None, 'slope_allocations_per_iteration': None},
                'the totals are added, the slopes are unknown')


def main():
    check_same_fields()
    with tempfile.TemporaryDirectory() as directory:
        directory = pathlib.Path(directory)
        program = harness.compile_suite(directory, [HERE / 'reports.c'], 'gcc',
                                        ['-O1', *harness.NO_BUILTIN], packages=['alloc-tracker'])
        check_reading(program, directory)
        check_merging(program, directory)
        for what, (content, reason) in REFUSED.items():
            path = make_directory(directory / what, content)
            done = harness.run([program, path])
            lines = done.stdout.splitlines()
            check_equal((lines[0], lines[1].split(': ', 1)[1]),
                        ('a file is not in the expected format', reason), what)
    harness.finish()


main()
