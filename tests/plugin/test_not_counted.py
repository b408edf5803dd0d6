# SPDX-License-Identifier: MIT
"""Never a false red: allocations of Criterion are not counted for a test that forbids allocations. Allocations
of the user's code inside Criterion's functions are counted."""

import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import SUITES, check, check_equal

EXPECTED_FAILURE = 'not_counted::a_failed_expectation_is_the_only_failure'


def check_not_counted(label, result):
    check_equal(len(result.tests), 8, f'{label}: tests ran (parameters share a name)')
    for name, test in result.tests.items():
        if name == EXPECTED_FAILURE:
            check_equal(len(test.messages), 1, f'{label}: {name}')
            check('allocation' not in str(test.messages), f'{label}: {name} has no allocation message',
                  test.messages)
        else:
            check_equal(test.status, 'PASSED', f'{label}: {name}')
            check_equal(test.messages, [], f'{label}: {name}')
    check('expected none' not in result.output, f'{label}: nothing is counted for the test', result.output)


def main():
    with tempfile.TemporaryDirectory() as directory:
        for compiler in ('gcc', 'clang'):
            program = harness.compile_suite(directory, [SUITES / 'not_counted.c'], compiler,
                                            ['-g', '-O2', *harness.NO_BUILTIN])
            for arguments in ([], ['--full-stats'], ['--verbose'], ['-j8']):
                check_not_counted(f'{compiler} {arguments}', harness.Run(program, arguments))
            sources = [SUITES / 'not_counted_theory.c']
            program = harness.compile_suite(directory, sources, compiler,
                                            ['-g', '-O2', *harness.NO_BUILTIN])
            result = harness.Run(program)
            for name, place in harness.marks(*sources).items():
                test = result.tests[f'charged::{name}']
                check_equal([(pathlib.Path(m[0]).name, m[1]) for m in test.messages], [place],
                            f'{compiler}: {name}: the message names the line')
            check_equal(result.tests['charged::pass_theory'].status, 'PASSED',
                        f'{compiler}: three datapoints, three allocations')
        for compiler in ('g++', 'clang++'):
            program = harness.compile_suite(directory, [SUITES / 'not_counted.cpp'], compiler,
                                            ['-std=c++17', '-g', '-O1', *harness.NO_BUILTIN])
            result = harness.Run(program)
            check_equal(len(result.tests), 7, f'{compiler}: the C++ suite ran')
            for name, test in result.tests.items():
                expected = 'FAILED' if '::fail_' in name else 'PASSED'
                check_equal(test.status, expected, f'{compiler}: {name}: {test.messages}')
            for operand in ('41', '42'):
                check(f' {operand}' in result.output,
                      f'{compiler}: the message has the operands', result.output)
    harness.finish()


main()
