# SPDX-License-Identifier: MIT
"""A test fails if the tracker gets no memory for its tables. The message has the remedy."""

import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import SUITES, check, check_equal


def main():
    with tempfile.TemporaryDirectory() as directory:
        program = harness.compile_suite(directory, [SUITES / 'no_memory.c'], 'gcc',
                                        ['-g', *harness.NO_BUILTIN])
        result = harness.Run(program)
        check_equal(len(result.tests), 5, 'the suite ran')
        for name, test in result.tests.items():
            fails = '::fail_' in name
            check_equal(test.status, 'FAILED' if fails else 'PASSED', f'{name}: the status')
            check_equal('give the process more address space (ulimit -v)' in str(test.messages),
                        fails, f'{name}: {test.messages}')
    harness.finish()


main()
