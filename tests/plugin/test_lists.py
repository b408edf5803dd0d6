# SPDX-License-Identifier: MIT
"""Each metric that is not within its limit has its own list of call sites, in the order of the metric. A list
that another one contains is not printed. The whole output is compared, also with ALLOC_TRACKER_VERBOSE=1."""

import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import SUITES

FLAGS = ['-g', '-O0', '-Wall', '-Wextra', '-std=gnu11', *harness.NO_BUILTIN]


def main():
    with tempfile.TemporaryDirectory() as directory:
        program = harness.compile_suite(directory, [SUITES / 'lists.c'], 'gcc', FLAGS)
        output = harness.run_whole(program)
        output += harness.run_whole(program, '--filter=lists/allocs_and_bytes_cut',
                                    ALLOC_TRACKER_VERBOSE='1')
        harness.check_output(output, 'lists.txt', 'lists')
    harness.finish()


main()
