# SPDX-License-Identifier: MIT
"""Functions that the test scripts share: build suites against a staged installation, run them, and
read Criterion's results. A script exits with 0 only if every check passed. A failed check prints the
expected and the actual value."""

import difflib
import json
import os
import pathlib
import platform
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

# A job of a CI service sets these, and `check` behaves differently where they are set. A test of this
# behaviour sets them itself.
for name in ('CI', 'GITHUB_STEP_SUMMARY', 'GITHUB_WORKSPACE'):
    os.environ.pop(name, None)

failures = 0
checks = 0


def check(condition, what, seen=''):
    """Count one check. If `condition` is false, print `what` and `seen`."""
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
        if name.startswith(('ALLOC_TRACKER', 'CRITERION_')):
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
    """Run a command. Return the completed process, with stdout and stderr as text."""
    return subprocess.run([str(part) for part in command], env=environment(**env), stdin=stdin,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=timeout,
                          text=True, errors='replace', cwd=cwd)


def require_x86_64():
    """Skip the test on another machine. Call this if the test has numbers of instructions."""
    if platform.machine() != 'x86_64':
        print('skipped: the numbers of this test are for x86-64')
        sys.exit(77)


def count_instructions(*command):
    """Run a command under callgrind. Return the number of instructions and the standard output."""
    done = run(['valgrind', '--tool=callgrind', '--callgrind-out-file=/dev/null', *command],
               timeout=300)
    match = re.search(r'Collected : (\d+)', done.stderr)
    check(match is not None, 'callgrind has a total', done.stderr[-2000:])
    return int(match.group(1)) if match else 0, done.stdout


def check_output(seen, name, what):
    """Compare the whole output with tests/expected/NAME. Only durations and process numbers may
    differ. With AT_REGENERATE=1, write that file first."""
    path = SOURCE / 'tests' / 'expected' / name
    seen = re.sub(r'\(\d+\.\d+s\)', '(0.00s)', seen)
    seen = re.sub(r'\[PID \d+\]', '[PID 1]', seen)
    if os.environ.get('AT_REGENERATE'):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(seen)
    expected = path.read_text() if path.exists() else ''
    difference = '\n'.join(difflib.unified_diff(expected.splitlines(), seen.splitlines(),
                                                'expected', 'seen', lineterm='', n=1))
    check(seen == expected, f'{what}: the output equals {path.name}', difference)


def run_whole(program, *arguments, **env):
    """Run a suite in the root of the source tree, one test at a time. Return its output."""
    done = run([program, '-j1', *arguments], cwd=SOURCE, **env)
    return done.stderr + done.stdout


def compile_suite(directory, sources, compiler='cc', flags=(), packages=None, name=None,
                  link=()):
    """Compile and link the sources with the staged plugin. Return the path of the program."""
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
    """One test of a run: its status, and [file, line, text] of each failed assertion."""

    def __init__(self, entry):
        self.status = entry['status']
        self.messages = []
        for line in entry.get('messages', []):
            match = re.match(r'(.*?):(\d+): (.*)', line)
            if match and not line.startswith('  '):
                self.messages.append([match.group(1), int(match.group(2)), match.group(3)])
            elif self.messages:
                self.messages[-1][2] += '\n' + line
        self.messages.reverse()  # Criterion lists the last message first


def read_tap(path):
    """Return (name, is ok) of each test in a TAP file. Check the plan of the file."""
    lines = path.read_text(errors='replace').splitlines()
    found = [re.match(r'(not )?ok - (\S+::\S+)', line) for line in lines]
    found = [(match.group(2), not match.group(1)) for match in found if match]
    check_equal([line for line in lines if line.startswith('1..')], [f'1..{len(found)}'],
                'TAP: the plan equals the number of tests')
    return found


def read_xml(path):
    """Return (name, status) of each test in a JUnit file."""
    return [(f"{suite.get('name')}::{case.get('name')}", case.get('status'))
            for suite in xml.etree.ElementTree.parse(path).getroot().iter('testsuite')
            for case in suite.iter('testcase')]


class Run:
    """A run of a Criterion program. Check that its JSON, XML and TAP files are well-formed and agree."""

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
            self.tests = dict(self.all_tests)  # for a parameterised test, the parameter that ended last

    def read(self, files):
        statuses = []
        for suite in json.loads(files['json'].read_text())['test_suites']:
            for entry in suite['tests']:
                name = f"{suite['name']}::{entry['name']}"
                self.all_tests.append((name, Test(entry)))
                statuses.append((name, entry['status']))
        check_equal(sorted(read_xml(files['xml'])), sorted(statuses), 'XML and JSON agree')
        check_equal(sorted(read_tap(files['tap'])),
                    sorted((name, status in ('PASSED', 'SKIPPED')) for name, status in statuses),
                    'TAP and JSON agree')


def check_schema(path, name, what):
    """Validate the file against the schema docs/NAME, with Debian's validator."""
    done = subprocess.run(['/usr/bin/python3', '-m', 'jsonschema', '-i', str(path),
                           str(SOURCE / 'docs' / name)], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
    check(done.returncode == 0, what, done.stdout)


def marks(*sources):
    """Return {name: (file name, line)} of the lines that end with a comment `HERE name`."""
    found = {}
    for source in sources:
        for number, line in enumerate(pathlib.Path(source).read_text().splitlines(), 1):
            match = re.search(r'/[*/] HERE (\w+)', line)
            if match:
                found[match.group(1)] = (pathlib.Path(source).name, number)
    return found
