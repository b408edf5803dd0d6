# SPDX-License-Identifier: MIT
"""check, update and compare on results made by hand: a regression, an improvement, tightening, tests
that are new, renamed, skipped or unreliable, moved code, several environments, tolerances."""

import json
import pathlib
import tempfile

import made
from harness import check, check_equal, finish
from made import CLANG, results, site, test, tool

GROW = ('parser_grow', 'src/parser.c', 80)
PARSE = ('parse', 'src/parser.c', 12)
PARSER = test('parser::deep', site('malloc', 12, 1200, GROW, PARSE), file='tests/parser.c', line=5)
RING = test('ring::push', site('malloc', 3, 96, ('push', 'src/ring.c', 4)))
QUIET = test('ring::quiet')
FIRST = results(PARSER, RING, QUIET)

BASELINE = '''{"schema":"alloc-tracker-baseline/1",
"sections":[
{"environment":{"arch":"x86_64","libc":"glibc 2.36","compiler":"gcc 12.2.0","optimization":"none","sanitizer":"none"},
"tests":[
{"id":"parser::deep","allocs":12,"bytes":1200,"peak":1200,"leaks":0,
 "sites":[
   {"function":"parser_grow","file":"src/parser.c","line":80,"call":"malloc","allocs":12,"bytes":1200}]},
{"id":"ring::push","allocs":3,"bytes":96,"peak":96,"leaks":0,
 "sites":[
   {"function":"push","file":"src/ring.c","line":4,"call":"malloc","allocs":3,"bytes":96}]},
{"id":"ring::quiet","allocs":0,"bytes":0,"peak":0,"leaks":0}
]}
]}
'''


class Life:
    """A directory with a baseline of FIRST."""

    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        self.base = self.directory / 'base'
        self.update(FIRST)

    def file(self, content, name='results.json'):
        return made.write(self.directory / name, content)

    def update(self, content, *options):
        return tool('update', '--baseline', self.base, *options, self.file(content))

    def check(self, what, content, status, stdout=None, *options, **env):
        done = tool('check', '--baseline', self.base, *options, self.file(content), env=env)
        made.check_run(what, done, status, stdout, '')
        return done


def with_usage(row, **metrics):
    return {**row, 'usage': {**row['usage'], **metrics}}


def check_life(life):
    check_equal(life.base.read_text(), BASELINE, 'the file that update writes')
    life.check('unchanged', FIRST, 0, '3 tests: 3 within\n')
    life.update(FIRST)
    check_equal(life.base.read_text(), BASELINE, 'update with the same results changes nothing')

    worse = test('parser::deep', site('malloc', 12, 1200, GROW, PARSE),
                 site('strdup', 12, 600, ('label', 'src/parser.c', 88), PARSE))
    life.check('a regression', results(worse, RING, QUIET), 1, '''\
FAIL    parser::deep: 24 allocs, baseline 12 (+12); 1,800 bytes, baseline 1,200 (+600); peak 1,800 bytes, baseline 1,200 (+600)
        +12 allocs src/parser.c:88 (new), +600 bytes, strdup in label
3 tests: 2 within, 1 above: gate failed
''')
    better = test('ring::push', site('malloc', 2, 64, ('push', 'src/ring.c', 4)))
    improved = results(PARSER, better, QUIET)
    life.check('an improvement', improved, 0, '''\
BELOW   ring::push: 2 allocs, baseline 3 (-1); 64 bytes, baseline 96 (-32); peak 64 bytes, baseline 96 (-32)
`alloc-tracker update --tighten` lowers the entries of tests that are below.
3 tests: 2 within, 1 below
''')
    both = results(worse, better, test('ring::fresh'))
    made.check_run('tighten', life.update(both, '--tighten'), 0, '', 'alloc-tracker: 1 lowered\n')
    tightened = BASELINE.replace('"allocs":3,"bytes":96,"peak":96', '"allocs":2,"bytes":64,"peak":64')
    tightened = tightened.replace('"allocs":3,"bytes":96', '"allocs":2,"bytes":64')
    check_equal(life.base.read_text(), tightened, '--tighten lowers entries, and adds and removes none')
    life.check('the results of before --tighten', FIRST, 1)
    made.check_run('update', life.update(both), 0, '', 'alloc-tracker: 3 updated, 1 removed\n')
    life.check('the results that update read', both, 0, '3 tests: 3 within\n')


