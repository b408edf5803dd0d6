# SPDX-License-Identifier: MIT
"""A test whose body did not reach its end has no leaks, in messages, results and the table: its own clean-up
and perhaps the fini did not run. A test whose body ended has the leaks of after the fini."""

import json
import pathlib
import re
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import SUITES, check_equal

# The status of each test, its allocations, its leaks, and the number of messages about leaks.
TESTS = {
    'aborted::assertion': ('failed', 1, 0, 0),
    'aborted::assertion_without_fini': ('failed', 1, 0, 0),
    'aborted::assertion_of_alloc_tracker': ('failed', 1, 0, 0),
    'aborted::skips': ('skipped', 1, 0, 0),
    'aborted::crashes': ('crashed', 1, 0, 0),
    'aborted::expects_signal': ('passed', 1, 0, 0),
    'aborted::times_out': ('timed-out', 1, 0, 0),
    'aborted::dies': ('passed', 1, 0, 0),
    'aborted::exits': ('passed', 1, 0, 0),
    'aborted::second_run': ('failed', 1, 0, 0),
    'aborted::parameter[0]': ('passed', 1, 0, 0),
    'aborted::parameter[1]': ('failed', 1, 0, 0),
    'ended::keeps': ('failed', 1, 1, 1),
    'ended::fails_and_keeps': ('failed', 1, 1, 1),
    'ended::gives_in_fini': ('passed', 1, 0, 0),
    'ended::keeps_after_fini': ('failed', 1, 1, 1),
}
THROWS = {'aborted::throws': ('failed', 3, 0, 0)}  # an exception has two blocks


def name_of(test):
    return test['id'] + (f"[{test['parameter']}]" if 'parameter' in test else '')


def leaks_of_sites(test):
    return sum(site['leaks'] for site in test['sites'] or [])


def check_build(label, program, directory, expected):
    path = pathlib.Path(directory) / 'results.json'
    result = harness.Run(program, ['-j1', f'--output=alloc:{path}'], ALLOC_TRACKER_SUMMARY='1')
    tests = {name_of(test): test for test in json.loads(path.read_text())['tests']}
    about_leaks = re.findall(r'alloc budget of (\S+) at \S+: \d+ blocks? leaked', result.output)
    seen = {name: (test['status'], test['usage']['allocs'], test['usage']['leaks'],
                   about_leaks.count(name)) for name, test in tests.items()}
    check_equal(seen, expected, f'{label}: status, allocations, leaks, messages about leaks')
    for name, test in tests.items():
        leaks = test['usage']['leaks']
        check_equal(test['usage']['leaked_bytes'], 100 * leaks, f'{label}: {name}: leaked bytes')
        check_equal(leaks_of_sites(test), leaks, f'{label}: {name}: the leaks of its call sites')
    rows = re.findall(r'^(\S+::\S+) +\S+ +\S+ +\S+ +\S+ +(\d+)  ', result.output, re.MULTILINE)
    check_equal({name: int(leaks) for name, leaks in rows},
                {name: row[2] for name, row in expected.items()}, f'{label}: the table')


def main():
    with tempfile.TemporaryDirectory() as directory:
        for compiler, language in (('gcc', 'c'), ('clang++', 'cpp')):
            program = harness.compile_suite(
                directory, [SUITES / f'aborted.{language}'], compiler,
                ['-g', '-Wall', '-Wextra', *harness.NO_BUILTIN])
            check_build(compiler, program, directory,
                        TESTS if language == 'c' else {**TESTS, **THROWS})
    harness.finish()


main()
