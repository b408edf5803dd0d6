# SPDX-License-Identifier: MIT
"""A sanitizer's report has the same frames of the user with this library as without it. The test covers
the stacks of a leak, an allocation, a release and an access, for each function of the family."""

import concurrent.futures
import pathlib
import re
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import check, check_equal

SOURCE = pathlib.Path(__file__).resolve().parent / 'frames.cpp'
MALLOC = ['malloc', 'calloc', 'realloc', 'reallocarray', 'aligned_alloc', 'memalign',
          'posix_memalign', 'valloc', 'pvalloc', 'strdup']
NEW = ['new', 'new[]', 'nothrow']
DEFECTS = {
    'address': ['leak', 'use_after_free', 'twice'],
    'leak': ['leak'],
    'thread': ['use_after_free', 'twice'],
    'memory': ['uninitialised', 'use_after_free'],
}
COMPILERS = {'g++': ['address', 'leak', 'thread'],
             'clang++': ['address', 'leak', 'thread', 'memory']}
FLAGS = {'memory': ['-fsanitize-memory-track-origins=2']}
# With the user's frame pointers, and without.
POINTERS = ['-fno-omit-frame-pointer', '-fomit-frame-pointer']


def stacks(report):
    """Return the user's functions of each stack in a report, innermost first."""
    found, stack = [], []
    for line in report.splitlines():
        frame = re.match(r'\s+#(\d+) (?:0x[0-9a-f]+ in )?(\w+)', line)
        if frame and frame.group(1) == '0' and stack:
            found.append(stack)
            stack = []
        if frame and frame.group(2).startswith(('user_', 'main')):
            stack.append(frame.group(2))
    return found + [stack] if stack else found


def build(directory, compiler, sanitizer, pointers, packages):
    flags = [f'-fsanitize={sanitizer}', '-g', '-O1', pointers, *harness.NO_BUILTIN,
             *FLAGS.get(sanitizer, [])]
    name = f'{compiler} {sanitizer} {pointers} {len(packages)}'
    if packages:
        return harness.compile_suite(directory, [SOURCE], compiler, flags, packages, name)
    program = pathlib.Path(directory) / name
    done = harness.run([compiler, *flags, SOURCE, '-o', program])
    check_equal((done.returncode, done.stderr), (0, ''), f'{name} is built')
    return program


def compare(directory, compiler, sanitizer, pointers):
    plain = build(directory, compiler, sanitizer, pointers, [])
    linked = build(directory, compiler, sanitizer, pointers, ['alloc-tracker'])
    reported = 0
    for defect in DEFECTS[sanitizer]:
        for function in MALLOC + NEW:
            label = f'{compiler}, {sanitizer}, {pointers}, {function}, {defect}'
            expected, seen = (harness.run([program, function, defect]) for program in (plain, linked))
            check_equal(seen.returncode, expected.returncode, f'{label}: exit status')
            check_equal(stacks(seen.stderr), stacks(expected.stderr), f'{label}: stacks')
            reported += len(stacks(expected.stderr))
    return reported


def main():
    with tempfile.TemporaryDirectory() as directory, \
            concurrent.futures.ThreadPoolExecutor(2) as pool:
        work = {f'{compiler} {sanitizer} {pointers}':
                    pool.submit(compare, directory, compiler, sanitizer, pointers)
                for compiler, sanitizers in COMPILERS.items() for sanitizer in sanitizers
                for pointers in POINTERS}
        for label, reported in work.items():
            print(f'{label}: {reported.result()} stacks')
            check(reported.result() > 0, f'{label}: something is reported')
    harness.finish()


main()