def check_mixed_tighten(life):
    """If one metric is lower and another higher, --tighten lowers the one and keeps the call sites."""
    other = test('ring::push', site('malloc', 2, 200, ('other', 'src/other.c', 1)))
    life.update(results(other, PARSER, QUIET), '--tighten')
    check('src/other.c' not in life.base.read_text(), 'the call sites are kept', life.base.read_text())
    check('"ring::push","allocs":2,"bytes":96,' in life.base.read_text(), 'each metric by itself',
          life.base.read_text())


def check_new_and_removed(life):
    fresh = test('ring::renamed', site('malloc', 3, 96, ('push', 'src/ring.c', 4)))
    renamed = results(PARSER, QUIET, fresh)
    report = '''\
{} ring::renamed: not in the baseline: 3 allocs, 96 bytes, peak 96 bytes, 0 leaks; the same as ring::push, which was removed: renamed?
{} ring::push: in the baseline, but not in these results
`alloc-tracker update` adds new tests and drops removed ones.
3 tests: 2 within, 1 removed, 1 new{}
'''
    life.check('a renamed test', renamed, 0, report.format('NEW    ', 'REMOVED', ''))
    for value in ('', '0', 'false'):
        life.check(f'CI={value}', renamed, 0, None, CI=value)
    life.check('in CI', renamed, 1, report.format('FAIL   ', 'REMOVED', ': gate failed'), CI='true')
    life.check('strict', renamed, 1, report.format('FAIL   ', 'FAIL   ', ': gate failed'), '--strict')
    removed = results(PARSER, QUIET)
    life.check('a removed test in CI', removed, 0, None, CI='true')
    life.check('a removed test, strict', removed, 1, None, '--strict')
    twice = results(PARSER, QUIET, fresh, {**fresh, 'id': 'ring::third'})
    check('renamed?' not in life.check('two new', twice, 0).stdout, 'no guess between two')


def check_skipped(life):
    skipped = test('ring::push', status='skipped', usage=None, sites=None)
    life.check('a skipped test', results(PARSER, skipped, QUIET), 0,
               '3 tests: 2 within, 1 skipped\n', '--strict', CI='true')
    life.update(results(PARSER, skipped, QUIET))
    check_equal(life.base.read_text(), BASELINE, 'a skipped test keeps its entry')


def check_unreliable(life):
    """A test whose usage is unreliable fails, however small its numbers are."""
    cases = {
        'it crashed, so its usage is not complete (signal 11)': {'status': 'crashed', 'signal': 11},
        'it timed out, so its usage is not complete': {'status': 'timed-out'},
        'it failed, so its usage may not be complete': {'status': 'failed'},
        'its allocations were not observed': {'verdict': 'unobserved', 'usage': None},
        'some of its allocations were not recorded': {'verdict': 'incomplete'},
    }
    for words, members in {**cases}.items():
        entry = {**test('ring::push'), **members}
        life.check(words, results(PARSER, entry, QUIET), 1,
                   f'FAIL    ring::push: {words}\n3 tests: 2 within, 1 unreliable: gate failed\n')
        done = life.update(results(PARSER, entry, QUIET))
        reason = words.split(' (')[0]
        made.check_run(f'update: {words}', done, 1, '', f'alloc-tracker: ring::push: {reason}; its entry'
                       ' is kept\nalloc-tracker: 2 updated, 0 removed\n')
        check_equal(life.base.read_text(), BASELINE, f'update: {words}: the entry is kept')
    life.check('dropped', results({**RING, 'dropped': 1}, PARSER, QUIET), 1)
    life.check('not observed', results({**RING, 'verdict': 'unobserved'}, PARSER, QUIET), 1)
    life.check('not measured', results({**RING, 'usage': None}, PARSER, QUIET), 1)
    life.check('no test at all', results(), 1, '''\
REMOVED parser::deep: in the baseline, but not in these results
REMOVED ring::push: in the baseline, but not in these results
REMOVED ring::quiet: in the baseline, but not in these results
`alloc-tracker update` adds new tests and drops removed ones.
no test in these results: nothing was checked: gate failed
''')


