# SPDX-License-Identifier: MIT
"""A message about peak lists what was live at the peak, and a message about live what is live at the end. The
parts add up. The whole output is compared: call sites that do not contribute are not in it."""

import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import SUITES, check_equal

FLAGS = ['-g', '-O0', '-Wall', '-Wextra', '-std=c++11', *harness.NO_BUILTIN]


def build_library(directory):
    library = directory / 'libpeaks.so'
    done = harness.run(['gcc', '-g', '-O0', '-fPIC', '-shared', *harness.NO_BUILTIN,
                        SUITES.relative_to(harness.SOURCE) / 'peaks_library.c', '-o', library],
                       cwd=harness.SOURCE)
    check_equal((done.returncode, done.stderr), (0, ''), 'the library builds')
    return library


def main():
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        library = build_library(directory)
        program = harness.compile_suite(directory, [SUITES / 'peaks.cpp'], 'g++', FLAGS,
                                        link=['-pthread', library])
        suppressions = directory / 'suppressions'
        suppressions.write_text('function:third_party\n')
        output = harness.run_whole(program, ALLOC_TRACKER_SUPPRESSIONS=suppressions)
        # With suppressions, the call sites from before the budget are known.
        output += harness.run_whole(program, '--filter=shapes/budget_set_later')
        harness.check_output(output, 'peaks.txt', 'peaks')
    harness.finish()


main()
