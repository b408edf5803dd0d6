# SPDX-License-Identifier: MIT
"""Tests of several programs may have the same id. merge, update, check and compare keep them apart, and
still find the entry of a program that was renamed, or of an entry that names no program."""

import json
import pathlib
import tempfile

import made
from harness import check_equal, finish
from made import results, site, test, tool


def push(program, allocs, name='ring::push', **members):
    named = {'program': program} if program else {}
    return test(name, site('malloc', allocs, 8 * allocs, ('push', 'ring.c', 4)), **named, **members)


def within(n):
    return f'{n} test{"s" if n > 1 else ""}: {n} within\n'


TWO = results(push('queue_test', 2), push('ring_test', 1))

# For each case: the tests of the baseline, those of the results, the exit status, the report.
CASES = {
    'two programs': ([push('a', 1), push('b', 2)], [push('b', 2), push('a', 1)], 0, within(2)),
    'one of two': ([push('a', 1), push('b', 2)], [push('a', 1), push('b', 3)], 1, '''\
FAIL    b: ring::push: 3 allocs, baseline 2 (+1); 24 bytes, baseline 16 (+8); peak 24 bytes, baseline 16 (+8)
        +1 alloc ring.c:4, +8 bytes, malloc in push
2 tests: 1 within, 1 above: gate failed
'''),
    'one of two is not in the results': ([push('a', 1), push('b', 2)], [push('b', 2)], 0, '''\
REMOVED a: ring::push: in the baseline, but not in these results
`alloc-tracker update` adds new tests and drops removed ones.
1 test: 1 within, 1 removed
'''),
    'a second program': ([push('a', 1)], [push('a', 1), push('b', 2)], 0, '''\
NEW     b: ring::push: not in the baseline: 2 allocs, 16 bytes, peak 16 bytes, 0 leaks
`alloc-tracker update` adds new tests and drops removed ones.
2 tests: 1 within, 1 new
'''),
    'a renamed program': ([push('a', 1)], [push('b', 1)], 0, within(1)),
    'a renamed program that allocates more': ([push('a', 1)], [push('b', 2)], 1, '''\
FAIL    ring::push: 2 allocs, baseline 1 (+1); 16 bytes, baseline 8 (+8); peak 16 bytes, baseline 8 (+8)
        +1 alloc ring.c:4, +8 bytes, malloc in push
1 test: 1 above: gate failed
'''),
    'an older baseline': ([push(None, 1)], [push('a', 1)], 0, within(1)),
    'older results': ([push('a', 1)], [push(None, 1)], 0, within(1)),
    'an older baseline, two programs': ([push(None, 1)], [push('a', 1), push('b', 1)], 0, '''\
NEW     a: ring::push: not in the baseline: 1 alloc, 8 bytes, peak 8 bytes, 0 leaks
NEW     b: ring::push: not in the baseline: 1 alloc, 8 bytes, peak 8 bytes, 0 leaks
REMOVED ring::push: in the baseline, but not in these results
`alloc-tracker update` adds new tests and drops removed ones.
2 tests: 1 removed, 2 new
'''),
    'one of two programs was renamed': ([push('a', 1), push('b', 2)], [push('a', 1), push('c', 2)], 0, '''\
NEW     c: ring::push: not in the baseline: 2 allocs, 16 bytes, peak 16 bytes, 0 leaks; the same as b: ring::push, which was removed: renamed?
REMOVED b: ring::push: in the baseline, but not in these results
`alloc-tracker update` adds new tests and drops removed ones.
2 tests: 1 within, 1 removed, 1 new
'''),
    'parameters of a renamed program': ([push('a', 1, parameter=0), push('a', 2, parameter=1)],
                                        [push('b', 1, parameter=0), push('b', 2, parameter=1)], 0, within(2)),
}


def check_case(directory, what, before, after, status, report):
    base = directory / 'base'
    base.unlink(missing_ok=True)
    tool('update', '--baseline', base, made.write(directory / 'before.json', results(*before)))
    head = made.write(directory / 'after.json', results(*after))
    made.check_run(what, tool('check', '--baseline', base, head), status, report, '')


def check_commands(directory):
    base, both = directory / 'both.base', made.write(directory / 'both.json', TWO)
    parts = [made.write(directory / f'{row["program"]}.json', results(row)) for row in TWO['tests']]
    made.check_run('merge', tool('merge', '-o', directory / 'merged.json', *parts), 0, '', '')
    check_equal(tool('merge', '-o', '-', both).stdout, (directory / 'merged.json').read_text(),
                'merge keeps the tests of both programs')
    made.check_run('update', tool('update', '--baseline', base, *parts), 0, '',
                   'alloc-tracker: 2 updated, 0 removed\n')
    rows = json.loads(base.read_text())['sections'][0]['tests']
    check_equal([(row['id'], row['program'], row['allocs']) for row in rows],
                [('ring::push', 'queue_test', 2), ('ring::push', 'ring_test', 1)], 'update: an entry for each')
    done = tool('merge', '-o', '-', parts[0], parts[0])
    made.check_run('one program twice', done, 2, '', f'alloc-tracker: {parts[0]}:1:197: test queue_test:'
                   f' ring::push is in {parts[0]}:1:197 already\n')
    text = base.read_text()
    made.write(base, text.replace('queue_test', 'ring_test'))
    made.check_run('an entry twice', tool('check', '--baseline', base, both), 2, '',
                   f'alloc-tracker: {base}:8:1: test ring::push is in this section twice\n')
    made.write(base, text)
    more = made.write(directory / 'more.json', results(push('queue_test', 2), push('ring_test', 2)))
    made.check_run('compare', tool('compare', base, more), 0, '''\
ring_test: ring::push: 2 allocs (+1), 16 bytes (+8), peak 16 bytes (+8)
  +1 alloc ring.c:4, +8 bytes, malloc in push
''', '')
    rows = json.loads(tool('check', '--baseline', base, '--format', 'json', more).stdout)['findings']
    check_equal([(row['id'], row['program'], row['outcome']) for row in rows],
                [('ring::push', 'queue_test', 'within'), ('ring::push', 'ring_test', 'above')], 'json')
    lower = made.write(directory / 'lower.json', results(push('queue_test', 2), push('ring_test', 0)))
    made.check_run('tighten', tool('update', '--baseline', base, '--tighten', lower), 0, '',
                   'alloc-tracker: 1 lowered\n')


def main():
    with tempfile.TemporaryDirectory() as directory:
        for what, case in CASES.items():
            check_case(pathlib.Path(directory), what, *case)
        check_commands(pathlib.Path(directory))
    finish()


main()
