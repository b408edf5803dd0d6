# SPDX-License-Identifier: MIT
"""update, check and merge with a real suite: a regression at a line, an improvement, tightening, a renamed
test, a moved function, a crash, a second compiler, shards."""

import pathlib
import tempfile

import made
import harness
from harness import check, check_equal, finish, marks
from made import tool

SOURCE = pathlib.Path(__file__).with_name('life.c')
FLAGS = ['-g', *harness.NO_BUILTIN]
TESTS = 7


class Suite:
    """Builds variants of the suite in a directory with its source, and runs them."""

    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        self.source = self.directory / 'life.c'
        self.source.write_text(SOURCE.read_text())
        self.base = self.directory / 'base'

    def run(self, *macros, compiler='cc', arguments=(), status=0, name=None):
        variant = '-'.join((compiler, *macros, 'x'))
        program = harness.compile_suite(self.directory, [self.source], compiler,
                                        [*FLAGS, *(f'-D{macro}' for macro in macros)], name=variant)
        results = self.directory / f'{name or variant}.json'
        done = harness.run([program, f'--output=alloc:{results}', *arguments], cwd=self.directory)
        check_equal(done.returncode, status, f'the suite {variant}')
        return results

    def tool(self, command, *arguments, **env):
        return tool(command, '--baseline', self.base, *arguments, cwd=self.directory, env=env)


def check_one_compiler(suite):
    line = {name: place[1] for name, place in marks(suite.source).items()}
    first = suite.run()
    made.check_run('update', suite.tool('update', first), 0, '',
                   f'alloc-tracker: {TESTS} updated, 0 removed\n')
    made.check_run('unchanged', suite.tool('check', first, CI='1'), 0,
                   f'{TESTS} tests: {TESTS} within\n', '')
    check(f'{{"function":"fill","file":"life.c","line":{line["slot"]},"source":"slots[i] = malloc(100);'
          ' /* HERE slot */","call":"malloc","allocs":4,"bytes":400,"peak_bytes":400}' in suite.base.read_text(), 'the site', suite.base.read_text())

    made.check_run('a regression', suite.tool('check', suite.run('WORSE')), 1, f'''\
FAIL    slots::fill: 5 allocs, baseline 4 (+1); 406 bytes, baseline 400 (+6); peak 406 bytes, baseline 400 (+6)
        +1 alloc life.c:{line["label"]} (new), +6 bytes, +6 bytes at the peak, strdup in label
{TESTS} tests: {TESTS - 1} within, 1 above: gate failed
''', '')
    better = suite.run('BETTER')
    made.check_run('an improvement', suite.tool('check', better), 0, f'''\
BELOW   slots::fill: 2 allocs, baseline 4 (-2); 200 bytes, baseline 400 (-200); peak 200 bytes, baseline 400 (-200)
`alloc-tracker update --tighten` lowers the entries of tests that are below.
{TESTS} tests: {TESTS - 1} within, 1 below
''', '')
    made.check_run('tighten', suite.tool('update', '--tighten', better), 0, '',
                   'alloc-tracker: 1 lowered\n')
    check_equal(suite.tool('check', first).returncode, 1, 'after --tighten the first run fails')
    suite.tool('update', first)

    renamed = suite.tool('check', suite.run('RENAMED'), CI='1')
    check_equal(renamed.returncode, 1, 'a renamed test in CI')
    check('slots::filled: not in the baseline: 4 allocs, 400 bytes, peak 400 bytes, 0 leaks; the'
          ' same as slots::fill, which was removed: renamed?\n' in renamed.stdout, 'it may be renamed',
          renamed.stdout)
    moved = suite.run('MOVED', 'WORSE')
    done = suite.tool('check', moved)
    check_equal(done.stdout.count('alloc life.c:'), 1, 'moved code is no difference')
    crashed = suite.tool('check', suite.run('CRASHING', status=1))
    made.check_run('a crash', crashed, 1, f'''\
FAIL    other::last: it crashed, so its usage is not complete (signal 6)
{TESTS} tests: {TESTS - 1} within, 1 unreliable: gate failed
''', '')


def check_two_compilers(suite):
    own = suite.base.read_text()
    other = suite.run(compiler='clang')
    done = suite.tool('check', other)
    check('The baseline has no section for ' in done.stdout, 'a second compiler has no section',
          done.stdout)
    suite.tool('update', other)
    both = suite.base.read_text()
    check(own[own.index('{"environment"'):-5] in both, 'update adds a section and keeps the first', both)
    check_equal(both.count('{"environment"'), 2, 'two sections')
    made.check_run('both environments pass', suite.tool('check', suite.run(), other), 0,
                   f'{TESTS} tests: {TESTS} within\n' * 2, '')


def check_shards(suite):
    whole = suite.run()
    shards = [suite.run(name=f'shard{i}', arguments=['--filter', pattern]) for i, pattern in
              enumerate(('slots/*', 'other/one', 'other/last', 'other/sizes'))]
    merged = suite.directory / 'merged.json'
    made.check_run('merge', tool('merge', '-o', merged, *shards), 0, '', '')
    alone = tool('merge', '-o', '-', whole)
    check_equal(merged.read_text(), alone.stdout, 'four shards are the whole run')
    check_equal(alone.stdout, whole.read_text(), 'merge of one file is the file that the plugin wrote')


def main():
    with tempfile.TemporaryDirectory() as directory:
        suite = Suite(directory)
        check_one_compiler(suite)
        check_two_compilers(suite)
        check_shards(suite)
    finish()


main()
