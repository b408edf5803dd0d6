# SPDX-License-Identifier: MIT
"""The formats of show and check match their definitions: the JSON schemas, speedscope, folded stacks,
Bencher Metric Format, github-action-benchmark, markdown and workflow commands. No name breaks them."""

import json
import os
import pathlib
import pty
import subprocess
import tempfile

import made
import harness
from harness import check, check_equal, finish
from made import results, site, test, tool

HOSTILE = 'a;b|c`<img src=x>\x1b[31m%&"\n::error::é'
PLAIN = 'a;b|c`<img src=x>?[31m%&"?::error::é'

OUTER = ('main', 'src/main.c', 7)
RUN = results(
    test('a::one', site('malloc', 2, 64, ('f<int>', 'src/a.c', 3), OUTER),
         site('strdup', 1, 6, OUTER), file='tests/a.c', line=9,
         budget=[{'metric': 'allocs', 'max': 3, 'scope': 'process', 'from': 'test'},
                 {'metric': 'live', 'min': -5, 'scope': 'thread', 'from': 'suite', 'warn': True}],
         verdict='within'),
    test('b::two', site('malloc', 1, 8, OUTER), parameter=1, usage=made.usage(1, 8, live=-3)),
    test('c::three', status='crashed', signal=11, usage=made.usage(5, 50)),
    test('d::four', status='skipped', usage=None, sites=None),
    test('e::five', status='passed', verdict='unobserved', usage=None, sites=None, exit=3),
)
# A frame of a stripped library.
RUN['tests'][1]['frames'].append({'module': 'libz.so.1', 'offset': 4660})
RUN['tests'][1]['sites'][0]['stack'].insert(0, 1)

TEXT = '''\
test       allocs   bytes    peak   frees   leaks  status
a::one          3      70      70       3       0  passed
b::two[1]       1       8       8       1       0  passed
c::three        5      50      50       5       0  crashed (signal 11)
d::four         -       -       -       -       -  skipped
e::five         -       -       -       -       -  passed, but its allocations were not observed
'''
SITES_OF_TWO = '''\
    1 × malloc, 8 bytes
      libz.so.1+0x1234
      main  src/main.c:7
'''
MARKDOWN = '''\
| test | allocs | bytes | peak | frees | leaks | status |
|---|--:|--:|--:|--:|--:|---|
| a::one | 3 | 70 | 70 | 3 | 0 | passed |
'''
FOLDED = '''\
a::one;main;f<int>;malloc 64
a::one;main;strdup 6
b::two[1];main;libz.so.1+0x1234;malloc 8
'''


def show(path, name, *options):
    done = tool('show', '--format', name, *options, path)
    check_equal((done.returncode, done.stderr), (0, ''), f'show --format {name}')
    return done.stdout


def check_text(path):
    check_equal(show(path, 'text'), TEXT, 'the table')
    sites = show(path, 'text', '--sites')
    check(f'passed\n{SITES_OF_TWO}c::three' in sites, 'the sites of a test', sites)
    check(sites.endswith('    call sites were not recorded\n'), 'a test without call sites', sites)
    check(show(path, 'markdown').startswith(MARKDOWN), 'markdown', show(path, 'markdown'))


def check_json(path):
    seen = json.loads(show(path, 'json'))
    harness.check_schema(made.write(path.with_name('shown.json'), seen), 'results.schema.json',
                         'show --format json matches the schema')
    expected = json.loads(json.dumps(RUN))
    expected['tests'][1]['frames'].reverse()
    expected['tests'][1]['sites'][0]['stack'] = [0, 1]
    check_equal(seen, expected, 'show --format json: every member')


def check_stacks(path):
    check_equal(show(path, 'folded'), FOLDED, 'folded stacks')
    scope = json.loads(show(path, 'speedscope'))
    check_equal(scope['$schema'], 'https://www.speedscope.app/file-format-schema.json', 'speedscope')
    frames, profile = scope['shared']['frames'], scope['profiles'][0]
    check_equal((profile['type'], profile['unit'], profile['startValue'], profile['endValue']),
                ('sampled', 'bytes', 0, 78), 'speedscope: the profile')
    named = [';'.join(frames[i]['name'] for i in sample) for sample in profile['samples']]
    lines = [f'{name} {weight}' for name, weight in zip(named, profile['weights'], strict=True)]
    check_equal('\n'.join(lines) + '\n', FOLDED, 'speedscope: the same stacks')
    check({'name': 'f<int>', 'file': 'src/a.c', 'line': 3} in frames, 'speedscope: file and line',
          frames)


