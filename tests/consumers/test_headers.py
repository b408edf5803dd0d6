# SPDX-License-Identifier: MIT
"""Each installed header compiles alone and when it is included twice, without a warning, as C11 to C23
and C++11 to C++20, with gcc and clang."""

import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import STAGE, check, check_equal

WARNINGS = ['-Wall', '-Wextra', '-Wpedantic', '-Wconversion', '-Wshadow', '-Werror']
COMPILERS = {
    'gcc': ('c', ['c11', 'c17', 'c2x']),
    'clang': ('c', ['c11', 'c17', 'c2x']),
    'g++': ('c++', ['c++11', 'c++14', 'c++17', 'c++20']),
    'clang++': ('c++', ['c++11', 'c++14', 'c++17', 'c++20']),
}


def check_header(header, source, flags):
    # A translation unit must not be empty, so it gets a declaration.
    source.write_text(f'#include <{header}>\n#include <{header}>\nint after(void);\n')
    for compiler, (language, standards) in COMPILERS.items():
        for standard in standards:
            done = harness.run([compiler, f'-std={standard}', '-x', language, *WARNINGS,
                                '-fsyntax-only', *flags, source])
            check_equal(done.returncode, 0, f'{header}: {compiler} -std={standard} {done.stderr}')


def main():
    include = next(STAGE.glob('**/include'))
    headers = sorted(str(path.relative_to(include))
                     for path in (include / 'alloc_tracker').glob('*.h'))
    check('alloc_tracker/criterion.h' in headers, 'the plugin\'s header is installed')
    flags = harness.pkg_config('--cflags', 'alloc-tracker-criterion')
    with tempfile.TemporaryDirectory() as directory:
        for header in headers:
            check_header(header, pathlib.Path(directory) / 'alone.c', flags)
    harness.finish()


main()