def check_update_without_tests(life):
    """update does not delete the entries of an environment whose results have no test."""
    for what, environment, options in (('own section', made.GCC, ()), ('tighten', made.GCC, ('--tighten',)),
                                       ('another environment', CLANG, ())):
        done = life.update(results(environment=environment), *options)
        made.check_run(f'update without tests: {what}', done, 2, '', f'alloc-tracker: {life.directory}/results.json:'
                       ' no test in these results: the baseline stays as it is; find out why no test ran\n')
        check_equal(life.base.read_text(), BASELINE, f'update without tests: {what}: the file')


def check_moved(life):
    """Code that moved is matched: down its file, under another name, to another file."""
    for what, frame in {'down its file': ('push', 'src/ring.c', 40),
                        'under another name': ('ring_push', 'src/ring.c', 4),
                        'to another file': ('push', 'src/queue.c', 7)}.items():
        more = test('ring::push', site('malloc', 5, 160, frame))
        done = life.check(what, results(PARSER, more, QUIET), 1)
        location = f'{frame[1]}:{frame[2]}'
        check(f'\n        +2 allocs {location}, +64 bytes, malloc in {frame[0]}\n' in done.stdout,
              f'{what}: the same location', done.stdout)
    two = results(test('t::t', site('malloc', 5, 50, ('f', 'a.c', 10)),
                       site('malloc', 1, 10, ('f', 'a.c', 20))))
    shifted = results(test('t::t', site('malloc', 5, 50, ('f', 'a.c', 20)),
                           site('malloc', 3, 30, ('f', 'a.c', 30))))
    done = tool('compare', life.file(two, 'a.json'), life.file(shifted, 'b.json'))
    made.check_run('two sites, shifted onto each other', done, 0, '''\
t::t: 8 allocs (+2), 80 bytes (+20), peak 80 bytes (+20)
  +2 allocs a.c:30, +20 bytes, malloc in f
''', '')
    gone = results(test('t::t', site('malloc', 1, 10, ('f', 'a.c', 25))))
    done = tool('compare', life.file(two, 'a.json'), life.file(gone, 'b.json'))
    made.check_run('one of two sites gone', done, 0, '''\
t::t: 1 alloc (-5), 10 bytes (-50), peak 10 bytes (-50)
  -5 allocs a.c:10 (removed), -50 bytes, malloc in f
''', '')
    made.check_run('no difference', tool('compare', life.base, life.file(FIRST)), 0,
                   'no difference\n', '')


def check_tolerances(life):
    more = results(PARSER, with_usage(RING, allocs=4, bytes=100), QUIET)
    life.check('no tolerance', more, 1)
    life.check('enough of both', more, 0, '3 tests: 3 within\n', '--allow', 'allocs+1', '--allow',
               'bytes+4.17%')
    life.check('too little', more, 1, None, '--allow', 'allocs+1', '--allow', 'bytes+4.16%')
    life.check('of one only', more, 1, None, '--allow', 'allocs+1')
    allowed = ('"ring::push","allocs":3,"bytes":96,"peak":96,"leaks":0,\n'
               ' "allow":{"allocs":"+1","bytes":"+4.2%"},"reason":"the seed of the hash",\n')
    text = BASELINE.replace('"ring::push","allocs":3,"bytes":96,"peak":96,"leaks":0,\n', allowed)
    life.base.write_text(text)
    life.check('the baseline\'s own tolerance', more, 0, '3 tests: 3 within\n')
    above = results(PARSER, with_usage(RING, allocs=5), QUIET)
    life.check('above the tolerance', above, 1, '''\
FAIL    ring::push: 5 allocs, baseline 3 (+2, allowed +1)
3 tests: 2 within, 1 above: gate failed
''')
    life.update(FIRST)
    check_equal(life.base.read_text(), text, 'update keeps tolerances and reasons')


