#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs the Criterion suites of syslog-ng and of Criterion, from Debian's source packages.

    foreign_suites.py DIRECTORY

Checks that their verdicts are the same under `alloc-tracker run` (same_verdicts.py), and that the commands
of docs/foreign-suites.md print the output of that page. Requires Debian, root, a deb-src line in apt's
sources, and an installed alloc-tracker. DIRECTORY needs a gigabyte. The script takes a quarter of an hour
on two cores, and `meson test` does not run it."""

import os
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
PAGE = HERE.parent.parent / 'docs' / 'foreign-suites.md'
CONFIGURE = ['--disable-all-modules', '--disable-java', '--disable-python', '--disable-systemd',
             '--disable-man-install', '--enable-tests', '--with-ivykis=system',
             'CFLAGS=-g -O2 -Wno-error']


def sh(command, cwd, check=True):
    """Run a shell command. Return its whole output."""
    done = subprocess.run(['bash', '-c', command], cwd=cwd, check=False, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if check and done.returncode:
        sys.exit(f'{done.stdout[-4000:]}\nfailed: {command}')
    return done.stdout


def fetch(directory):
    sh('apt-get build-dep -y -qq --no-install-recommends syslog-ng', directory)
    sh('apt-get install -y -qq libcriterion-dev libgit2-dev', directory)
    if not (directory / 'criterion').exists():
        sh('apt-get source -qq --tar-only criterion && mkdir criterion && '
           'tar -xf criterion_*.orig.tar.gz -C criterion --strip-components=1', directory)
    if not (directory / 'syslog-ng').exists():
        sh('apt-get source -qq syslog-ng && mv syslog-ng-*/ syslog-ng', directory)


def build_criterion(directory):
    """Build Criterion's samples and tests, except those that need its internals."""
    tree = directory / 'criterion'
    programs = directory / 'programs'
    programs.mkdir(exist_ok=True)
    built = []
    for source in sorted([*tree.glob('samples/**/*.c*'), *tree.glob('test/**/*.c*')]):
        program = programs / re.sub(r'[/.]', '_', str(source.relative_to(tree)))
        compiler = ['g++', '-std=c++17'] if source.suffix == '.cc' else ['gcc']
        done = subprocess.run([*compiler, '-g', '-w', f'-I{tree}/samples', f'-I{tree}/test', source,
                               '-lcriterion', '-lm', '-lgit2', '-o', program], check=False,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if done.returncode:
            print(f'does not build alone: {source.relative_to(directory)}')
        else:
            built.append(program)
    return built


def build_syslog(directory):
    tree = directory / 'syslog-ng'
    build = tree / 'build'
    build.mkdir(exist_ok=True)
    if not (build / 'Makefile').exists():
        sh('autoreconf -fi', tree)
        sh(' '.join(f"'{argument}'" for argument in ['../configure', *CONFIGURE]), build)
    sh('make -j2', build)
    sh('make -k -j2 check TESTS=', build, check=False)
    return [path.relative_to(build) for path in sorted(build.glob('**/tests/test_*'))
            if path.is_file() and os.access(path, os.X_OK) and '.libs' not in path.parts
            and path.open('rb').read(4) == b'\x7fELF']


def same_verdicts(programs, cwd):
    print(f'{len(programs)} programs in {cwd}', flush=True)
    # The options of `make check` in syslog-ng. Criterion's suites accept them too.
    done = subprocess.run(['env', 'top_srcdir=..', 'CRITERION_TEST_PATTERN=!(*/*performance*)',
                           HERE / 'same_verdicts.py', *programs], cwd=cwd, check=False)
    if done.returncode:
        sys.exit('a verdict differs')


def normal(text):
    """Replace durations and the offsets of functions in libraries: they change."""
    return re.sub(r'\+0x[0-9a-f]+', '+0x0', re.sub(r'\(\d+\.\d+s\)', '(0s)', text))


def check_page(build):
    """Run the blocks of commands in one shell. Each prints the text block that follows it, if any."""
    blocks = re.findall(r'^```(sh|text)\n(.*?)^```$', PAGE.read_text(), re.MULTILINE | re.DOTALL)
    script = 'set -e\nexec 2>&1\n' + '\necho @@@@\n'.join(text for kind, text in blocks if kind == 'sh')
    printed = sh(script, build).split('@@@@\n')
    shown = []
    for kind, text in blocks:
        shown = [*shown, ''] if kind == 'sh' else [*shown[:-1], text]
    for seen, expected in zip(printed, shown):
        if normal(seen) != normal(expected):
            sys.exit(f'{PAGE.name} shows\n{expected}\nand the command printed\n{seen}')
    print(f'{PAGE.name}: {len(printed)} blocks of commands print what it shows')


def main():
    if len(sys.argv) != 2:
        sys.exit(f'usage: {sys.argv[0]} DIRECTORY')
    directory = pathlib.Path(sys.argv[1]).resolve()
    directory.mkdir(parents=True, exist_ok=True)
    fetch(directory)
    same_verdicts(build_criterion(directory), directory)
    programs = build_syslog(directory)
    build = directory / 'syslog-ng' / 'build'
    same_verdicts(programs, build)
    check_page(build)


main()
