# SPDX-License-Identifier: MIT
"""Never a false green: under valgrind, beside another allocator, or linked so that ours is hidden,
a test is either measured exactly or fails with the remedy; none passes on zeros that nobody saw."""

import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import SUITES, check, check_equal

LIBRARIES = pathlib.Path('/usr/lib/x86_64-linux-gnu')
SUITE = SUITES / 'unobserved.cpp'
REMEDY = 'run valgrind with --soname-synonyms=somalloc=nouserintercepts'


def check_measured(label, result):
    check_equal(len(result.tests), 5, f'{label}: the suite ran')
    for name, test in result.tests.items():
        expected = 'PASSED' if '::pass_' in name else 'FAILED'
        check_equal(test.status, expected, f'{label}: {name} is measured')
        for message in test.messages:
            check('1 allocation, ' in message[2], f'{label}: {name} says what it saw', message)


def check_refused(label, result, *words):
    check_equal(len(result.tests), 5, f'{label}: the suite ran')
    check(result.status != 0, f'{label}: the run fails')
    for name, test in result.tests.items():
        check_equal(test.status, 'FAILED', f'{label}: {name} does not pass')
        check_equal(len(test.messages), 1, f'{label}: {name} fails once')
        for word in words:
            check(word in str(test.messages), f'{label}: {name} says {word}', test.messages)


def valgrind(tool, *options):
    # The workers are children: without --trace-children only the runner is in valgrind.
    return ['valgrind', f'--tool={tool}', '-q', '--trace-children=yes', *options]


def main():
    flags = ['-std=c++17', '-g', *harness.NO_BUILTIN]
    with tempfile.TemporaryDirectory() as directory:
        program = harness.compile_suite(directory, [SUITE], 'g++', flags)
        check_measured('plain', harness.Run(program))
        for tool in ('memcheck', 'helgrind', 'massif', 'dhat'):
            options = [f'--{tool}-out-file=/dev/null'] if tool in ('massif', 'dhat') else []
            result = harness.Run(program, ['-j1'], valgrind(tool, *options), timeout=600)
            check_refused(tool, result, f"valgrind's {tool} replaces malloc", REMEDY)
        result = harness.Run(program, ['-j1'],
                             valgrind('memcheck', '--soname-synonyms=somalloc=nouserintercepts'),
                             timeout=600)
        check_measured('memcheck with the remedy', result)
        result = harness.Run(program, ['-j1'],
                             valgrind('callgrind', '--callgrind-out-file=/dev/null'), timeout=600)
        check_measured('callgrind', result)

        for library in ('libjemalloc.so.2', 'libmimalloc.so.2', 'libtcmalloc_minimal.so.4'):
            path = next(LIBRARIES.glob(library + '*'))
            check_measured(f'{library} preloaded', harness.Run(program, LD_PRELOAD=str(path)))
        for library in ('jemalloc', 'mimalloc'):
            beside = harness.compile_suite(directory, [SUITE], 'g++', flags, name=library,
                                           link=['-Wl,--no-as-needed', f'-l{library}'])
            check_measured(f'{library} linked in front', harness.Run(beside))
        own = harness.compile_suite(directory, [SUITE, SUITES / 'own_new.cpp'], 'g++', flags)
        check_refused('operator new of the program\'s own', harness.Run(own),
                      'operator new is served by the program itself', 'let it call malloc')
        hidden = harness.compile_suite(directory, [SUITE], 'g++', flags, name='hidden',
                                       link=['-Wl,--exclude-libs,ALL'])
        check_refused('--exclude-libs', harness.Run(hidden), 'in front of alloc_tracker',
                      '--exclude-libs')
    harness.finish()


main()
