# SPDX-License-Identifier: MIT
"""A child of a process with threads can use the whole library, whatever the threads held when the
process forked; every lock of the library is in the list that a fork takes."""

import pathlib
import re
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import SOURCE, check, check_equal

HERE = pathlib.Path(__file__).resolve().parent


def check_locks():
    """Each definition of a lock is followed, in the same file, by its place in the list."""
    found = 0
    for path in [*SOURCE.glob('src/**/*.[ch]'), *SOURCE.glob('criterion-plugin/**/*.[ch]')]:
        if path.stem == 'lock' or path.name == 'ordered.h':  # at_ordered is listed in fork.c
            continue
        text = path.read_text()
        locks = re.findall(r'struct at_lock (\w+);', text)
        if path.name == 'fork.c':
            locks.append('at_ordered.lock')
        listed = len(re.findall(r'at_lock_list\(AT_LOCK_', text))
        check_equal(listed, len(locks), f'{path.relative_to(SOURCE)}: every lock is listed')
        found += len(locks)
    check_equal(found, 5, 'kinds of locks')


def main():
    check_locks()
    with tempfile.TemporaryDirectory() as directory:
        for compiler in ('gcc', 'clang'):
            program = harness.compile_suite(directory, [HERE / 'forks.c'], compiler,
                                            ['-g', '-O1', *harness.NO_BUILTIN],
                                            packages=['alloc-tracker'], link=['-pthread'])
            done = harness.run([program, directory])
            check_equal(done.stdout, '0 hung, 0 failed\n', f'{compiler}: every child ends well')
            check(done.returncode == 0, f'{compiler}: the parent ends well', done.stderr[-500:])
    harness.finish()


main()
