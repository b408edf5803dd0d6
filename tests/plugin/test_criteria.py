# SPDX-License-Identifier: MIT
"""The criteria no_alloc, no_free, no_heap, no_leak and alloc_within, alone and combined, have the right verdict
in each language and with each compiler. Each message is compared as a whole, and is in every output."""

import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import SUITES, check, check_equal

# Criterion's all and none cause -Wconversion warnings, also without the plugin's criteria.
WARNINGS = ['-Wall', '-Wextra', '-Wpedantic', '-Wshadow', '-Werror']
BUILDS = [('gcc', 'c', 'c11', 59), ('clang', 'c', 'c2x', 59), ('g++', 'cpp', 'c++11', 61),
          ('clang++', 'cpp', 'c++20', 61)]


def check_verdicts(label, result, n_tests):
    check_equal(len(result.tests), n_tests, f'{label}: every test ran')
    for name, test in result.tests.items():
        expected = 'PASSED' if name.split('::')[1].startswith('pass') else 'FAILED'
        check_equal(test.status, expected, f'{label}: {name}')
        if expected == 'FAILED':
            check(test.messages and test.messages[0][2],
                  f'{label}: {name} has the reason in every output', test.messages)
    check_equal(result.status, 1, f'{label}: the run fails')


def main():
    with tempfile.TemporaryDirectory() as directory:
        for compiler, language, standard, n_tests in BUILDS:
            label = f'{compiler} -std={standard}'
            program = harness.compile_suite(
                directory, [SUITES / f'criteria.{language}'], compiler,
                [f'-std={standard}', '-g', '-O1', *WARNINGS, *harness.NO_BUILTIN])
            check_verdicts(label, harness.Run(program), n_tests)
            output = harness.run_whole(program)
            check('\x01' not in output, f'{label}: no mark is printed', output)
            if compiler in ('gcc', 'g++'):
                harness.check_output(output, f'criteria.{language}.txt', label)
    harness.finish()


main()