def ranked(call, count, size, line, source=None, **members):
    """Return a call site in one frame of src/r.c."""
    frame = (call + str(line), 'src/r.c', line) + ((source,) if source else ())
    return site(call, count, size, frame, OUTER, **members)


# By bytes: churn, grow, leak. By allocs: churn, leak, grow. At the peak: grow, leak. Leaked: leak.
RANKED = results(
    test('r::before', ranked('malloc', 1, 30, 5, min_bytes=30, max_bytes=30, peak_count=1, peak_bytes=30),
         usage=made.usage(1, 30, peak=20)),
    test('r::ring',
         ranked('malloc', 1000, 64000, 1, 'malloc(64);', min_bytes=64, max_bytes=64, peak_count=0,
                peak_bytes=0),
         ranked('realloc', 2, 50000, 2, 'realloc(p, n);', min_bytes=10000, max_bytes=40000, peak_count=1,
                peak_bytes=40000),
         ranked('strdup', 3, 90, 3, min_bytes=6, max_bytes=64, peak_count=2, peak_bytes=70, leaks=1,
                leaked_bytes=6),
         ranked('calloc', 1, 0, 4, min_bytes=0, max_bytes=0, peak_count=1, peak_bytes=0, leaks=1,
                leaked_bytes=0),
         usage=made.usage(1006, 114090, peak=40078, leaks=2, leaked_bytes=6)))
HEADING = 'test       allocs    bytes    peak   frees   leaks  status\n'
ROW_OF_RING = 'r::ring     1,006  114,090  40,078   1,006       2  passed\n'
ROW_OF_BEFORE = 'r::before       1       30      20       1       0  passed\n'
CHURN = '      malloc1  src/r.c:1   malloc(64);\n      main  src/main.c:7\n'
GROW = '      realloc2  src/r.c:2   realloc(p, n);\n      main  src/main.c:7\n'
LEAK = '      strdup3  src/r.c:3\n      main  src/main.c:7\n'
EMPTY = '      calloc4  src/r.c:4\n      main  src/main.c:7\n'
BEFORE = '      malloc5  src/r.c:5\n      main  src/main.c:7\n'
BY = {
    'bytes': HEADING + ROW_OF_RING + '    1,000 × malloc, 64,000 bytes (64 bytes each)\n' + CHURN
    + '    2 × realloc, 50,000 bytes (10,000 to 40,000 bytes each)\n' + GROW
    + '    3 × strdup, 90 bytes (6 to 64 bytes each), 1 leak\n' + LEAK
    + '    1 × calloc, 0 bytes, 1 leak\n' + EMPTY + ROW_OF_BEFORE + '    1 × malloc, 30 bytes\n' + BEFORE,
    'allocs': HEADING + ROW_OF_RING + '    1,000 × malloc, 64,000 bytes (64 bytes each)\n' + CHURN
    + '    3 × strdup, 90 bytes (6 to 64 bytes each), 1 leak\n' + LEAK
    + '    2 × realloc, 50,000 bytes (10,000 to 40,000 bytes each)\n' + GROW
    + '    1 × calloc, 0 bytes, 1 leak\n' + EMPTY + ROW_OF_BEFORE + '    1 × malloc, 30 bytes\n' + BEFORE,
    'peak': HEADING + ROW_OF_RING
    + '    1 × realloc, 40,000 bytes live at the peak, of 2 (10,000 to 40,000 bytes each)\n' + GROW
    + '    2 × strdup, 70 bytes live at the peak, of 3 (6 to 64 bytes each), 1 leak\n' + LEAK
    + '    1 × calloc, 0 bytes live at the peak, 1 leak\n' + EMPTY
    + '    +8 bytes: blocks without a call site\n' + ROW_OF_BEFORE
    + '    1 × malloc, 30 bytes live at the peak\n' + BEFORE
    + '    -10 bytes: blocks from before the test that were released\n',
    'leaks': HEADING + ROW_OF_RING + '    1 × strdup, 6 bytes leaked, of 3 (6 to 64 bytes each)\n' + LEAK
    + '    1 × calloc, 0 bytes leaked\n' + EMPTY + ROW_OF_BEFORE,
}
BY_FOLDED = {
    'bytes': ['before;main;malloc5;malloc 30', 'ring;main;malloc1;malloc 64000',
              'ring;main;realloc2;realloc 50000', 'ring;main;strdup3;strdup 90',
              'ring;main;calloc4;calloc 0'],
    'allocs': ['before;main;malloc5;malloc 1', 'ring;main;malloc1;malloc 1000',
               'ring;main;strdup3;strdup 3', 'ring;main;realloc2;realloc 2', 'ring;main;calloc4;calloc 1'],
    'peak': ['before;main;malloc5;malloc 30', 'ring;main;realloc2;realloc 40000',
             'ring;main;strdup3;strdup 70', 'ring;main;calloc4;calloc 0'],
    'leaks': ['ring;main;strdup3;strdup 6', 'ring;main;calloc4;calloc 0'],
}
PROFILES = {'bytes': ('bytes allocated', 'bytes'), 'allocs': ('allocations', 'none'),
            'peak': ('live at the peak', 'bytes'), 'leaks': ('leaked', 'bytes')}


