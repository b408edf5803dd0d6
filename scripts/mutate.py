#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Mutation testing of the guards: breaks each one of tests/mutations/*.toml in copies of the
tree, builds, runs the test that is said to notice, and demands that it fails.

    scripts/mutate.py             all guards: about an hour on two idle cores
    scripts/mutate.py NAME...     some of them
    scripts/mutate.py --check     only: does each break still apply, is docs/mutations.md theirs?
    scripts/mutate.py --write     only: write docs/mutations.md

The copies are in build/mutations; they stay, so that the next run builds little. A test that fails
on the tree as it is proves nothing and ends the run, as does a break whose text is not in its file
exactly once; one that does not build fails it."""

import argparse
import concurrent.futures
import json
import os
import pathlib
import queue
import subprocess
import sys
import time
import tomllib
from dataclasses import dataclass

SOURCE = pathlib.Path(__file__).resolve().parent.parent
TABLES = SOURCE / 'tests' / 'mutations'
DOCUMENT = SOURCE / 'docs' / 'mutations.md'
WORK = SOURCE / 'build' / 'mutations'

HEAD = '''# Guards, and the tests that hold them

Each row is a guard of this project, one way to break it, and a test that fails when it is broken.
`scripts/mutate.py` does so, for every row, in a copy of the tree; it fails if a test does not. The
rows are those of `tests/mutations/`; this page is written by `scripts/mutate.py --write`.
'''


class Rotten(Exception):
    """The table does not fit the tree."""


@dataclass(frozen=True)
class Guard:
    room: str
    name: str
    what: str
    file: str
    find: str
    put: str
    test: str

    def broken(self, text):
        """The file's text with the guard broken."""
        n = text.count(self.find)
        if n != 1 or self.find == self.put:
            raise Rotten(f'{self.name}: its text is {n} times in {self.file}: {self.find!r}')
        return text.replace(self.find, self.put)

    def row(self):
        return f'| {self.what} | `{self.file}` | {self.change()} | `{self.test}` |'

    def change(self):
        """What is done, on one line; what stays on either side of it is left out."""
        found, put = ' '.join(self.find.split()), ' '.join(self.put.split())
        return f'{code(found)} → {code(put)}' if put else f'{code(found)} is left out'


def code(text):
    return '`' + text.replace('|', '\\|') + '`'


def load(directory=TABLES):
    """All guards, room by room."""
    guards = []
    for path in sorted(directory.glob('*.toml')):
        rows = tomllib.loads(path.read_text())['guard']
        guards += [Guard(room=path.stem, **row) for row in rows]
    names = [guard.name for guard in guards]
    for name in names:
        if names.count(name) > 1:
            raise Rotten(f'{name}: two guards have this name')
    return guards


def document(guards):
    lines = [HEAD]
    for room in dict.fromkeys(guard.room for guard in guards):
        lines += [f'## {room}', '', '| guard | file | broken | fails |', '|---|---|---|---|']
        lines += [guard.row() for guard in guards if guard.room == room] + ['']
    return '\n'.join(lines)


def check(guards):
    """What is wrong with the table, one line each."""
    wrong = []
    for guard in guards:
        try:
            guard.broken((SOURCE / guard.file).read_text())
        except (OSError, Rotten) as error:
            wrong.append(str(error))
    if not DOCUMENT.exists() or DOCUMENT.read_text() != document(guards):
        wrong.append(f'{DOCUMENT.relative_to(SOURCE)}: not of this table: scripts/mutate.py --write')
    return wrong


