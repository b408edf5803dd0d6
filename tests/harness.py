# SPDX-License-Identifier: MIT
"""What the test scripts share: building suites against a staged installation, running them, and
reading Criterion's results. A script's process exits 0 only if every check held; each check is
printed, so that a failure says what was expected and what was seen."""

import difflib
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

SOURCE = pathlib.Path(os.environ['AT_SOURCE_ROOT'])
STAGE = pathlib.Path(os.environ['AT_STAGE'])
BUILD = pathlib.Path(os.environ['AT_BUILD'])
SUITES = SOURCE / 'tests' / 'plugin' / 'suites'

NO_BUILTIN = ['-fno-builtin-malloc', '-fno-builtin-calloc', '-fno-builtin-realloc',
              '-fno-builtin-free']

failures = 0
checks = 0


def check(condition, what, seen=''):
    """Counts and prints one check; `seen` is shown when it does not hold."""
    global failures, checks
    checks += 1
    if not condition:
        failures += 1
        print(f'FAILED: {what}')
        if seen:
            print('    ' + str(seen).replace('\n', '\n    '))


def check_equal(seen, expected, what):
    check(seen == expected, what, f'expected {expected!r}\nseen     {seen!r}')


def finish():
    print(f'{checks} checks, {failures} failed')
    if checks == 0:
        print('FAILED: nothing was checked')
    sys.exit(1 if failures or not checks else 0)


def environment(**extra):
    env = dict(os.environ)
    for name in list(env):
        if name.startswith(('ALLOC_TRACKER_', 'CRITERION_')):
            del env[name]
    env['LC_ALL'] = 'C.UTF-8'
    pc = next(STAGE.glob('**/alloc-tracker.pc')).parent
    env['PKG_CONFIG_PATH'] = str(pc)
    env.update(extra)
    return env


def pkg_config(*arguments):
    out = subprocess.run(['pkg-config', *arguments], env=environment(), check=True,
                         stdout=subprocess.PIPE, text=True).stdout
    return shlex.split(out)


def run(command, timeout=120, stdin=subprocess.DEVNULL, cwd=None, **env):
    """Runs a command; answers status, stdout and stderr as text."""
    done = subprocess.run([str(part) for part in command], env=environment(**env), stdin=stdin,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=timeout,
                          text=True, errors='replace', cwd=cwd)
    return done


def check_output(seen, name, what):
    """Compares a whole output with tests/expected/NAME; AT_REGENERATE=1 writes that file instead.
    Durations and process numbers are the only things that may differ."""
    path = SOURCE / 'tests' / 'expected' / name
    seen = re.sub(r'\(\d+\.\d+s\)', '(0.00s)', seen)
    seen = re.sub(r'\[PID \d+\]', '[PID 1]', seen)
    if os.environ.get('AT_REGENERATE'):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(seen)
    expected = path.read_text() if path.exists() else ''
    difference = '\n'.join(difflib.unified_diff(expected.splitlines(), seen.splitlines(),
                                                'expected', 'seen', lineterm='', n=1))
    check(seen == expected, f'{what}: the output is {path.name}', difference)


def run_whole(program, *arguments, **env):
    """A suite's output as a person at the source tree's root sees it, one test after another."""
    done = run([program, '-j1', *arguments], cwd=SOURCE, **env)
    return done.stderr + done.stdout


def compile_suite(directory, sources, compiler='cc', flags=(), packages=None, name=None,
                  link=()):
    """Compiles and links sources with the staged plugin; answers the program's path."""
    packages = packages or ['alloc-tracker-criterion', 'criterion']
    program = pathlib.Path(directory) / (name or pathlib.Path(sources[0]).stem)
    command = [*shlex.split(compiler), *flags, *map(str, sources), '-o', str(program), *link,
               *pkg_config('--cflags', '--libs', *packages),
               *shlex.split(os.environ.get('AT_LINK_FLAGS', ''))]  # see scripts/coverage.sh
    done = run(command)
    if done.returncode != 0:
        print(' '.join(command))
        print(done.stderr)
        raise SystemExit(f'FAILED: {sources[0]} does not build')
    return program


class Test:
    """One test of a run: its status and the places and texts of its failed assertions."""

    def __init__(self, entry):
        self.status = entry['status']
        self.messages = []
        for line in entry.get('messages', []):
            match = re.match(r'(.*?):(\d+): (.*)', line)
            if match and not line.startswith('  '):
                self.messages.append([match.group(1), int(match.group(2)), match.group(3)])
            elif self.messages:
                self.messages[-1][2] += '\n' + line
        self.messages.reverse()  # Criterion lists the last one first


def read_tap(path):
    """What a TAP file says of each test, strictly: name and whether it is ok."""
    lines = path.read_text(errors='replace').splitlines()
    found = [re.match(r'(not )?ok - (\S+::\S+)', line) for line in lines]
    found = [(match.group(2), not match.group(1)) for match in found if match]
    check_equal([line for line in lines if line.startswith('1..')], [f'1..{len(found)}'],
                'TAP: the plan')
    return found


def read_xml(path):
    """The same of a JUnit file."""
    return [(f"{suite.get('name')}::{case.get('name')}", case.get('status'))
            for suite in xml.etree.ElementTree.parse(path).getroot().iter('testsuite')
            for case in suite.iter('testcase')]


class Run:
    """A run of a Criterion program. Its JSON, XML and TAP files must be well-formed and agree."""

    def __init__(self, program, arguments=(), prefix=(), timeout=120, **env):
        with tempfile.TemporaryDirectory() as directory:
            files = {kind: pathlib.Path(directory) / kind for kind in ('json', 'xml', 'tap')}
            outputs = [f'--{kind}={path}' for kind, path in files.items()]
            self.done = run([*prefix, program, *outputs, *arguments], timeout, **env)
            self.status = self.done.returncode
            self.output = self.done.stdout + self.done.stderr
            self.all_tests = []
            if files['json'].exists():
                self.read(files)
            self.tests = dict(self.all_tests)  # of a test's parameters, the one that ended last

    def read(self, files):
        statuses = []
        for suite in json.loads(files['json'].read_text())['test_suites']:
            for entry in suite['tests']:
                name = f"{suite['name']}::{entry['name']}"
                self.all_tests.append((name, Test(entry)))
                statuses.append((name, entry['status']))
        check_equal(sorted(read_xml(files['xml'])), sorted(statuses), 'XML says what JSON says')
        check_equal(sorted(read_tap(files['tap'])),
                    sorted((name, status in ('PASSED', 'SKIPPED')) for name, status in statuses),
                    'TAP says what JSON says')


def check_schema(path, name, what):
    """Validates the file against docs/NAME, by Debian's validator."""
    done = subprocess.run(['/usr/bin/python3', '-m', 'jsonschema', '-i', str(path),
                           str(SOURCE / 'docs' / name)], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
    check(done.returncode == 0, what, done.stdout)


def marks(*sources):
    """Lines marked HERE: name to (file name, line)."""
    found = {}
    for source in sources:
        for number, line in enumerate(pathlib.Path(source).read_text().splitlines(), 1):
            match = re.search(r'/[*/] HERE (\w+)', line)
            if match:
                found[match.group(1)] = (pathlib.Path(source).name, number)
    return found
