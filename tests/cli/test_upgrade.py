# SPDX-License-Identifier: MIT
"""check, compare and update when the baseline has no section for an environment: the nearest section is
one of another version of libc or of the compiler."""

import json
import pathlib
import tempfile

import made
from harness import check_equal, finish
from made import GCC, results, site, test, tool

PUSH = test('ring::push', site('malloc', 3, 96, ('push', 'ring.c', 4, 'slots = malloc(n);')))
MORE = test('ring::push', site('malloc', 4, 128, ('push', 'ring.c', 4, 'slots = malloc(n);')))


def environment(libc, compiler, **others):
    return {**GCC, 'libc': libc, 'compiler': compiler, **others}


BOOKWORM = environment('glibc 2.36', 'gcc 12.2.0')
TRIXIE = environment('glibc 2.41', 'gcc 14.2.0')
TRIXIE_WORDS = 'x86_64, glibc 2.41, gcc 14.2.0, optimization none, sanitizer none'
NEAREST = (f'The baseline has no section for {TRIXIE_WORDS}. Compared with the nearest section, glibc 2.36,'
           ' gcc 12.2.0; another version can change the usage. `alloc-tracker update` adds a section.')

# (libc, compiler) of the run, those of the sections, the index of the nearest one; None: none is near.
CHOICES = {
    'the only one': (('glibc 2.41', 'gcc 14.2.0'), [('glibc 2.36', 'gcc 12.2.0')], 0),
    'the closest libc': (('glibc 2.41', 'gcc 14.2.0'),
                         [('glibc 2.36', 'gcc 14.2.0'), ('glibc 2.40', 'gcc 12.2.0')], 1),
    'numbers, not text': (('glibc 2.100', 'gcc 14.2.0'),
                          [('glibc 2.99', 'gcc 14.2.0'), ('glibc 2.1', 'gcc 14.2.0')], 0),
    'the closest compiler of one libc': (('glibc 2.41', 'gcc 14.2.0'),
                                         [('glibc 2.41', 'gcc 13.9.9'), ('glibc 2.41', 'gcc 14.1.0')], 1),
    'the patch version': (('glibc 2.41', 'gcc 14.2.0'),
                          [('glibc 2.41', 'gcc 14.2.2'), ('glibc 2.41', 'gcc 14.2.1')], 1),
    'of two equally close ones the older': (('glibc 2.38', 'gcc 12.2.0'),
                                            [('glibc 2.40', 'gcc 12.2.0'), ('glibc 2.36', 'gcc 12.2.0')], 1),
    'newer than the run': (('glibc 2.36', 'gcc 12.2.0'), [('glibc 2.41', 'gcc 14.2.0')], 0),
    'another libc': (('musl 1.2.5', 'gcc 14.2.0'), [('glibc 2.36', 'gcc 14.2.0')], None),
    'another compiler': (('glibc 2.36', 'clang 14.0.6'), [('glibc 2.36', 'gcc 14.0.6')], None),
    'mixed is no version': (('glibc 2.36', 'mixed'), [('glibc 2.36', 'gcc 12.2.0')], None),
    'both mixed': (('glibc 2.41', 'mixed'), [('glibc 2.36', 'mixed')], 0),
    'unknown is no version': (('glibc 2.41', 'gcc 12.2.0'), [('glibc 2.41', 'unknown')], None),
    'both unknown': (('glibc 2.41', 'unknown'), [('glibc 2.36', 'unknown')], 0),
    'unknown libc': (('unknown', 'gcc 12.2.0'), [('glibc 2.36', 'gcc 12.2.0')], None),
}
DIFFERENT = {'arch': 'aarch64', 'optimization': 'speed', 'sanitizer': 'address'}


class Life:
    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        self.base = self.directory / 'base'

    def file(self, content, name='results.json'):
        return made.write(self.directory / name, content)

    def update(self, *tests, environment):
        return tool('update', '--baseline', self.base, self.file(results(*tests, environment=environment)))

    def check(self, *tests, environment, options=(), **env):
        return tool('check', '--baseline', self.base, *options,
                    self.file(results(*tests, environment=environment)), env=env)


def check_choices(life):
    for what, (run, sections, nearest) in CHOICES.items():
        for order in (sections, sections[::-1]):
            life.base.unlink(missing_ok=True)
            for section in order:
                life.update(PUSH, environment=environment(*section))
            done = life.check(PUSH, environment=environment(*run), options=('--format', 'json'))
            seen = json.loads(done.stdout)['sections'][0]
            expected = None if nearest is None else sections[nearest]
            check_equal(seen and (seen['libc'], seen['compiler']), expected, what)
    for field, value in DIFFERENT.items():
        life.base.unlink(missing_ok=True)
        life.update(PUSH, environment=BOOKWORM)
        done = life.check(PUSH, environment={**TRIXIE, field: value}, options=('--format', 'json'))
        check_equal(json.loads(done.stdout)['sections'], [None], f'another {field} is not near')


