# SPDX-License-Identifier: MIT
"""If a first use allocates, the message has one line with the cause and the remedy. The remedy works."""

import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import SUITES, check, check_equal

HINTS = {
    'fail_stdio': "a stream's first use allocates its buffer: set .warmup = 1, or call setvbuf()",
    'fail_localtime': 'the first use of a time function reads the time zone: set .warmup = 1, or call tzset()',
    'fail_setlocale': 'setlocale() loads locale data: call it before the measured code',
    'fail_pthread_create': 'a new thread needs a descriptor',
    'fail_qsort': 'qsort() copies an array of 1,024 bytes or more, on every call',
}

STREAMS = r'''
#include <alloc_tracker/criterion.h>
#include <iostream>
Test(streams, cout) { cr_assert_no_alloc(std::cout << "a line\n"); }
Test(streams, wcout) { cr_assert_no_alloc(std::wcout << L"a line\n"); }
Test(streams, own_buffers) { cr_assert_no_alloc(std::ios_base::sync_with_stdio(false)); }
'''
STREAM_HINTS = {'cout': HINTS['fail_stdio'], 'wcout': HINTS['fail_stdio'],
                'own_buffers': 'sync_with_stdio(false) allocates the buffers of std::cin'}


def check_hint(label, message, hint):
    check(f'hint: {hint}' in message, f'{label}: the hint', message)


def check_streams(directory):
    """Check the hints for the standard streams of C++, whose functions have many names."""
    source = pathlib.Path(directory) / 'streams.cpp'
    source.write_text(STREAMS)
    program = harness.compile_suite(directory, [source], 'g++', ['-g'])
    tests = harness.Run(program).tests
    check_equal(len(tests), len(STREAM_HINTS), 'the suite of streams ran')
    for name, hint in STREAM_HINTS.items():
        check_hint(name, tests[f'streams::{name}'].messages[0][2], hint)


def main():
    with tempfile.TemporaryDirectory() as directory:
        for level in ('-O0', '-O2'):
            program = harness.compile_suite(directory, [SUITES / 'hints.c'], 'cc', ['-g', level])
            result = harness.Run(program, TZ='Europe/Berlin')
            check_equal(len(result.tests), len(HINTS) + 2, f'{level}: the suite ran')
            for name, test in result.tests.items():
                name = name.split('::')[1]
                expected = 'FAILED' if name in HINTS else 'PASSED'
                check_equal(test.status, expected, f'{level} {name}: {test.messages}')
                if name in HINTS:
                    text = test.messages[0][2]
                    check_hint(f'{level} {name}', text, HINTS[name])
                    check_equal(text.count('hint:'), 1, f'{level} {name}: one hint')
        check_streams(directory)
    harness.finish()


main()
