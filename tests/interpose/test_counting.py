# SPDX-License-Identifier: MIT
"""Counting mode: the counters are exact after each call, in a program without the plugin."""

import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import check_equal

SOURCE = pathlib.Path(__file__).resolve().parent / 'counting.cpp'


def main():
    with tempfile.TemporaryDirectory() as directory:
        for compiler in ('g++', 'clang++'):
            program = harness.compile_suite(directory, [SOURCE], compiler,
                                            ['-std=c++17', '-g', '-O1', *harness.NO_BUILTIN],
                                            packages=['alloc-tracker'])
            done = harness.run([program])
            check_equal((done.returncode, done.stderr), (0, ''),
                        f'{compiler}: the exit status is the line of the first wrong counter')
    harness.finish()


main()
