# SPDX-License-Identifier: MIT
"""compare and check on tests whose usage or call sites are not known in one of the files: no call site is
listed as new or removed because a file does not have it, and no test as removed because it was skipped."""

import pathlib
import tempfile

import made
from harness import check_equal, finish
from made import results, site, test, tool, usage

PUSH = site('malloc', 2, 64, ('push', 'ring.c', 4, 'p = malloc(32);'), peak_bytes=64)
MORE = site('malloc', 3, 96, ('push', 'ring.c', 4, 'p = malloc(32);'), peak_bytes=96)
PASSED = test('ring::push', PUSH)
ABOVE = test('ring::push', MORE)
CRASHED = {**PASSED, 'status': 'crashed', 'signal': 11, 'sites': None, 'frames': []}
EXITED = {**PASSED, 'sites': None, 'frames': []}
EXITED_ABOVE = {**ABOVE, 'sites': None, 'frames': []}
SKIPPED = test('ring::push', status='skipped', usage=None, sites=None)
UNOBSERVED = test('ring::push', verdict='unobserved', usage=None, sites=None)
FAILED = {**ABOVE, 'status': 'failed'}
EARLY = test('ring::push', status='crashed', usage=usage(1, 32), sites=None, frames=[])

MORE_LINES = '''\
ring::push: 3 allocs (+1), 96 bytes (+32), peak 96 bytes (+32)
'''

# For each case: the test in BASE and in HEAD, and what compare prints.
CASES = {
    'a crash with equal usage': (PASSED, CRASHED, '''\
ring::push
  HEAD: it crashed, so its usage is not complete
  HEAD: its call sites were not recorded
'''),
    'an early crash is no improvement': (PASSED, EARLY, '''\
ring::push: 1 alloc (-1), 32 bytes (-32), peak 32 bytes (-32)
  HEAD: it crashed, so its usage is not complete
  HEAD: its call sites were not recorded
'''),
    'a crash that was repaired': (EARLY, PASSED, '''\
ring::push: 2 allocs (+1), 64 bytes (+32), peak 64 bytes (+32)
  BASE: it crashed, so its usage is not complete
  BASE: its call sites were not recorded
'''),
    'the same crash twice': (CRASHED, CRASHED, 'no difference\n'),
    'a failure lists the call sites': (PASSED, FAILED, MORE_LINES + '''\
  HEAD: it failed, so its usage may not be complete
  +1 alloc ring.c:4, +32 bytes, +32 bytes at the peak, malloc in push
'''),
    '_exit() with equal usage': (PASSED, EXITED, 'no difference\n'),
    '_exit() in BASE': (EXITED, ABOVE, MORE_LINES + '  BASE: its call sites were not recorded\n'),
    '_exit() in HEAD': (PASSED, EXITED_ABOVE, MORE_LINES + '  HEAD: its call sites were not recorded\n'),
    'skipped': (PASSED, SKIPPED, 'ring::push\n  HEAD: it was skipped\n'),
    'not skipped anymore': (SKIPPED, PASSED, 'ring::push\n  BASE: it was skipped\n'),
    'skipped twice': (SKIPPED, SKIPPED, 'no difference\n'),
    'not observed': (PASSED, UNOBSERVED, 'ring::push\n  HEAD: its allocations were not observed\n'),
    'new and skipped': (None, SKIPPED, 'no difference\n'),
    'removed and skipped': (SKIPPED, None, 'no difference\n'),
}

ABOVE_WORDS = '3 allocs, baseline 2 (+1); 96 bytes, baseline 64 (+32); peak 96 bytes, baseline 64 (+32)'


def check_gate(directory, before, after, words):
    base = directory / 'entries'
    base.unlink(missing_ok=True)
    tool('update', '--baseline', base, made.write(directory / 'base.json', results(before)))
    done = tool('check', '--baseline', base, made.write(directory / 'head.json', results(after)))
    made.check_run(words, done, 1, f'''\
FAIL    ring::push: {ABOVE_WORDS}; {words}
1 test: 1 above: gate failed
''', '')


def main():
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        for what, (before, after, report) in CASES.items():
            base = made.write(directory / 'base.json', results(*filter(None, [before])))
            head = made.write(directory / 'head.json', results(*filter(None, [after])))
            made.check_run(what, tool('compare', base, head), 0, report, '')
        check_gate(directory, EXITED, ABOVE, 'its entry has no call sites')
        check_gate(directory, PASSED, EXITED_ABOVE, 'its call sites were not recorded')
        entries = directory / 'entries'
        entries.unlink()
        passed = made.write(directory / 'base.json', results(PASSED))
        tool('update', '--baseline', entries, passed)
        skipped = made.write(directory / 'head.json', results(PASSED, test('ring::later', status='skipped',
                                                                           usage=None, sites=None)))
        check_equal(tool('compare', entries, skipped).stdout, 'no difference\n',
                    'a skipped test that the baseline does not have')
    finish()


main()
