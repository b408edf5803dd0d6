# SPDX-License-Identifier: MIT
"""The table of docs/trust.md, bracket × way to leave it: no way leaves anything open. The frames that
are left are those of C with and without cleanup, and without tables for the unwinder."""

import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import check_equal

HERE = pathlib.Path(__file__).resolve().parent
NO_TABLES = ['-fno-asynchronous-unwind-tables', '-fno-unwind-tables', '-fno-exceptions']
# The flags of the C frames, and how many of the cells can be tried in them: 21 ways, two of them
# exceptions, which cannot pass a frame without tables.
FRAMES = [(['-O1'], 210), (['-O1', '-fexceptions'], 210), (['-O0', '-fexceptions'], 210),
          (['-O2', '-fomit-frame-pointer'], 210), (['-O1', *NO_TABLES], 190)]


def check_table(directory, compiler, flags, n):
    label = ' '.join([compiler, *flags])
    frames = pathlib.Path(directory) / 'enter.o'
    done = harness.run([compiler, '-c', HERE / 'enter.c', '-o', frames, *flags, '-g', '-Wall',
                        '-Wextra', '-Werror', *harness.NO_BUILTIN,
                        *harness.pkg_config('--cflags', 'alloc-tracker')])
    check_equal(done.stderr, '', f'{label}: the frames build')
    program = harness.compile_suite(
        directory, [HERE / 'leave.cpp', frames], {'gcc': 'g++', 'clang': 'clang++'}[compiler],
        ['-g', '-O1', '-Wall', '-Wextra', '-Werror', *harness.NO_BUILTIN],
        packages=['alloc-tracker'], link=['-pthread'])
    done = harness.run([program, *(['no exceptions'] if n < 210 else [])])
    check_equal(done.stdout, f'2 permitted, 1 not\n{n} of {n} cells hold\n', label)
    check_equal(done.returncode, 0, f'{label}: it ends well')


def check_coroutines(directory):
    for level in ('-O0', '-O2'):
        program = harness.compile_suite(directory, [HERE / 'coroutine.cpp'], 'g++',
                                        ['-std=c++20', level, *harness.NO_BUILTIN],
                                        packages=['alloc-tracker'])
        done = harness.run([program])
        check_equal(done.stdout, '1 permitted, 3 not\n1 permitted, 0 not\n',
                    f'C++20 coroutines, {level}')


def main():
    with tempfile.TemporaryDirectory() as directory:
        for compiler in ('gcc', 'clang'):
            for flags, n in FRAMES:
                check_table(directory, compiler, flags, n)
        check_coroutines(directory)
    harness.finish()


main()
