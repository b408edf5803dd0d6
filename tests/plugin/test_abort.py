# SPDX-License-Identifier: MIT
"""For each way to leave a statement or block, it has one verdict, or none if the test has ended. Nothing of
it remains active in the fixtures: otherwise they abort, and Criterion prints a warning."""

import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import SUITES, check, check_equal

BUILDS = [('gcc', 'c', ['-std=gnu11', '-O2']), ('clang', 'c', ['-std=gnu2x', '-O0']),
          ('g++', 'cpp', ['-std=c++11', '-O0']), ('clang++', 'cpp', ['-std=c++20', '-O2'])]
N_TESTS = {'c': 23, 'cpp': 25}
STATUS = {'n0_skip_in_a_block': 'SKIPPED', 'n0_signal_in_a_block': 'ERRORED',
          'n0_time_out_in_a_block': 'ERRORED'}


def main():
    with tempfile.TemporaryDirectory() as directory:
        for compiler, language, flags in BUILDS:
            label = ' '.join([compiler, *flags])
            program = harness.compile_suite(directory, [SUITES / f'abort.{language}'], compiler,
                                            [*flags, '-g', '-Wall', '-Wextra',
                                             *harness.NO_BUILTIN])
            result = harness.Run(program)
            check_equal(len(result.tests), N_TESTS[language], f'{label}: every test ran')
            for full, test in result.tests.items():
                name = full.split('::')[1]
                n_messages = int(name[1])
                expected = STATUS.get(name, 'FAILED' if n_messages else 'PASSED')
                check_equal((test.status, len(test.messages)), (expected, n_messages),
                            f'{label}: {name}: {[message[2][:200] for message in test.messages]}')
            check('setup or teardown' not in result.output, f'{label}: the fixtures do not abort',
                  result.output)
    harness.finish()


main()