def profile_lines(frames, profile):
    """Return a profile of speedscope as folded stacks."""
    names = [';'.join(frames[i]['name'] for i in sample) for sample in profile['samples']]
    return [f'{name} {weight}' for name, weight in zip(names, profile['weights'], strict=True)]


def check_by(directory):
    """Each format follows --by: its parts, their order, and what contributes nothing is left out."""
    path = made.write(directory / 'ranked.json', RANKED)
    for by, expected in BY.items():
        check_equal(show(path, 'text', '--sites', '--by', by), expected, f'text --by {by}')
        markdown = show(path, 'markdown', '--sites', '--by', by)
        sites = ''.join(line for line in expected.splitlines(True) if line.startswith('    '))
        check_equal(''.join(line for line in markdown.splitlines(True) if line.startswith('    ')), sites,
                    f'markdown --by {by}')
        folded = show(path, 'folded', '--by', by)
        check_equal(folded.splitlines(), ['r::' + line for line in BY_FOLDED[by]], f'folded --by {by}')
        scope = json.loads(show(path, 'speedscope', '--by', by))
        profiles = scope['profiles']
        order = [by] + [other for other in BY if other != by]
        check_equal([(one['name'], one['unit']) for one in profiles], [PROFILES[one] for one in order],
                    f'speedscope --by {by}: its metric is the first')
        check_equal([profile_lines(scope['shared']['frames'], one) for one in profiles],
                    [['r::' + line for line in BY_FOLDED[one]] for one in order],
                    f'speedscope --by {by}: each profile')
    check_equal(show(path, 'text', '--sites').count('r::before'), 1, 'without --by')
    check(show(path, 'text').startswith(HEADING + ROW_OF_BEFORE), 'without --by, tests are sorted by id')


def check_older(path):
    """The parts of the peak of an older file are unknown, not 0."""
    column = path.read_text().index('{"id": "a::one"') + 1
    for name, *options in (('text', '--sites'), ('markdown', '--sites'), ('folded',), ('speedscope',),
                           ('html',)):
        done = tool('show', '--format', name, *options, '--by', 'peak', path)
        made.check_run(f'an older file: {name} --by peak', done, 2, '',
                       f'alloc-tracker: {path}:1:{column}: the call sites of a::one have no "peak_bytes": an older'
                       ' version wrote the file; run the tests again, or use another --by\n')
    check(show(path, 'text', '--by', 'peak').startswith(HEADING[:4]), 'the table needs no parts')
    scope = json.loads(show(path, 'speedscope'))
    check_equal([one['name'] for one in scope['profiles']],
                ['bytes allocated', 'allocations', 'leaked'], 'speedscope: no profile of the peak')


def check_metrics(path, base):
    bencher = json.loads(show(path, 'bencher'))
    check_equal(bencher, {
        'a::one': {'allocs': {'value': 3}, 'bytes': {'value': 70}, 'peak': {'value': 70},
                   'leaks': {'value': 0}},
        'b::two[1]': {'allocs': {'value': 1}, 'bytes': {'value': 8}, 'peak': {'value': 8},
                      'leaks': {'value': 0}}}, 'bencher: the reliable tests')
    action = json.loads(show(path, 'github-action-benchmark'))
    check_equal(len(action), 8, 'github-action-benchmark: a row for each metric')
    check_equal(action[1], {'name': 'a::one bytes', 'unit': 'bytes', 'value': 70}, 'its members')
    for name, same in (('bencher', bencher), ('github-action-benchmark', action)):
        done = tool('check', '--format', name, '--baseline', base, path)
        check_equal((done.returncode, json.loads(done.stdout)), (1, same), f'check --format {name}')
        check(done.stderr.endswith(': gate failed\n'), f'check --format {name}: the verdict',
              done.stderr)


