# SPDX-License-Identifier: MIT
"""at_panic_on_next_alloc fires once on each function of the family, on any thread. It prints the line with
its source text. Releases do not fire it. A handler may return."""

import pathlib
import signal
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import check, check_equal

SOURCE = pathlib.Path(__file__).resolve().parent / 'panic.cpp'
WORDS = {'realloc': 'realloc of 40 bytes', 'calloc': 'calloc of 80 bytes',
         'reallocarray': 'reallocarray of 80 bytes', 'aligned_alloc': 'aligned_alloc of 128 bytes',
         'new': 'operator new[] of 40 bytes', 'strdup': 'strdup of 5 bytes',
         'note': 'at_note_alloc of 40 bytes'}


# The words for the size of a request, also if no such block can exist, or the product overflows.
SIZES = [('malloc', 2**63, '9,223,372,036,854,775,808 bytes'),
         ('malloc', 2**64 - 2, '18,446,744,073,709,551,614 bytes'),
         ('calloc', 2**62, '9,223,372,036,854,775,808 bytes'),
         ('calloc', 2**63, '18,446,744,073,709,551,615 bytes or more'),
         ('reallocarray', 2**63 + 1, '18,446,744,073,709,551,615 bytes or more'),
         ('note', 2**63 + 1, '9,223,372,036,854,775,809 bytes')]


def check_sizes(program):
    for name, size, words in SIZES:
        entry = WORDS.get(name, name).split()[0]
        stderr = harness.run([program, name, str(size)]).stderr
        check(stderr.startswith(f'alloc_tracker: panic on allocation: {entry} of {words} at '),
              f'{name}({size}): the message names the size', stderr)


def check_message(label, name, stderr, line):
    lines = stderr.splitlines()
    words = WORDS.get(name, f'{name} of 40 bytes')
    check(lines and lines[0].startswith(f'alloc_tracker: panic on allocation: {words} at ')
          and lines[0].endswith(f'panic.cpp:{line}'), f'{label}: the message names the call and the line', stderr)
    rows = [f'{row}{source}' for row, source in zip(lines[1:], lines[2:] + [''])]
    check(any(f'panic.cpp:{line}' in row and f'HERE {name}' in row for row in rows),
          f'{label}: shows the stack and the source', stderr)
    check_equal(stderr.count('panic on allocation'), 1, f'{label}: once')


def main():
    marks = harness.marks(SOURCE)
    with tempfile.TemporaryDirectory() as directory:
        for level in ('-O0', '-O2'):
            program = harness.compile_suite(directory, [SOURCE], 'g++',
                                            ['-std=c++17', '-g', level, *harness.NO_BUILTIN],
                                            packages=['alloc-tracker'])
            check_sizes(program)
            for name, (_, line) in marks.items():
                for mode in ('plain', 'thread'):
                    done = harness.run([program, name, mode])
                    label = f'{level} {name} {mode}'
                    check_equal(done.returncode, -signal.SIGABRT, f'{label}: aborts')
                    check_message(label, name, done.stderr, line)
                done = harness.run([program, name, 'handler'])
                check_equal(done.returncode, 1, f'{level} {name}: handled once, and the program continues')
                check_message(f'{level} {name} handler', name, done.stderr, line)
            for name in ('free', 'nothing'):
                done = harness.run([program, name])
                check_equal((done.returncode, done.stderr), (0, ''), f'{level} {name}: no panic')
            done = harness.run([program, 'malloc'], ALLOC_TRACKER_TRAP='1')
            check_equal(done.returncode, -signal.SIGTRAP, 'ALLOC_TRACKER_TRAP=1: a breakpoint')
    harness.finish()


main()
