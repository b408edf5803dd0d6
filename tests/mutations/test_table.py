# SPDX-License-Identifier: MIT
"""The table of guards does not rot: each break still applies, to one place, and docs/mutations.md
lists exactly those of the table. Nothing is built; scripts/mutate.py runs them."""

import dataclasses
import os
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
sys.path.insert(0, str(pathlib.Path(os.environ['AT_SOURCE_ROOT']) / 'scripts'))
import mutate
from harness import check, check_equal, finish


def is_rotten(work):
    try:
        work()
    except mutate.Rotten:
        return True
    return False


def check_rot(guard):
    """What the check itself is to notice."""
    text = f'before {guard.find} after'
    check_equal(guard.broken(text), f'before {guard.put} after', 'a break is made')
    check(is_rotten(lambda: guard.broken('another text')), 'a break that no longer applies')
    check(is_rotten(lambda: guard.broken(text + text)), 'a break of two places')
    same = dataclasses.replace(guard, put=guard.find)
    check(is_rotten(lambda: same.broken(text)), 'a break that changes nothing')
    gone = dataclasses.replace(guard, file='src/no_such_file.c')
    check(any('no_such_file' in line for line in mutate.check([gone])), 'a file that is gone')
    check(any('mutations.md' in line for line in mutate.check([guard])), 'a page of other guards')
    row = ('[[guard]]\nname = "a"\nwhat = "b"\nfile = "c"\nfind = "d"\nput = "e"\ntest = "f"\n')
    with tempfile.TemporaryDirectory() as directory:
        (pathlib.Path(directory) / 'room.toml').write_text(row * 2)
        check(is_rotten(lambda: mutate.load(pathlib.Path(directory))), 'a name that stands twice')


def main():
    guards = mutate.load()
    check_equal(mutate.check(guards), [], 'the table fits the tree')
    check(len(guards) >= 200, 'the guards are there', len(guards))
    check_rot(guards[0])
    finish()


main()
