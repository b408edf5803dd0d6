# SPDX-License-Identifier: MIT
"""Results name the program of each test. Tests of two programs with one id are kept apart by merge and show; two
shards of one program are not."""

import json
import pathlib
import tempfile

import made
from harness import check, check_equal, finish
from made import results, site, test, tool

GROW = ('grow', 'src/ring.c', 14, 'int *slots = malloc(wanted * sizeof *slots);')


def push(program, allocs, **members):
    """Return test ring::push of a program; None: a file of an earlier version, without programs."""
    named = {'program': program} if program else {}
    blocks = site('malloc', allocs, 8 * allocs, GROW, min_bytes=8, max_bytes=8, peak_count=allocs,
                  peak_bytes=8 * allocs)
    return test('ring::push', blocks, **named, **members)


def skipped(program, **members):
    return {**push(program, 1, **members), 'status': 'skipped', 'usage': None, 'frames': [], 'sites': None}


def merge(directory, *files):
    paths = [made.write(directory / f'{i}.json', content) for i, content in enumerate(files)]
    return tool('merge', '-o', '-', *paths), paths


def check_merged(what, directory, files, expected):
    """Check the program, parameter and allocations of each merged test, whatever the order of the files."""
    texts = []
    for some in (files, files[::-1]):
        done, _ = merge(directory, *some)
        check_equal(done.stderr, '', f'{what}: no error')
        texts.append(done.stdout)
    check_equal(texts[0], texts[1], f'{what}: in both orders')
    rows = [(row.get('program'), row.get('parameter'), row['usage'] and row['usage']['allocs'])
            for row in json.loads(texts[0])['tests']]
    check_equal(rows, expected, what)
    again = made.write(directory / 'merged.json', texts[0])
    check_equal(tool('merge', '-o', '-', again).stdout, texts[0], f'{what}: merged again')


def check_merges(directory):
    first, second = push('ring_test', 1), push('stack_test', 2)
    check_merged('two programs in two files', directory, [results(first), results(second)],
                 [('ring_test', None, 1), ('stack_test', None, 2)])
    check_merged('two programs with parameters', directory,
                 [results(push('a', 1, parameter=0), push('a', 2, parameter=1)),
                  results(push('b', 3, parameter=0), push('b', 4, parameter=1))],
                 [('a', 0, 1), ('b', 0, 3), ('a', 1, 2), ('b', 1, 4)])
    check_merged('each shard of each program', directory,
                 [results(first, skipped('stack_test')), results(skipped('ring_test'), second)],
                 [('ring_test', None, 1), ('stack_test', None, 2)])
    check_merged('a test that is skipped in one program only', directory,
                 [results(first), results(skipped('stack_test'))],
                 [('ring_test', None, 1), ('stack_test', None, None)])
    check_merged('a file without programs', directory, [results(push(None, 3)), results(first)],
                 [(None, None, 3), ('ring_test', None, 1)])


def check_refusals(directory):
    twice = results(push('ring_test', 1))
    for what, files, name in (('one program', [twice, twice], 'ring_test: ring::push'),
                              ('files without programs', [results(push(None, 1))] * 2, 'ring::push'),
                              ('a parameter', [results(push('a', 1, parameter=2))] * 2, 'a: ring::push[2]')):
        done, paths = merge(directory, *files)
        column = json.dumps(files[1]).index('{"id"') + 1
        error = f'{paths[1]}:1:{column}: test {name} is in {paths[0]}:1:{column} already\n'
        made.check_run(what, done, 2, '', f'alloc-tracker: {error}')


def check_shown(directory):
    other = test('queue::pop', program='ring_test')
    both = made.write(directory / 'both.json', results(push('ring_test', 1), push('stack_test', 2), other))
    rows = [line.rsplit(maxsplit=6)[0] for line in tool('show', both).stdout.splitlines()[1:4]]
    check_equal(rows, ['queue::pop', 'ring_test: ring::push', 'stack_test: ring::push'],
                'only an id of two programs is shown with its program')
    one = made.write(directory / 'one.json', results(push('ring_test', 1, parameter=0),
                                                     push('ring_test', 2, parameter=1)))
    check('ring_test' not in tool('show', one).stdout, 'the parameters of one program are shown without it')
    for form in ('markdown', 'folded', 'speedscope'):
        shown = tool('show', '--format', form, both).stdout.replace('\\_', '_')
        check('ring_test: ring::push' in shown and 'stack_test: ring::push' in shown, f'{form}: both programs', shown)


def main():
    for part in (check_merges, check_refusals, check_shown):
        with tempfile.TemporaryDirectory() as directory:
            part(pathlib.Path(directory))
    finish()


main()
