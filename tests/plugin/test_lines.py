# SPDX-License-Identifier: MIT
"""A message names the exact line with each compiler and option: gcc and clang, -O0 to -O3, with and without
PIE, C and C++, for each way to allocate. The stack contains the test too."""

import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import SUITES, check, check_equal

LEVELS = ['-O0', '-O2', '-O3']
SHAPES = [('pie', ['-fPIE'], ['-pie']), ('no-pie', ['-fno-pie'], ['-no-pie'])]


def check_run(label, result, expected, suite):
    for name, place in expected.items():
        test = result.tests.get(f'{suite}::{name}')
        what = f'{label}: {name}'
        check(test is not None, f'{what} ran', result.output[-2000:])
        if not test:
            continue
        check_equal(len(test.messages), 1, f'{what} fails once')
        if test.messages:
            file, line, text = test.messages[0]
            check_equal((pathlib.Path(file).name, line), place, f'{what}: the message names the line')
            check(pathlib.Path(file).is_file(), f'{what}: the file exists', file)
            source = (SUITES / place[0]).read_text().splitlines()[place[1] - 1]
            check(source.strip().split(';')[0] in text,
                  f'{what}: the message has the source text', text)
    check_equal(sorted(result.tests), sorted(f'{suite}::{name}' for name in expected),
                f'{label}: every test has a mark')


def main():
    c_marks = harness.marks(SUITES / 'lines.c', SUITES / 'lines_shared.c')
    cpp_marks = harness.marks(SUITES / 'lines_cpp.cpp')
    with tempfile.TemporaryDirectory() as directory:
        directory = pathlib.Path(directory)
        for family, (cc, cxx) in {'gcc': ('gcc', 'g++'), 'clang': ('clang', 'clang++')}.items():
            for level in LEVELS:
                for shape, compile_flags, link_flags in SHAPES:
                    label = f'{family} {level} {shape}'
                    flags = ['-g', level, *compile_flags, *harness.NO_BUILTIN]
                    library = directory / 'liblines_shared.so'
                    done = harness.run([cc, '-g', level, '-fPIC', '-shared',
                                        SUITES / 'lines_shared.c', '-o', library])
                    check(done.returncode == 0, f'{label}: the library builds', done.stderr)
                    program = harness.compile_suite(
                        directory, [SUITES / 'lines.c'], cc, flags,
                        link=[*link_flags, str(library), f'-Wl,-rpath,{directory}'])
                    check_run(label, harness.Run(program), c_marks, 'lines')
                    program = harness.compile_suite(directory, [SUITES / 'lines_cpp.cpp'], cxx,
                                                    ['-std=c++17', *flags], link=link_flags)
                    check_run(label, harness.Run(program), cpp_marks, 'lines_cpp')
    harness.finish()


main()
