# SPDX-License-Identifier: MIT
"""A span that an exception leaves is discarded. The header compiles without a warning in every standard
of C and C++."""

import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import SOURCE, check_equal

HERE = pathlib.Path(__file__).resolve().parent
WARNINGS = ['-Wall', '-Wextra', '-Wpedantic', '-Wconversion', '-Wshadow', '-Werror']
STANDARDS = {'gcc': ['c11', 'c17', 'c2x'], 'clang': ['c11', 'c17', 'c2x'],
             'g++': ['c++11', 'c++17', 'c++20'], 'clang++': ['c++11', 'c++17', 'c++20']}


def main():
    with tempfile.TemporaryDirectory() as directory:
        for compiler in ('g++', 'clang++'):
            for level in ('-O0', '-O2'):
                program = harness.compile_suite(directory, [HERE / 'exceptions.cpp'], compiler,
                                                ['-std=c++17', '-g', level],
                                                packages=['alloc-tracker'])
                done = harness.run([program])
                check_equal(done.stdout, 'caught inside 1\nin the handler 1\n',
                            f'{compiler} {level}: the recorded spans')
        nested = pathlib.Path(directory) / 'nested.c'
        nested.write_text('''#include <alloc_tracker/alloc_tracker.h>
void nest(struct at_operation *operation);
void nest(struct at_operation *operation)
{
    at_measure_thread(operation) { at_measure_process(operation, 3) { } }
}
''')
        empty = pathlib.Path(directory) / 'empty.c'
        empty.write_text('extern int a_translation_unit_is_not_empty;\n')
        for compiler, standards in STANDARDS.items():
            for standard in standards:
                language = 'c++' if '++' in compiler else 'c'
                flags = [f'-std={standard}', *WARNINGS, '-fsyntax-only', '-x', language]
                include = ['-I', SOURCE / 'include']
                sources = sorted((SOURCE / 'include' / 'alloc_tracker').glob('*.h'))
                for source in [*sources, nested]:
                    extra = [] if source == nested else ['-include', source]
                    what = nested if source == nested else empty
                    done = harness.run([compiler, *flags, *include, *extra, what])
                    check_equal((done.returncode, done.stderr), (0, ''),
                                f'{compiler} {standard}: {source.name} alone')
    harness.finish()


main()