class Copy:
    """A copy of the tree that guards are broken in, one after another, and its build."""

    def __init__(self, root):
        self.root = root

    def run(self, *command):
        return subprocess.run(command, cwd=self.root, stdin=subprocess.DEVNULL, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, errors='replace')

    def update(self, names):
        """The tree as it is. What has not changed keeps its time, for the build's sake."""
        for old in self.root.rglob('*'):
            name = old.relative_to(self.root)
            if old.is_file() and name.parts[0] != 'build' and str(name) not in names:
                old.unlink()
        for name in names:
            source, target = SOURCE / name, self.root / name
            content = source.read_bytes()
            if not target.exists() or target.read_bytes() != content:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content)
            target.chmod(source.stat().st_mode)

    def build(self, *targets):
        """What the build of the targets, or of all, says if it fails."""
        done = None
        if not (self.root / 'build' / 'build.ninja').exists():
            done = self.run('meson', 'setup', 'build', '-Dtests=enabled', '-Dexamples=enabled')
        if not done or done.returncode == 0:
            done = self.run('ninja', '-C', 'build', *targets)
        return done.stdout if done.returncode != 0 else ''

    def find_targets(self):
        """What each test depends on, as ninja calls it: the rest need not be built for it."""
        def ask(what):
            return json.loads(self.run('meson', 'introspect', what, 'build').stdout)
        root = self.root / 'build'
        files = {target['id']: [str(pathlib.Path(name).relative_to(root))
                                for name in target['filename']] for target in ask('--targets')}
        self.targets = {test['name']: sum((files[target] for target in test['depends']), [])
                        for test in ask('--tests')}

    def test(self, test):
        """What the test says if it fails."""
        done = self.run('meson', 'test', '-C', 'build', '--no-rebuild', '--print-errorlogs', test)
        return done.stdout if done.returncode != 0 else ''

    def judge(self, guard):
        """Breaks one guard: "killed", or what is wrong. What makes a test hang is killed by time,
        which a busy machine may do as well."""
        path = self.root / guard.file
        text = path.read_text()
        path.write_text(guard.broken(text))
        try:
            said = self.build(*self.targets[guard.test])
            if said:
                return 'DOES NOT BUILD\n' + said[-2000:]
            said = self.test(guard.test)
            return 'SURVIVED' if not said else 'killed by time' if 'TIMEOUT' in said else 'killed'
        finally:
            path.write_text(text)


def source_names():
    """The files of the tree, changes and new ones included."""
    listed = subprocess.run(['git', 'ls-files', '-z', '--cached', '--others', '--exclude-standard'],
                            cwd=SOURCE, check=True, stdout=subprocess.PIPE).stdout
    return {name for name in listed.decode().split('\0') if name and (SOURCE / name).is_file()}


def make_copies(n):
    names = source_names()
    copies = queue.SimpleQueue()
    for i in range(n):
        copy = Copy(WORK / str(i))
        copy.root.mkdir(parents=True, exist_ok=True)
        copy.update(names)
        said = copy.build()
        if said:
            sys.exit('mutate.py: the tree does not build:\n' + said[-3000:])
        copy.find_targets()
        copies.put(copy)
    return copies


def run_all(guards, jobs):
    copies = make_copies(jobs)

    def with_copy(work):
        copy = copies.get()
        start = time.monotonic()
        try:
            return work(copy), time.monotonic() - start
        finally:
            copies.put(copy)

    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        tests = dict.fromkeys(guard.test for guard in guards)
        unbroken = pool.map(lambda test: with_copy(lambda copy: copy.test(test)), tests)
        for test, (said, _) in zip(tests, unbroken):
            if said:
                sys.exit(f'mutate.py: {test} fails without any guard broken:\n{said[-3000:]}')
        n_killed = 0
        results = pool.map(lambda guard: with_copy(lambda copy: copy.judge(guard)), guards)
        for guard, (result, seconds) in zip(guards, results):
            n_killed += result.startswith('killed')
            print(f'{result}: {guard.room}: {guard.name} ({guard.test}, {seconds:.0f} s)',
                  flush=True)
    print(f'{n_killed} killed of {len(guards)}')
    return 0 if n_killed == len(guards) else 1


def main():
    parser = argparse.ArgumentParser(description='Mutation testing of the guards.')
    parser.add_argument('--check', action='store_true', help='only look at the table')
    parser.add_argument('--write', action='store_true', help='only write docs/mutations.md')
    parser.add_argument('-j', '--jobs', type=int, default=os.cpu_count(), help='copies at a time')
    parser.add_argument('names', nargs='*', metavar='NAME', help='of guards; all if there is none')
    options = parser.parse_args()
    try:
        guards = load()
    except Rotten as error:
        sys.exit(f'mutate.py: {error}')
    if options.write:
        DOCUMENT.write_text(document(guards))
    wrong = check(guards)
    for line in wrong:
        print(f'mutate.py: {line}', file=sys.stderr)
    if wrong or options.check or options.write:
        sys.exit(1 if wrong else 0)
    unknown = set(options.names) - {guard.name for guard in guards}
    if unknown:
        sys.exit(f'mutate.py: no such guard: {", ".join(sorted(unknown))}')
    sys.exit(run_all([guard for guard in guards
                      if not options.names or guard.name in options.names], options.jobs))


if __name__ == '__main__':
    main()
