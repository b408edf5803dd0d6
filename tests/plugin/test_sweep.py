# SPDX-License-Identifier: MIT
"""The failure sweep passes for correct code, and finds every planted defect, at the allocation whose failure
shows it. It works under sanitizers too, within their limits."""

import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import SUITES, check, check_equal

WARNINGS = ['-Wall', '-Wextra', '-Wpedantic', '-Wconversion', '-Wshadow', '-Werror']
BUILDS = [('gcc', 'c', ['-std=c11', '-O1']), ('clang', 'c', ['-std=c2x', '-O0']),
          ('g++', 'cpp', ['-std=c++11', '-O1']), ('clang++', 'cpp', ['-std=c++20', '-O1'])]
N_TESTS = {'c': 36, 'cpp': 38}


def check_verdicts(label, result, n_tests):
    check_equal(len(result.tests), n_tests, f'{label}: every test ran')
    for name, test in result.tests.items():
        fails = name.split('::')[1].startswith('fail')
        check_equal(test.status, 'FAILED' if fails else 'PASSED', f'{label}: {name}')
        if fails:
            check_equal(len(test.messages), 1, f'{label}: {name} has one verdict')


def check_planted(result):
    """Check that each defect is reported at the line of the allocation whose failure shows it."""
    marks = harness.marks(SUITES / 'sweep.h') | harness.marks(SUITES / 'sweep_threads.h')
    for name, mark in {'leak': 'leaked', 'crash': 'careless', 'callback': 'copied',
                       'first_thread': 'thread'}.items():
        file, line, message = result.tests[f'sweep::fail_{name}'].messages[0]
        check_equal((pathlib.Path(file).name, line), marks[mark], f'{name}: the induced site')
        check('HERE' in message, f'{name} has the source text', message)
    for name, label, mark in (('realloc', 'leaked: 1 block, 8 bytes  malloc', 'lost'),
                              ('double_free', 'crashed in', 'twice')):
        message = result.tests[f'sweep::fail_{name}'].messages[0][2]
        first = message.partition(f'{label}\n')[2].splitlines()[:2]  # long source text has its own line
        check(any(f'HERE {mark}' in line for line in first), f'{name}: the line of the defect', message)


def check_sanitized(directory):
    """Check that the message contains AddressSanitizer's report of a crash. The sweep cannot fail its
    operator new, and reports this."""
    for compiler, language in (('gcc', 'c'), ('clang++', 'cpp')):
        program = harness.compile_suite(
            directory, [SUITES / f'sweep.{language}'], compiler,
            ['-g', '-O1', '-fsanitize=address', *harness.NO_BUILTIN], name='sanitized')
        result = harness.Run(program, ['--filter=sweep/*_crash'])
        check('AddressSanitizer' in result.tests['sweep::fail_crash'].messages[0][2],
              f'{compiler}: AddressSanitizer\'s report', result.output)
        tests = harness.Run(program, ['--filter=sweep/pass_first_thread']).tests
        check_equal(tests['sweep::pass_first_thread'].status, 'PASSED', f'{compiler}: a thread')
        if language == 'cpp':
            result = harness.Run(program, ['--filter=cpp/pass_caught'])
            check_equal(result.status, 1, 'an unfailable allocation fails the test')
            check('cannot be made to fail' in result.output, 'the reason is reported', result.output)


def main():
    with tempfile.TemporaryDirectory() as directory:
        for compiler, language, flags in BUILDS:
            label = ' '.join([compiler, *flags])
            program = harness.compile_suite(
                directory, [SUITES / f'sweep.{language}'], compiler,
                [*flags, '-g', *WARNINGS, *harness.NO_BUILTIN], link=['-pthread'])
            result = harness.Run(program)
            check_verdicts(label, result, N_TESTS[language])
            check_planted(result)
            if compiler in ('gcc', 'g++'):
                harness.check_output(harness.run_whole(program), f'sweep.{language}.txt', label)
        check_sanitized(directory)
    harness.finish()


main()
