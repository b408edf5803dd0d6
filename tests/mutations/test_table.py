# SPDX-License-Identifier: MIT
"""The table of guards is current: each break applies to exactly one text, and docs/mutations.md lists
exactly the rows of the table. This test builds nothing; scripts/mutate.py runs the rows."""

import dataclasses
import os
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
sys.path.insert(0, str(pathlib.Path(os.environ['AT_SOURCE_ROOT']) / 'scripts'))
import mutate
from harness import check, check_equal, finish


def is_stale(work):
    try:
        work()
    except mutate.Stale:
        return True
    return False


def check_staleness(guard):
    """scripts/mutate.py --check notices each fault."""
    text = f'before {guard.find} after'
    check_equal(guard.broken(text), f'before {guard.put} after', 'a break is made')
    check(is_stale(lambda: guard.broken('another text')), 'a break that no longer applies')
    check(is_stale(lambda: guard.broken(text + text)), 'a break that applies twice')
    same = dataclasses.replace(guard, put=guard.find)
    check(is_stale(lambda: same.broken(text)), 'a break that changes nothing')
    gone = dataclasses.replace(guard, file='src/no_such_file.c')
    check(any('no_such_file' in line for line in mutate.check([gone])), 'a missing file')
    check(any('mutations.md' in line for line in mutate.check([guard])), 'a page that lists other guards')
    row = ('[[guard]]\nname = "a"\nwhat = "b"\nfile = "c"\nfind = "d"\nput = "e"\ntest = "f"\n')
    with tempfile.TemporaryDirectory() as directory:
        (pathlib.Path(directory) / 'room.toml').write_text(row * 2)
        check(is_stale(lambda: mutate.load(pathlib.Path(directory))), 'a name that occurs twice')


def main():
    guards = mutate.load()
    check_equal(mutate.check(guards), [], 'the table matches the tree')
    check(len(guards) >= 200, 'the table has all guards', len(guards))
    check_staleness(guards[0])
    finish()


main()
