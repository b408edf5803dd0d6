# SPDX-License-Identifier: MIT
"""The allocations, releases and bytes of about fifty calls equal those that valgrind counts in the same
program without the library. valgrind counts a realloc as one allocation of the full new size and one
release."""

import concurrent.futures
import os
import pathlib
import re
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import check, check_equal

HERE = pathlib.Path(__file__).resolve().parent
LIBRARIES = ['-llz4', '-lz', '-lzstd', '-lsqlite3', '-pthread']
FLAGS = ['-std=c++17', '-g', '-O1', *harness.NO_BUILTIN]


def valgrind_total(program, *arguments):
    done = harness.run(['valgrind', '--run-libc-freeres=no', '--run-cxx-freeres=no',
                        program, *arguments], timeout=300)
    match = re.search(r'total heap usage: ([\d,]+) allocs, ([\d,]+) frees, ([\d,]+) bytes',
                      done.stderr)
    check(match is not None, f'valgrind {arguments} has a total', done.stderr)
    return [int(number.replace(',', '')) for number in match.groups()]


def truth(program, index):
    without = valgrind_total(program, str(index), 'prepare')
    with_it = valgrind_total(program, str(index))
    return [a - b for a, b in zip(with_it, without)]


def main():
    with tempfile.TemporaryDirectory() as directory:
        directory = pathlib.Path(directory)
        plain = directory / 'plain'
        done = harness.run(['g++', *FLAGS, HERE / 'counts.cpp', HERE / 'counts_plain.cpp', '-o',
                            plain, *LIBRARIES])
        check(done.returncode == 0, 'the plain program builds', done.stderr)
        tracked = harness.compile_suite(directory, [HERE / 'counts.cpp', HERE / 'counts_tracked.c'],
                                        'g++', FLAGS, packages=['alloc-tracker'], name='tracked',
                                        link=LIBRARIES)
        done = harness.run([tracked])
        check_equal(done.returncode, 0, 'the tracked program agrees with its own counters')
        rows = [line.split() for line in done.stdout.splitlines()]
        check(len(rows) >= 50, 'calls were measured', done.stdout)
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            truths = list(pool.map(lambda i: truth(plain, i), range(len(rows))))
        for (name, *numbers), expected in zip(rows, truths):
            allocs, reallocs, frees, n_bytes, dropped = map(int, numbers)
            check_equal([allocs, frees + reallocs, n_bytes], expected, f'{name} is exact')
            check_equal(dropped, 0, f'{name} drops nothing')
        check_equal(rows[0][1:], ['0'] * 5, 'the empty call allocates nothing')
    harness.finish()


main()
