# SPDX-License-Identifier: MIT
"""docs/semantics.md lists, row by row, what a program allocates differently because the library is linked
or preloaded. This test compares each row with a counter that changes nothing."""

import json
import pathlib
import re
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import check, check_equal

HERE = pathlib.Path(__file__).resolve().parent
COMMAND = next(harness.STAGE.glob('**/bin/alloc-tracker'))
LIBGCC = 'libgcc_s.so.1'
NONE = ('none', 'none')
THREAD = ('16 bytes more',) * 2

# (action, number of times, the row's words for the difference if the library is linked, and if it is
# preloaded). A second number for the same action shows where the difference ends.
COUNTED = {
    'thread': [(1, THREAD)],
    'key': [(31, NONE), (32, ('1 allocation more, 512 bytes',) * 2), (33, NONE)],
    'atexit': [(30, NONE), (31, ('none', '1 allocation more, 1,040 bytes')), (32, NONE)],
    'at_quick_exit': [(31, NONE), (32, ('none', '1 allocation more, 1,040 bytes')), (33, NONE)],
    'pthread_atfork': [(46, NONE), (47, ('none', '1 allocation more, 2,920 bytes')),
                       (48, ('1 allocation more, 2,920 bytes',) * 2), (49, NONE)],
}
ROWS = {
    'starts a thread': ('thread', 1),
    'sets its 32nd pthread key in a thread': ('key', 32),
    'registers its 31st function with `atexit`': ('atexit', 31),
    'registers its 32nd function with `at_quick_exit`': ('at_quick_exit', 32),
    'registers its 47th set of functions with `pthread_atfork`': ('pthread_atfork', 47),
    'registers its 48th': ('pthread_atfork', 48),
}
LESS = {'opens a C++ library with `dlopen`': './plug.so', 'calls `backtrace`': 'backtrace',
        'calls `pthread_exit`, or cancels a thread': 'pthread_exit'}


def words(difference):
    allocs, size = difference
    if difference == (0, 0):
        return 'none'
    if allocs == 0:
        return f'{size:,} bytes more'
    return f'{allocs} allocation more, {size:,} bytes'


class Programs:
    def __init__(self, directory):
        self.directory = directory
        source = HERE / 'differences.c'
        self.plain = self.build('plain', source)
        self.oracle = self.build('oracle.so', HERE / 'differences_oracle.c', '-shared', '-fPIC')
        self.linked = self.link('linked', source)
        plug = directory / 'plug.cpp'
        plug.write_text('#include <string>\nstd::string *plug() { return new std::string(100, 0); }')
        self.build('plug.so', plug, '-shared', '-fPIC', compiler='g++')

    def build(self, name, source, *flags, compiler='gcc'):
        done = harness.run([compiler, '-O1', *harness.NO_BUILTIN, *flags, source, '-o',
                            self.directory / name])
        check_equal(done.returncode, 0, f'{name} builds: {done.stderr}')
        return self.directory / name

    def link(self, name, source, *flags):
        return harness.compile_suite(self.directory, [source], 'gcc', ['-O1', '-DLINKED', *flags],
                                     packages=['alloc-tracker'], name=name)

    def run(self, *command, **env):
        done = harness.run(command, cwd=self.directory, **env)
        check_equal((done.returncode, done.stderr), (0, ''), f'{command} runs')
        return done.stdout

    def true(self, *arguments, also=''):
        seen = self.run(self.plain, *arguments, LD_PRELOAD=f'{self.oracle} {also}')
        return tuple(map(int, seen.split()))

    def ours(self, *arguments):
        """Return the counters of the linked and of the preloaded program."""
        self.run(COMMAND, 'run', '-q', '-o', 'out.json', self.plain, *arguments)
        usage = json.loads((self.directory / 'out.json').read_text())['tests'][0]['usage']
        linked = tuple(map(int, self.run(self.linked, *arguments).split()))
        return linked, (usage['allocs'], usage['bytes'])


def main():
    text = (harness.SOURCE / 'docs' / 'semantics.md').read_text()
    rows = dict(re.findall(r'^\| (.*?) \| (.*?) \|', text, re.MULTILINE))
    with tempfile.TemporaryDirectory() as directory:
        programs = Programs(pathlib.Path(directory))
        for what, cases in COUNTED.items():
            for n, expected in cases:
                true, ours = programs.true(what, str(n)), programs.ours(what, str(n))
                seen = tuple(words(tuple(a - b for a, b in zip(one, true))) for one in ours)
                check_equal(seen, expected, f'{n} times {what}: linked and preloaded')
        for row, (what, n) in ROWS.items():
            linked, preloaded = dict(COUNTED[what])[n]
            check(f'| {row} | {linked} | {preloaded} |' in text, f'docs/semantics.md: {row}',
                  f'| {row} | {linked} | {preloaded} |')
        linked = programs.link('linked-own', HERE / 'differences.c', '-DTHREAD_LOCAL')
        programs.plain = programs.build('plain-own', HERE / 'differences.c', '-DTHREAD_LOCAL')
        check_equal(tuple(map(int, programs.run(linked, 'thread').split())), programs.true('thread'),
                    'an executable with variables of its own has the entry already')
        for row, what in LESS.items():
            true = programs.true(what)[0]
            loaded = programs.true(what, also=LIBGCC)[0] - programs.true('none', also=LIBGCC)[0]
            check(loaded < true, f'{row}: libgcc_s allocates', (true, loaded))
            check_equal([one[0] for one in programs.ours(what)], [loaded] * 2,
                        f'{row}: the difference is that of a loaded libgcc_s')
            check_equal(rows.get(row), 'fewer allocations', f'docs/semantics.md: {row}')
    harness.finish()


main()
