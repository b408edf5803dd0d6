# SPDX-License-Identifier: MIT
"""check and compare name the call sites whose part of the peak or whose leaks grew, if the test's peak or
leaks grew; and nothing about them if a file does not have the parts."""

import json
import pathlib
import tempfile

import made
from harness import check_equal, finish
from made import results, site, tool


def at(line, allocs, size, peak=None, **members):
    """A call site of ring.c with its part of the peak in bytes; None: unknown."""
    if peak is not None:
        members.update(peak_count=1, peak_bytes=peak)
    return site('malloc', allocs, size, ('push', 'ring.c', line, f'slots[{line}] = malloc(n);'), **members)


def ring(peak, *sites, **metrics):
    row = made.test('ring::push', *sites)
    return {**row, 'usage': {**row['usage'], 'peak': peak, **metrics}}


BEFORE = ring(100, at(4, 2, 200, 100), at(9, 3, 300, 0))
HELD = ring(400, at(4, 2, 200, 100), at(9, 3, 300, 300))
AT_ANOTHER_TIME = ring(300, at(4, 2, 200, 0), at(9, 3, 300, 300))
LEAKING = ring(100, at(4, 2, 200, 100), at(9, 3, 300, 0, leaks=2, leaked_bytes=200), leaks=2)
EVERYTHING = ring(400, at(4, 2, 200, 100), at(9, 4, 600, 300), at(12, 1, 50, 0))
UNKNOWN = ring(100, at(4, 2, 200), at(9, 3, 300))
UNKNOWN_HELD = ring(400, at(4, 2, 200), at(9, 3, 300))

# For each case: before, after, the differences of check, those of compare if they are others.
CASES = {
    'the peak': (BEFORE, HELD, ['+300 bytes at the peak ring.c:9, malloc in push']),
    'the peak at another time': (BEFORE, AT_ANOTHER_TIME, [
        '+300 bytes at the peak ring.c:9, malloc in push', '-100 bytes at the peak ring.c:4, malloc in push']),
    'leaks': (BEFORE, LEAKING, ['+2 leaks ring.c:9, malloc in push']),
    'fewer leaks, a higher peak': (LEAKING, HELD, ['+300 bytes at the peak ring.c:9, malloc in push'], [
        '+300 bytes at the peak ring.c:9, -2 leaks, malloc in push']),
    'all metrics': (BEFORE, EVERYTHING, [
        '+1 alloc ring.c:9, +300 bytes, +300 bytes at the peak, malloc in push',
        '+1 alloc ring.c:12 (new), +50 bytes, malloc in push']),
    'an older baseline': (UNKNOWN, HELD, []),
    'older results': (BEFORE, UNKNOWN_HELD, []),
}


def check_case(directory, what, before, after, listed, compared=None):
    base = directory / 'base'
    base.unlink(missing_ok=True)
    first = made.write(directory / 'first.json', results(before))
    then = made.write(directory / 'then.json', results(after))
    tool('update', '--baseline', base, first)
    done = tool('check', '--baseline', base, then)
    check_equal(done.returncode, 1, f'{what}: check fails')
    check_equal([line.strip() for line in done.stdout.splitlines()[1:-1]], listed, f'{what}: check')
    done = tool('compare', first, then)
    check_equal([line.strip() for line in done.stdout.splitlines()[1:]],
                listed if compared is None else compared, f'{what}: compare')


def check_formats(directory):
    base = directory / 'base'
    base.unlink(missing_ok=True)
    tool('update', '--baseline', base, made.write(directory / 'first.json', results(BEFORE)))
    then = made.write(directory / 'then.json', results(AT_ANOTHER_TIME))
    run = lambda name: tool('check', '--baseline', base, '--format', name, then,
                            env={'GITHUB_STEP_SUMMARY': ''}).stdout
    check_equal(run('markdown').splitlines()[-2:], [
        '- +300 bytes at the peak ring.c:9, malloc in push',
        '- -100 bytes at the peak ring.c:4, malloc in push'], 'markdown')
    check_equal(run('github').splitlines()[0],
                '::error file=ring.c,line=9,title=ring%3A%3Apush::peak 300 bytes, baseline 100 (+200)'
                '%0A+300 bytes at the peak ring.c:9, malloc in push'
                '%0A-100 bytes at the peak ring.c:4, malloc in push', 'github: at the line that grew')
    rows = json.loads(run('json'))['findings'][0]['sites']
    check_equal([(row['line'], row['peak_bytes'], row['leaks']) for row in rows],
                [(9, 300, 0), (4, -100, 0)], 'json')
    made.write(then, results(ring(100, at(4, 9, 900), at(9, 3, 300))))
    rows = json.loads(run('json'))['findings'][0]['sites']
    check_equal(rows, [{'kind': 'changed', 'allocs': 7, 'bytes': 700, 'leaks': 0, 'call': 'malloc',
                        'function': 'push', 'file': 'ring.c', 'line': 4}], 'json: an unknown part is absent')


def check_file(directory):
    """The baseline has the parts, one site a line; leaks only where there are some."""
    base = directory / 'base'
    base.unlink(missing_ok=True)
    tool('update', '--baseline', base, made.write(directory / 'first.json', results(LEAKING)))
    check_equal(base.read_text().splitlines()[6:8], [
        '   {"function":"push","file":"ring.c","line":4,"source":"slots[4] = malloc(n);","call":"malloc",'
        '"allocs":2,"bytes":200,"peak_bytes":100},',
        '   {"function":"push","file":"ring.c","line":9,"source":"slots[9] = malloc(n);","call":"malloc",'
        '"allocs":3,"bytes":300,"peak_bytes":0,"leaks":2}]}'], 'the file')
    older = base.read_text().replace(',"leaks":2}', '}').replace(',"peak_bytes":100', '')
    made.write(base, older.replace(',"peak_bytes":0', ''))
    more = ring(100, at(4, 2, 200, 100), at(9, 3, 300, 0, leaks=3, leaked_bytes=300), leaks=3)
    done = tool('check', '--baseline', base, made.write(directory / 'then.json', results(more)))
    made.check_run('a baseline from before sites had leaks', done, 1, '''\
FAIL    ring::push: 3 leaks, baseline 2 (+1)
1 test: 1 above: gate failed
''', '')


def main():
    with tempfile.TemporaryDirectory() as directory:
        for what, case in CASES.items():
            check_case(pathlib.Path(directory), what, *case)
        check_formats(pathlib.Path(directory))
        check_file(pathlib.Path(directory))
    finish()


main()