def check_check_json(path, base):
    done = tool('check', '--format', 'json', '--baseline', base, path)
    seen = json.loads(done.stdout)
    harness.check_schema(made.write(path.with_name('checked.json'), seen), 'check.schema.json',
                         'check --format json matches its schema')
    check_equal(seen['failed'], True, 'check --format json: failed')
    check_equal(seen['environments'], [made.GCC], 'check --format json: the environment')
    row = {entry['id']: entry for entry in seen['findings']}['a::one']
    check_equal((row['outcome'], row['fails'], row['metrics']['allocs']),
                ('above', True, {'baseline': 2, 'limit': 2, 'now': 3}), 'and a row')
    check_equal(row['sites'], [{'kind': 'new', 'allocs': 1, 'bytes': 6, 'leaks': 0, 'call': 'strdup',
                                'function': 'main', 'file': 'src/main.c', 'line': 7}], 'its sites')


def check_environments(directory, path, base):
    """Several environments are in one document."""
    name = 'a::one (x86_64, glibc 2.36, {}, optimization none, sanitizer none)'
    gcc, clang = name.format('gcc 12.2.0'), name.format('clang 14.0.6')
    other = made.write(directory / 'clang.json', {**RUN, 'environment': made.CLANG})
    done = tool('check', '--format', 'json', '--baseline', base, path, other)
    seen = json.loads(done.stdout)
    harness.check_schema(made.write(directory / 'checked.json', seen), 'check.schema.json',
                         'of two environments: the schema')
    check_equal(seen['environments'], [made.GCC, made.CLANG], 'of two environments: which they are')
    check_equal([(row['environment'], row['outcome']) for row in seen['findings']
                 if row['id'] == 'a::one'], [(0, 'above'), (1, 'new')], 'each has its findings')
    check_equal((seen['failed'], seen['counts']['above'], len(seen['findings'])),
                (True, 1, sum(seen['counts'].values())), 'and they are counted together')
    bencher = json.loads(tool('check', '--format', 'bencher', '--baseline', base, path, other).stdout)
    check_equal([key for key in bencher if key.startswith('a::one')], [gcc, clang],
                'bencher: names of two environments')
    action = json.loads(tool('check', '--format', 'github-action-benchmark', '--baseline', base, path,
                             other).stdout)
    check_equal([row['name'] for row in action if row['name'].endswith(') allocs')][::2],
                [f'{gcc} allocs', f'{clang} allocs'], 'github-action-benchmark: the same')


def check_github(path, base, directory):
    summary = directory / 'summary.md'
    summary.write_text('before\n')
    done = tool('check', '--format', 'github', '--baseline', base, path,
                env={'CI': 'true', 'GITHUB_STEP_SUMMARY': str(summary),
                     'GITHUB_WORKSPACE': '/home/ci'})
    lines = done.stdout.splitlines()
    check_equal(lines[0], '::error file=src/main.c,line=7,title=a%3A%3Aone::3 allocs, baseline 2'
                ' (+1); 70 bytes, baseline 64 (+6); peak 70 bytes, baseline 64 (+6)%0A'
                '+1 alloc src/main.c:7 (new), +6 bytes, strdup in main', 'on the offending line')
    check(lines[1].startswith('::error title=b%3A%3Atwo[1]::not in the baseline: '), 'a new test',
          lines[1])
    markdown = tool('check', '--format', 'markdown', '--baseline', base, path, env={'CI': '1'}).stdout
    check_equal(summary.read_text(), 'before\n' + markdown, 'the summary is added to')
    check('| ❌ | a::one | above | 3 allocs, baseline 2 (+1); ' in markdown, 'a row', markdown)
    check('\n- +1 alloc src/main.c:7 (new), +6 bytes, strdup in main\n' in markdown, 'a site', markdown)


