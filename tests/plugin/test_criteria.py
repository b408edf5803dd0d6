# SPDX-License-Identifier: MIT
"""no_alloc and its kin as criteria, alone and composed, pass and fail as they should in each language
and compiler; what a failure says is compared as a whole, and stands in every output."""

import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import SUITES, check, check_equal

# Criterion's all and none bring -Wconversion upon themselves, with or without our criteria.
WARNINGS = ['-Wall', '-Wextra', '-Wpedantic', '-Wshadow', '-Werror']
BUILDS = [('gcc', 'c', 'c11', 57), ('clang', 'c', 'c2x', 57), ('g++', 'cpp', 'c++11', 59),
          ('clang++', 'cpp', 'c++20', 59)]


def check_verdicts(label, result, n_tests):
    check_equal(len(result.tests), n_tests, f'{label}: every test ran')
    for name, test in result.tests.items():
        expected = 'PASSED' if name.split('::')[1].startswith('pass') else 'FAILED'
        check_equal(test.status, expected, f'{label}: {name}')
        if expected == 'FAILED':
            check(test.messages and test.messages[0][2],
                  f'{label}: {name} says why in every output', test.messages)
    check_equal(result.status, 1, f'{label}: the run fails')


def main():
    with tempfile.TemporaryDirectory() as directory:
        for compiler, language, standard, n_tests in BUILDS:
            label = f'{compiler} -std={standard}'
            program = harness.compile_suite(
                directory, [SUITES / f'criteria.{language}'], compiler,
                [f'-std={standard}', '-g', '-O1', *WARNINGS, *harness.NO_BUILTIN])
            check_verdicts(label, harness.Run(program), n_tests)
            if compiler in ('gcc', 'g++'):
                harness.check_output(harness.run_whole(program), f'criteria.{language}.txt', label)
    harness.finish()


main()
