# SPDX-License-Identifier: MIT
"""Allocations in a cr_permit_alloc block are not counted for the assertions and budgets around it. This ends
with the block, also if longjmp leaves it. A block that longjmp leaves has a verdict."""

import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import SUITES, check_equal

WARNINGS = ['-Wall', '-Wextra', '-Wpedantic', '-Wconversion', '-Wshadow', '-Werror']
BUILDS = [('gcc', 'c', ['-std=c11', '-O0']), ('gcc', 'c', ['-std=c2x', '-O3']),
          ('clang', 'c', ['-std=c11', '-O0']), ('clang', 'c', ['-std=c2x', '-O2']),
          ('gcc', 'c', ['-std=c11', '-O2', '-D_FORTIFY_SOURCE=2']),
          ('g++', 'cpp', ['-std=c++11', '-O2']), ('clang++', 'cpp', ['-std=c++20', '-O0'])]


def main():
    with tempfile.TemporaryDirectory() as directory:
        for compiler, language, flags in BUILDS:
            label = ' '.join([compiler, *flags])
            program = harness.compile_suite(
                directory, [SUITES / f'permit.{language}'], compiler,
                [*flags, '-g', *WARNINGS, *harness.NO_BUILTIN], link=['-pthread'])
            result = harness.Run(program)
            check_equal(len(result.tests), 28 + (language == 'cpp'), f'{label}: every test ran')
            for name, test in result.tests.items():
                fails = name.split('::')[1].startswith('fail')
                check_equal(test.status, 'FAILED' if fails else 'PASSED', f'{label}: {name}')
                if fails and name != 'theories::fail_permit_left':
                    check_equal(len(test.messages), 1, f'{label}: {name} has one verdict')
            check_equal(result.status, 1, f'{label}: the run fails')
            if flags in (['-std=c11', '-O0'], ['-std=c++11', '-O2']) and compiler[0] == 'g':
                harness.check_output(harness.run_whole(program), f'permit.{language}.txt', label)
    harness.finish()


main()
