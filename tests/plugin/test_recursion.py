# SPDX-License-Identifier: MIT
"""A message shows each function of a recursion once, and call sites that differ only in their depth are one.
Overloads are different functions. Long statements and lines are cut. ALLOC_TRACKER_VERBOSE=1 shows all. The whole
output is compared."""

import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import SUITES

FLAGS = ['-g', '-O0', '-Wall', '-Wextra', '-std=gnu11', *harness.NO_BUILTIN]
CPP_FLAGS = ['-g', '-O0', '-Wall', '-Wextra', '-std=c++11', *harness.NO_BUILTIN]


def main():
    with tempfile.TemporaryDirectory() as directory:
        program = harness.compile_suite(directory, [SUITES / 'recursion.c'], 'gcc', FLAGS)
        output = harness.run_whole(program)
        for name in ('parser', 'long_*'):
            output += harness.run_whole(program, f'--filter=recursion/{name}', ALLOC_TRACKER_VERBOSE='1')
        program = harness.compile_suite(directory, [SUITES / 'overloads.cpp'], 'g++', CPP_FLAGS)
        output += harness.run_whole(program)
        harness.check_output(output, 'recursion.txt', 'recursion')
    harness.finish()


main()
