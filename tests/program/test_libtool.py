# SPDX-License-Identifier: MIT
"""`run` refuses the script that libtool writes in place of a program, and the message names the program and a
command that works. Other scripts are measured, with the processes that they start."""

import json
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import check, check_equal

COMMAND = next(harness.STAGE.glob('**/bin/alloc-tracker'))

PROJECT = {
    'configure.ac': 'AC_INIT([hello], [1])\nAM_INIT_AUTOMAKE([foreign])\nAC_PROG_CC\n'
                    'm4_ifdef([AM_PROG_AR], [AM_PROG_AR])\nLT_INIT([disable-static])\n'
                    'AC_CONFIG_FILES([Makefile])\nAC_OUTPUT\n',
    'Makefile.am': 'lib_LTLIBRARIES = libgreet.la\nlibgreet_la_SOURCES = greet.c\n'
                   'bin_PROGRAMS = hello\nhello_SOURCES = hello.c\nhello_LDADD = libgreet.la\n',
    'greet.c': '#include <stdlib.h>\nvoid greet(void) { void *volatile block = malloc(10); free(block); }\n',
    'hello.c': 'void greet(void);\nint main(void) { greet(); return 3; }\n',
}


def build(directory):
    for name, text in PROJECT.items():
        (directory / name).write_text(text)
    done = harness.run(['sh', '-c', 'autoreconf -fi && ./configure CFLAGS=-fno-builtin-malloc && make'],
                       cwd=directory, timeout=300)
    check_equal(done.returncode, 0, f'the project builds: {done.stdout}{done.stderr}')


def run(directory, *arguments, **env):
    return harness.run([COMMAND, 'run', '-o', 'r.json', *arguments], cwd=directory, **env)


def check_refused(directory):
    for name, script, real in (('./hello', './hello', './.libs/hello'),
                               (directory / 'hello', directory / 'hello', directory / '.libs/hello')):
        done = run(directory, name)
        check_equal(done.returncode, 2, f'{name}: the status')
        check_equal(done.stderr, f'alloc-tracker: not run: {script} is a script of libtool, which runs {real}; '
                    f'write `libtool --mode=execute alloc-tracker run {name}`, or run {real} itself\n', f'{name}: the message')
    check(not (directory / 'r.json').exists(), 'no results')


def check_remedies(directory):
    measure = [COMMAND, 'run', '-o', 'r.json']
    for label, command, env in (
            ('libtool', ['./libtool', '--mode=execute', *measure, './hello'], {}),
            ('.libs/hello', [*measure, '.libs/hello'], {'LD_LIBRARY_PATH': '.libs'})):
        done = harness.run(command, cwd=directory, **env)
        check_equal(done.returncode, 3, f'{label}: the status of the program, {done.stderr}')
        tests = json.loads((directory / 'r.json').read_text())['tests']
        check_equal([test['id'] for test in tests], ['hello'], f'{label}: the program')
        check_equal(tests[0]['usage']['allocs'], 1, f'{label}: its allocation')
        (directory / 'r.json').unlink()
    done = run(directory, './hello', ALLOC_TRACKER='off')
    check_equal(done.returncode, 3, f'with ALLOC_TRACKER=off the script runs: {done.stderr}')


def check_other_scripts(directory):
    script = directory / 'wrapper.sh'
    script.write_text('#!/bin/sh\n# a temporary wrapper script for .libs/hello, not of libtool\n'
                      'LD_LIBRARY_PATH=.libs exec .libs/hello\n')
    script.chmod(0o755)
    done = run(directory, './wrapper.sh')
    check_equal(done.returncode, 3, f'another script: the status, {done.stderr}')
    tests = {test['id']: test['usage'] for test in json.loads((directory / 'r.json').read_text())['tests']}
    check_equal(sorted(tests), ['sh', 'sh/hello'], 'another script: its processes')
    check_equal(tests['sh/hello']['allocs'], 1, 'another script: the program that it runs')


def main():
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        build(directory)
        check_refused(directory)
        check_remedies(directory)
        check_other_scripts(directory)
    harness.finish()


main()
