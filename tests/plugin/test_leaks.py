# SPDX-License-Identifier: MIT
"""The message of each leak names the line that allocated the block, also for reallocated blocks and blocks of
other threads. 10,000 blocks that eight threads allocate and other threads release are no leaks."""

import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import SUITES, check, check_equal

BUILDS = [('gcc', 'c', ['-std=gnu11', '-O2']), ('clang', 'c', ['-std=gnu17', '-O0']),
          ('g++', 'cpp', ['-std=c++11', '-O1']), ('clang++', 'cpp', ['-std=c++20', '-O2'])]
N_TESTS = 11

METRICS = {
    'freed_elsewhere': '1 block leaked, 10 bytes',
    'grown': '1 block leaked, 200,000 bytes',
    'grown_from_before': '1 block leaked, 50 bytes',
    'aligned': '1 block leaked, 30 bytes',
    'through_libc': '1 block leaked, 5 bytes',
    'one_past_the_edge': '3 blocks leaked, 30 bytes; expected at most 2',
    'one_of_ten_thousand': '1 block leaked, 77 bytes',
}


def check_build(label, program, marks):
    result = harness.Run(program)
    check_equal(len(result.tests), N_TESTS, f'{label}: every test ran')
    for full, test in result.tests.items():
        name = full.split('::')[1]
        check_equal(test.status, 'FAILED' if name in METRICS else 'PASSED', f'{label}: {name}')
        check_equal(len(test.messages), name in METRICS, f'{label}: {name}: messages')
        if name in METRICS and test.messages:
            file, line, message = test.messages[0]
            check_equal((pathlib.Path(file).name, line), marks[name], f'{label}: {name}: the line')
            check(METRICS[name] in message, f'{label}: {name}: the numbers', message)


def main():
    marks = harness.marks(SUITES / 'leaks.h')
    with tempfile.TemporaryDirectory() as directory:
        for compiler, language, flags in BUILDS:
            label = ' '.join([compiler, *flags])
            program = harness.compile_suite(
                directory, [SUITES / f'leaks.{language}'], compiler,
                [*flags, '-g', '-Wall', '-Wextra', *harness.NO_BUILTIN], link=['-pthread'])
            check_build(label, program, marks)
    harness.finish()


main()
