# SPDX-License-Identifier: MIT
"""Never a false green: if the malloc of the library is hidden, or the program has an operator new of its own,
each test fails with the remedy. No test passes without observed allocations. tests/trust has the tools."""

import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import SUITES, check, check_equal

SUITE = SUITES / 'unobserved.cpp'


def check_measured(label, result):
    check_equal(len(result.tests), 6, f'{label}: the suite ran')
    for name, test in result.tests.items():
        expected = 'PASSED' if '::pass_' in name else 'FAILED'
        check_equal(test.status, expected, f'{label}: {name} is measured')
        for message in test.messages:
            check('1 allocation, ' in message[2], f'{label}: {name} reports the allocation', message)


def check_refused(label, result, *words):
    check_equal(len(result.tests), 6, f'{label}: the suite ran')
    check(result.status != 0, f'{label}: the run fails')
    for name, test in result.tests.items():
        check_equal(test.status, 'FAILED', f'{label}: {name} does not pass')
        check_equal(len(test.messages), 1, f'{label}: {name} fails once')
        for word in words:
            check(word in str(test.messages), f'{label}: {name} reports {word}', test.messages)


def main():
    flags = ['-std=c++17', '-g', *harness.NO_BUILTIN]
    with tempfile.TemporaryDirectory() as directory:
        program = harness.compile_suite(directory, [SUITE], 'g++', flags)
        check_measured('plain', harness.Run(program))
        own = harness.compile_suite(directory, [SUITE, SUITES / 'own_new.cpp'], 'g++', flags)
        check_refused('operator new of the program\'s own', harness.Run(own),
                      'operator new is defined by the program', 'make it call malloc')
        hidden = harness.compile_suite(directory, [SUITE], 'g++', flags, name='hidden',
                                       link=['-Wl,--exclude-libs,ALL'])
        check_refused('--exclude-libs', harness.Run(hidden), 'comes before alloc_tracker',
                      '--exclude-libs')
    harness.finish()


main()
