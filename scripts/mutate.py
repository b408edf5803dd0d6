#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Mutation testing of the guards. For each row of tests/mutations/*.toml, the script breaks the guard in
a copy of the tree, builds, and runs the test of the row. The test must fail.

    scripts/mutate.py             all guards: about an hour on two idle cores
    scripts/mutate.py NAME...     some of them
    scripts/mutate.py --check     only check that each break applies and docs/mutations.md is current
    scripts/mutate.py --write     only write docs/mutations.md

The copies are in build/mutations. They remain, so the next run builds less. The run ends if a test fails
on the unbroken tree, or if the text of a break is not in its file exactly once. A break that does not
build fails the run."""

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

HEAD = '''# Guards and their tests

Each row is a guard of this project, one way to break it, and a test that fails when the guard is broken.
`scripts/mutate.py` breaks the guard of every row in a copy of the tree, and fails if a test passes. The rows are in
`tests/mutations/`. `scripts/mutate.py --write` writes this page.
'''


class Stale(Exception):
    """The table does not match the tree."""


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
        """Return the file's text with the guard broken."""
        n = text.count(self.find)
        if n != 1 or self.find == self.put:
            raise Stale(f'{self.name}: its text is {n} times in {self.file}: {self.find!r}')
        return text.replace(self.find, self.put)

    def row(self):
        return f'| {self.what} | `{self.file}` | {self.change()} | `{self.test}` |'

    def change(self):
        """Return the change as one line."""
        found, put = ' '.join(self.find.split()), ' '.join(self.put.split())
        return f'{code(found)} → {code(put)}' if put else f'{code(found)} is left out'


def code(text):
    return '`' + text.replace('|', '\\|') + '`'


def load(directory=TABLES):
    """Return all guards, room by room."""
    guards = []
    for path in sorted(directory.glob('*.toml')):
        rows = tomllib.loads(path.read_text())['guard']
        guards += [Guard(room=path.stem, **row) for row in rows]
    names = [guard.name for guard in guards]
    for name in names:
        if names.count(name) > 1:
            raise Stale(f'{name}: two guards have this name')
    return guards


def document(guards):
    lines = [HEAD]
    for room in dict.fromkeys(guard.room for guard in guards):
        lines += [f'## {room}', '', '| guard | file | broken | fails |', '|---|---|---|---|']
        lines += [guard.row() for guard in guards if guard.room == room] + ['']
    return '\n'.join(lines)


def check(guards):
    """Return the faults of the table, one line each."""
    wrong = []
    for guard in guards:
        try:
            guard.broken((SOURCE / guard.file).read_text())
        except (OSError, Stale) as error:
            wrong.append(str(error))
    if not DOCUMENT.exists() or DOCUMENT.read_text() != document(guards):
        wrong.append(f'{DOCUMENT.relative_to(SOURCE)}: differs from tests/mutations; run scripts/mutate.py --write')
    return wrong


class Copy:
    """A copy of the tree, in which guards are broken one after another, and its build."""

    def __init__(self, root):
        self.root = root

    def run(self, *command):
        return subprocess.run(command, cwd=self.root, stdin=subprocess.DEVNULL, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, errors='replace')

    def update(self, names):
        """Copy the tree. Unchanged files keep their time, so the build is short."""
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
        """Build the targets, or all. Return the output of a build that fails."""
        done = None
        if not (self.root / 'build' / 'build.ninja').exists():
            done = self.run('meson', 'setup', 'build', '-Dtests=enabled', '-Dexamples=enabled')
        if not done or done.returncode == 0:
            done = self.run('ninja', '-C', 'build', *targets)
        return done.stdout if done.returncode != 0 else ''

    def find_targets(self):
        """Find the ninja targets on which each test depends. A test needs no other targets."""
        def ask(what):
            return json.loads(self.run('meson', 'introspect', what, 'build').stdout)
        root = self.root / 'build'
        files = {target['id']: [str(pathlib.Path(name).relative_to(root))
                                for name in target['filename']] for target in ask('--targets')}
        self.targets = {test['name']: sum((files[target] for target in test['depends']), [])
                        for test in ask('--tests')}

    def test(self, test):
        """Run the test. Return its output if it fails."""
        done = self.run('meson', 'test', '-C', 'build', '--no-rebuild', '--print-errorlogs', test)
        return done.stdout if done.returncode != 0 else ''

    def break_and_test(self, guard):
        """Break one guard. Return "killed", or the fault. A test that hangs is "killed by time", which
        can also happen on a busy machine."""
        path = self.root / guard.file
        text = path.read_text()
        path.write_text(guard.broken(text))
        try:
            output = self.build(*self.targets[guard.test])
            if output:
                return 'DOES NOT BUILD\n' + output[-2000:]
            output = self.test(guard.test)
            return 'SURVIVED' if not output else 'killed by time' if 'TIMEOUT' in output else 'killed'
        finally:
            path.write_text(text)


def source_names():
    """Return the files of the tree, including changed and new ones."""
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
        output = copy.build()
        if output:
            sys.exit('mutate.py: the tree does not build:\n' + output[-3000:])
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
        for test, (output, _) in zip(tests, unbroken):
            if output:
                sys.exit(f'mutate.py: {test} fails without any guard broken:\n{output[-3000:]}')
        n_killed = 0
        results = pool.map(lambda guard: with_copy(lambda copy: copy.break_and_test(guard)), guards)
        for guard, (result, seconds) in zip(guards, results):
            n_killed += result.startswith('killed')
            print(f'{result}: {guard.room}: {guard.name} ({guard.test}, {seconds:.0f} s)',
                  flush=True)
    print(f'{n_killed} killed of {len(guards)}')
    return 0 if n_killed == len(guards) else 1


def main():
    parser = argparse.ArgumentParser(description='Mutation testing of the guards.')
    parser.add_argument('--check', action='store_true', help='only check the table')
    parser.add_argument('--write', action='store_true', help='only write docs/mutations.md')
    parser.add_argument('-j', '--jobs', type=int, default=os.cpu_count(), help='copies at a time')
    parser.add_argument('names', nargs='*', metavar='NAME', help='names of guards; all by default')
    options = parser.parse_args()
    try:
        guards = load()
    except Stale as error:
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
