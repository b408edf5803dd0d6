# SPDX-License-Identifier: MIT
"""ALLOC_TRACKER_SUPPRESSIONS: its patterns apply to every test. An unused pattern is reported with its line. A
file with an error ends the run before the first test, with the line and the reason."""

import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import check, check_equal

SUITE = r'''
#include <alloc_tracker/criterion.h>
#include <stdlib.h>
static void *volatile block;
namespace vendor {
struct Logger {
    __attribute__((noinline)) void write(int n) { block = malloc(static_cast<size_t>(n)); free(block); }
};
template <typename T> __attribute__((noinline)) void trace(T value) { block = malloc(sizeof value); free(block); }
}
static void hot(void) { vendor::Logger().write(10); vendor::trace(1.0); }
Test(s, first) { cr_assert_no_heap(hot()); }
Test(s, second, .data = cr_alloc_budget(.allocs = at_most(0))) { hot(); }
Test(s, ours) { cr_assert_no_alloc({ hot(); block = malloc(1); }); }
'''

# (content of the file, tests that pass, lines on standard error)
GOOD = [
    ('', [], []),
    ('# nothing\n\n   \t\n', [], []),
    ('function:vendor::*\n', ['first', 'second'], []),
    ('function:*vendor::*', ['first', 'second'], []),
    ('  function:vendor::Logger::write(int)\t # a logger\r\nfunction:*trace<double>*\n',
     ['first', 'second'], []),
    ('function:vendor::Logger::write\n', [], []),
    ('function:first\n', ['first'], []),  # the name of a test in messages
    ('file:suite.cpp\n', ['first', 'second', 'ours'], []),
    ('module:suite\nfunction:nobody\n', ['first', 'second', 'ours'],
     [':2: unused suppression function:nobody']),
]

BAD = [
    ('function:a\nwrong\n', ':2:1: expected function:, file: or module: and a pattern'),
    ('function:a\n\n    function:\n', ':3:5: expected function:, file: or module: and a pattern'),
    ('# ok\nfunc\0tion:a\n', ':2:5: a zero byte: this is not a text file'),
    ('\x7fELF\x02', ':1:1: expected function:, file: or module: and a pattern'),
]


def check_good(program, directory):
    path = pathlib.Path(directory) / 'good.supp'
    for content, passing, said in GOOD:
        path.write_bytes(content.encode())
        result = harness.Run(program, ALLOC_TRACKER_SUPPRESSIONS=str(path))
        check_equal(sorted(name.split('::')[1] for name, test in result.tests.items()
                           if test.status == 'PASSED'), sorted(passing), f'{content!r}')
        lines = [line for line in result.output.splitlines() if line.startswith('alloc_tracker:')]
        check_equal(lines, [f'alloc_tracker: {path}{text}' for text in said], f'{content!r}: standard error')
    path.write_text('function:*trace*\n')
    result = harness.Run(program, ALLOC_TRACKER_SUPPRESSIONS=str(path))
    message = result.tests['s::ours'].messages[0][2]
    check('2 allocations, 11 bytes' in message and '1 permitted allocation not counted' in message,
          'other allocations are counted', message)


def check_bad(program, directory):
    path = pathlib.Path(directory) / 'bad.supp'
    for content, reason in BAD:
        path.write_bytes(content.encode())
        done = harness.run([program], ALLOC_TRACKER_SUPPRESSIONS=str(path))
        check_equal(done.returncode, 2, f'{content!r}: status')
        check(done.stderr.startswith(f'alloc_tracker: {path}{reason}'), f'{content!r}: reason',
              done.stderr)
        check('Synthesis' not in done.stderr, f'{content!r}: no test ran')
    for place, reason in ((path.parent / 'none.supp', 'No such file or directory'),
                          (path.parent, 'Is a directory')):
        done = harness.run([program], ALLOC_TRACKER_SUPPRESSIONS=str(place))
        check_equal((done.returncode, done.stderr.strip()),
                    (2, f'alloc_tracker: {place}: {reason} (ALLOC_TRACKER_SUPPRESSIONS names it)'),
                    f'{place}')


def main():
    with tempfile.TemporaryDirectory() as directory:
        source = pathlib.Path(directory) / 'suite.cpp'
        source.write_text(SUITE)
        program = harness.compile_suite(directory, [source], 'g++', ['-g', '-O1', *harness.NO_BUILTIN])
        check_good(program, directory)
        check_bad(program, directory)
    harness.finish()


main()