def check_environments(life):
    other = results(with_usage(RING, allocs=9), environment=CLANG)
    unknown = life.check('another compiler', other, 0)
    check('The baseline has no section for x86_64, glibc 2.36, clang 14.0.6, optimization none,'
          ' sanitizer none, and none for another version of its libc or compiler. `alloc-tracker update`'
          ' adds a section.\n' in unknown.stdout, 'says that it has no section', unknown.stdout)
    life.check('another compiler in CI', other, 1, None, CI='1')
    life.update(other)
    check('"clang 14.0.6"' in life.base.read_text() and BASELINE[BASELINE.index('{"env'):-5] in
          life.base.read_text(), 'a section of its own; the other stays', life.base.read_text())
    first, second = life.file(FIRST, 'a.json'), life.file(other, 'b.json')
    done = tool('check', '--baseline', life.base, first, second)
    made.check_run('both at once', done, 0, '3 tests: 3 within\n1 test: 1 within\n', '')
    worse = life.file(results({**PARSER, 'usage': {**PARSER['usage'], 'allocs': 99}}), 'worse.json')
    for order in ((worse, second), (second, worse)):
        done = tool('check', '--baseline', life.base, *order)
        check_equal(done.returncode, 1, 'of two environments the worse one counts')
    newer = results(PARSER, RING, QUIET, environment={**made.GCC, 'library': '0.2.0'})
    life.check('a newer alloc_tracker', newer, 0, '3 tests: 3 within\n')
    done = tool('merge', '-o', '-', first, second)
    check_equal(done.returncode, 2, 'two environments do not merge')


def check_shards(life):
    skip = lambda entry: {**test(entry['id']), 'status': 'skipped', 'usage': None, 'sites': None}
    everything = [PARSER, RING, QUIET, test('z::z', site('calloc', 1, 1, GROW), parameter=1),
                  test('z::z', site('calloc', 2, 1, GROW, PARSE), parameter=0)]
    whole = life.file(results(*everything), 'whole.json')
    shards = []
    for i in range(4):
        some = [entry if n % 4 == i or 'parameter' in entry and i == 3 else skip(entry)
                for n, entry in enumerate(everything) if 'parameter' not in entry or i == 3]
        shards.append(life.file(results(*some), f'shard{i}.json'))
    one, four = life.directory / 'one.json', life.directory / 'four.json'
    made.check_run('merge of one', tool('merge', '-o', one, whole), 0, '', '')
    made.check_run('merge of four', tool('merge', '-o', four, *reversed(shards)), 0, '', '')
    check_equal(four.read_text(), one.read_text(), 'four shards make the unsharded run')
    check_equal([entry['id'] for entry in json.loads(one.read_text())['tests']],
                ['parser::deep', 'ring::push', 'ring::quiet', 'z::z', 'z::z'], 'sorted')
    again = tool('merge', '-o', '-', one)
    check_equal(again.stdout, one.read_text(), 'merged again, it is the same')
    for command in (['update', '--baseline', life.base], ['check', '--baseline', life.base]):
        done = tool(*command, *shards)
        check_equal(done.returncode, 0, f'{command[0]} takes shards')


def main():
    for part in (check_life, check_mixed_tighten, check_new_and_removed, check_skipped,
                 check_unreliable, check_update_without_tests, check_moved, check_tolerances, check_environments, check_shards):
        with tempfile.TemporaryDirectory() as directory:
            part(Life(directory))
    finish()


main()
