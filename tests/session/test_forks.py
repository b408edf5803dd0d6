# SPDX-License-Identifier: MIT
"""A forked child can use the whole library, even if a thread of the parent held a lock of the library.
Every lock is in the list of locks that a fork takes."""

import pathlib
import re
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import SOURCE, check, check_equal

HERE = pathlib.Path(__file__).resolve().parent


def check_locks():
    """Check that each file that defines a lock also adds the lock to the list."""
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
            check_equal(done.stdout, '0 hung, 0 failed\n', f'{compiler}: every child succeeds')
            check(done.returncode == 0, f'{compiler}: the parent succeeds', done.stderr[-500:])
    harness.finish()


main()
