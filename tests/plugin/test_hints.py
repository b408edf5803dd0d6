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
                    check(f'hint: {HINTS[name]}' in text, f'{level} {name}: the hint', text)
                    check_equal(text.count('hint:'), 1, f'{level} {name}: one hint')
    harness.finish()


main()