def check_long_names(directory):
    """Long names of C++ functions are short in lines for people, and complete in other formats."""
    full = ('std::shared_ptr<std::enable_if<!std::is_array<ring::slot>::value, ring::slot>::type> '
            'std::make_shared<ring::slot>()')
    user = 'void ring::fill<std::vector<int, std::allocator<int> > >(std::vector<int, std::allocator<int> >&)'
    run = results(test('a::b', site(full, 1, 64, (user, 'ring.cpp', 3))))
    path = made.write(directory / 'long.json', run)
    lines = ('    1 × std::make_shared<ring::slot>(), 64 bytes\n'
             '      ring::fill<std::vector<int>>(std::vector<int>&)  ring.cpp:3\n')
    check(lines in show(path, 'text', '--sites'), 'text', show(path, 'text', '--sites'))
    for name in ('folded', 'json', 'speedscope'):
        shown = show(path, name)
        check(full in shown and user in shown, f'{name}: the complete names', shown)
    none = made.write(directory / 'none.json', results(test('a::b')))
    differences = tool('compare', none, path).stdout
    check('+64 bytes, std::make_shared<ring::slot>() in ring::fill<std::vector<int>>(std::vector<int>&)\n'
          in differences, 'compare', differences)


def check_hostile(directory, base):
    """Names cannot break a format or control a terminal."""
    run = results(test(HOSTILE, site('malloc', 1, 1, (HOSTILE, HOSTILE, 1)), file=HOSTILE, line=2))
    path = made.write(directory / 'hostile.json', run)
    for name in ('text', 'markdown'):
        shown = show(path, name, '--sites')
        check('\x1b' not in shown and '\n::error' not in shown, f'{name}: no control character', shown)
    check(f'{PLAIN}  ' in show(path, 'text'), 'text: the name', show(path, 'text'))
    check(r'| a;b\|c\`\<img src=x\> \[31m%\&" ::error::é |' in show(path, 'markdown'), 'markdown',
          show(path, 'markdown'))
    check_equal(show(path, 'folded').count('\n'), 1, 'folded: one line')
    check_equal(len(show(path, 'folded').split(';')), 3, 'folded: no more frames')
    check_equal(json.loads(show(path, 'json'))['tests'][0]['id'], HOSTILE, 'json: the name')
    annotations = tool('check', '--format', 'github', '--baseline', base, path).stdout
    check('31m%25&"%0A%3A%3Aerror%3A%3Aé::not in the baseline' in annotations, 'github: escaped',
          annotations)
    for name in ('text', 'markdown', 'json', 'github'):
        done = tool('check', '--format', name, '--baseline', base, path)
        check('\x1b' not in done.stdout and '\n::error' not in done.stdout.replace(
            '\n::error title=', ''), f'check --format {name}', done.stdout)


def check_colour(path, base):
    """Colours are printed to terminals only."""
    for term, no_color, expected in (('xterm', '', True), ('dumb', '', False), ('xterm', '1', False)):
        leader, follower = pty.openpty()
        env = {**harness.environment(), 'TERM': term, 'NO_COLOR': no_color}
        subprocess.run([made.TOOL, 'check', '--baseline', base, path], env=env, stdout=follower,
                       stdin=subprocess.DEVNULL)
        os.close(follower)
        seen = os.read(leader, 65536).decode()
        os.close(leader)
        check_equal('\x1b[31mFAIL' in seen, expected, f'TERM={term} NO_COLOR={no_color}')
        check_equal('\x1b' in seen, expected, f'TERM={term} NO_COLOR={no_color}: nothing else')


def main():
    with tempfile.TemporaryDirectory() as directory:
        directory = pathlib.Path(directory)
        path = made.write(directory / 'results.json', RUN)
        check_text(path)
        check_json(path)
        check_stacks(path)
        check_by(directory)
        check_older(path)
        first = results(test('a::one', site('malloc', 2, 64, ('f<int>', 'src/a.c', 3), OUTER)))
        base = directory / 'base'
        tool('update', '--baseline', base, made.write(directory / 'first.json', first))
        harness.check_schema(base, 'baseline.schema.json', 'a baseline matches its schema')
        check_metrics(path, base)
        check_check_json(path, base)
        check_environments(directory, path, base)
        check_github(path, base, directory)
        check_hostile(directory, base)
        check_long_names(directory)
        check_colour(path, base)
    finish()


main()