def check_upgrade(life):
    """The image of the CI has another libc and compiler since this night."""
    life.base.unlink(missing_ok=True)
    life.update(PUSH, environment=BOOKWORM)
    within = f'{NEAREST}\n1 test: 1 within\n'
    made.check_run('in CI', life.check(PUSH, environment=TRIXIE, CI='true'), 0, within, '')
    made.check_run('strict', life.check(PUSH, environment=TRIXIE, options=('--strict',)), 1,
                   within[:-1] + ': gate failed\n', '')
    made.check_run('more allocations', life.check(MORE, environment=TRIXIE, CI='true'), 1, f'''\
FAIL    ring::push: 4 allocs, baseline 3 (+1); 128 bytes, baseline 96 (+32); peak 128 bytes, baseline 96 (+32)
        +1 alloc ring.c:4, +32 bytes, malloc in push
{NEAREST}
1 test: 1 above: gate failed
''', '')
    fresh = test('ring::fresh')
    check_equal(life.check(PUSH, fresh, environment=TRIXIE, CI='true').returncode, 1,
                'a new test fails in CI as it does with a section of its own')
    markdown = life.check(PUSH, environment=TRIXIE, options=('--format', 'markdown')).stdout
    escaped = NEAREST
    for letter in '`_':
        escaped = escaped.replace(letter, '\\' + letter)
    check_equal(markdown.splitlines()[2], f'1 test: 1 within. {escaped[escaped.index("x86"):escaped.index(". C")]}.'
                f' {escaped}', 'markdown')
    for options, kind in (((), 'warning'), (('--strict',), 'error')):
        done = life.check(PUSH, environment=TRIXIE, options=('--format', 'github', *options),
                          GITHUB_STEP_SUMMARY='')
        check_equal(done.stdout.splitlines()[0], f'::{kind} title=alloc-tracker::{NEAREST}', kind)


def check_update(life):
    """A new section has the tolerances of the nearest one; the others stay."""
    life.base.unlink(missing_ok=True)
    life.update(PUSH, environment=BOOKWORM)
    text = life.base.read_text().replace(
        '"leaks":0,\n', '"leaks":0,\n "allow":{"allocs":"+1"},"reason":"the seed of the hash",\n', 1)
    life.base.write_text(text)
    life.update(MORE, environment=TRIXIE)
    both = json.loads(life.base.read_text())['sections']
    check_equal([section['environment']['libc'] for section in both], ['glibc 2.36', 'glibc 2.41'],
                'update adds a section and keeps the others')
    check_equal([section['tests'][0]['allocs'] for section in both], [3, 4], 'each has its own usage')
    check_equal([section['tests'][0].get('reason') for section in both], ['the seed of the hash'] * 2,
                'tolerances are copied')
    check_equal(json.loads(text)['sections'][0], both[0], 'the old section does not change')
    life.base.write_text(text)
    done = tool('update', '--baseline', life.base, '--tighten',
                life.file(results(PUSH, environment=TRIXIE)))
    made.check_run('tighten without a section', done, 0, '', 'alloc-tracker: the baseline has no section'
                   f' for {TRIXIE_WORDS}; nothing was lowered\n')
    check_equal(life.base.read_text(), text, 'nothing changes')


def check_compare(life):
    """compare takes the nearest section of a baseline that has several."""
    life.base.unlink(missing_ok=True)
    for libc in ('glibc 2.31', 'glibc 2.36'):
        life.update(PUSH, environment=environment(libc, 'gcc 12.2.0'))
    done = tool('compare', life.base, life.file(results(MORE, environment=TRIXIE)))
    made.check_run('compare', done, 0, '''\
ring::push: 4 allocs (+1), 128 bytes (+32), peak 128 bytes (+32)
  +1 alloc ring.c:4, +32 bytes, malloc in push
''', 'alloc-tracker: the environments differ, which can change the numbers: x86_64, glibc 2.36, gcc 12.2.0,'
                   f' optimization none, sanitizer none; {TRIXIE_WORDS}\n')


def main():
    for part in (check_choices, check_upgrade, check_update, check_compare):
        with tempfile.TemporaryDirectory() as directory:
            part(Life(directory))
    finish()


main()
