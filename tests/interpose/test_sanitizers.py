# SPDX-License-Identifier: MIT
"""Under each sanitizer of gcc and clang the figures are exact, and the sanitizer still finds what it
is there for. ASan, UBSan and LSan also with a Criterion suite; Debian's Criterion itself does not
start under TSan or MSan, so those are tested with a program of our own."""

import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import SUITES, check, check_equal

HERE = pathlib.Path(__file__).resolve().parent
TRUTH = '7 allocs, 1 reallocs, 6 frees, 333 bytes, 0 live, 0 leaks'
# Sanitizer: the defects it must find, with a word of its report.
DEFECTS = {
    'address': [('use_after_free', 'heap-use-after-free'), ('mismatch', 'alloc-dealloc-mismatch'),
                ('leak', '77 byte(s) leaked')],
    'leak': [('leak', '77 byte(s) leaked')],
    'thread': [('race', 'data race'), ('use_after_free', 'heap-use-after-free')],
    'undefined': [('overflow', 'signed integer overflow')],
    'memory': [('uninitialised', 'use-of-uninitialized-value')],
    'address,undefined': [('use_after_free', 'heap-use-after-free'),
                          ('overflow', 'signed integer overflow')],
}
SUITE_SANITIZERS = ['address', 'leak', 'undefined', 'address,undefined']


def check_suite(label, program):
    result = harness.Run(program)
    check_equal(len(result.tests), 5, f'{label}: the suite ran')
    for name, test in result.tests.items():
        check_equal(test.status, 'PASSED' if '::pass_' in name else 'FAILED', f'{label}: {name}')
        for message in test.messages:
            check('1 allocation, ' in message[2], f'{label}: {name} says what it saw', message)


def main():
    with tempfile.TemporaryDirectory() as directory:
        for compiler in ('g++', 'clang++'):
            for sanitizer, defects in DEFECTS.items():
                if (compiler, sanitizer) == ('g++', 'memory'):
                    continue
                label = f'{compiler} {sanitizer}'
                flags = ['-std=c++17', '-g', '-O1', f'-fsanitize={sanitizer}',
                         *harness.NO_BUILTIN]
                program = harness.compile_suite(directory, [HERE / 'sanitized.cpp'], compiler,
                                                flags, packages=['alloc-tracker'])
                done = harness.run([program])
                check_equal((done.returncode, done.stdout.strip()), (0, TRUTH), f'{label}: exact')
                check_equal(done.stderr, '', f'{label}: and silent')
                for defect, word in defects:
                    done = harness.run([program, defect])
                    check(word in done.stderr, f'{label}: finds {defect}', done.stderr[:2000])
                    check_equal(done.stdout.strip(), TRUTH, f'{label}: exact beside {defect}')
                if sanitizer in SUITE_SANITIZERS:
                    check_suite(f'{label} suite', harness.compile_suite(
                        directory, [SUITES / 'unobserved.cpp'], compiler, flags))
    harness.finish()


main()
