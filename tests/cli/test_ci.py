# SPDX-License-Identifier: MIT
"""The files of examples/ci work: the commands of the workflows run, Meson and CMake build and test the
suite. Each check passes, and fails at the line once the suite allocates more."""

import json
import pathlib
import shutil
import subprocess
import tempfile

import made
import harness
from harness import SOURCE, check, check_equal, finish

EXAMPLES = SOURCE / 'examples' / 'ci'
CHANGE = ('strdup(name)', 'strdup(name ? strcpy(malloc(99), name) : name)')


class Project:
    """A directory with the example suite, and the command in PATH."""

    def __init__(self, directory, *files):
        self.directory = pathlib.Path(directory)
        for name in ('suite.c', *files):
            shutil.copy(EXAMPLES / name, self.directory)
        self.env = harness.environment(GITHUB_STEP_SUMMARY=str(self.directory / 'summary.md'),
                                       CI='true')
        self.env['PATH'] = f'{made.TOOL.parent}:{self.env["PATH"]}'

    def run(self, command, **extra):
        """Run a command in the shell of a CI. CMake and Meson find the staged package."""
        return subprocess.run(['sh', '-ec', command], cwd=self.directory, env={**self.env, **extra},
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def update(self, results):
        done = self.run(f'alloc-tracker update --baseline alloc.baseline {results}')
        check_equal(done.returncode, 0, 'the baseline is made')

    def change(self):
        source = self.directory / 'suite.c'
        text = source.read_text()
        assert CHANGE[0] in text
        source.write_text(text.replace(*CHANGE))
        return 1 + text[:text.index(CHANGE[0])].count('\n')


def load_yaml(path):
    """Read YAML with the Python of Debian, since another one may have no parser."""
    script = 'import json, sys, yaml; print(json.dumps(yaml.safe_load(sys.stdin)))'
    with open(path) as file:
        done = subprocess.run(['/usr/bin/python3', '-c', script], stdin=file, check=True,
                              stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout)


def check_workflow(name, commands, gate, expected):
    """Build, test, check and write the page. The check fails at the line after a change."""
    with tempfile.TemporaryDirectory() as directory:
        project = Project(directory)
        for command in commands[:2]:
            done = project.run(command)
            check_equal(done.returncode, 0, f'{name}: {command}: {done.stdout}')
        project.update('results.json')
        for command in commands[2:]:
            check_equal(project.run(command).returncode, 0, f'{name}: {command}')
        check((project.directory / 'allocations.html').exists(), f'{name}: the page')
        line = project.change()
        for command in commands[:2]:
            project.run(command)
        done = project.run(gate)
        check_equal(done.returncode, 1, f'{name}: the gate fails')
        check(expected.format(line=line) in done.stdout, f'{name}: at the line', done.stdout)


def check_github():
    job = load_yaml(EXAMPLES / 'github.yml')['jobs']['allocations']
    steps = {step.get('name', step.get('uses')): step for step in job['steps']}
    check_equal(list(steps), ['actions/checkout@v4', 'Install', 'Build', 'Test', 'Allocations', 'Page',
                              'actions/upload-artifact@v4'], 'GitHub: the steps')
    commands = [steps[name]['run'] for name in ('Build', 'Test', 'Allocations', 'Page')]
    check_workflow('GitHub', commands, commands[2], '::error file=suite.c,line={line},')
    paths = steps['actions/upload-artifact@v4']['with']['path'].split()
    check_equal(paths, ['results.json', 'allocations.html'], 'GitHub: the artifact')


def check_gitlab():
    job = load_yaml(EXAMPLES / 'gitlab-ci.yml')['allocations']
    check_workflow('GitLab', job['script'] + job['after_script'], job['script'][2],
                   '+1 alloc suite.c:{line} (new), +99 bytes, +99 bytes at the peak, +1 leak, malloc in copy\n')
    check_equal(job['artifacts']['paths'], ['results.json', 'allocations.html'], 'GitLab: artifacts')


def check_build_system(name, file, configure, build, test):
    with tempfile.TemporaryDirectory() as directory:
        project = Project(directory, file)
        for command in (configure, build):
            done = project.run(command)
            check_equal(done.returncode, 0, f'{name}: {command}: {done.stdout[-1000:]}')
        check(project.run(test).returncode != 0, f'{name}: without a baseline the gate fails')
        project.update('build/results.json')
        done = project.run(test)
        check_equal(done.returncode, 0, f'{name}: the gate holds: {done.stdout[-2000:]}')
        project.change()
        project.run(build)
        done = project.run(test)
        check(done.returncode != 0 and '(new), +99 bytes, +99 bytes at the peak, +1 leak, malloc in copy' in done.stdout,
              f'{name}: after a change it fails, and names the line', done.stdout)


def main():
    check_github()
    check_gitlab()
    check_build_system('Meson', 'meson.build', 'meson setup build', 'ninja -C build',
                       'meson test -C build --print-errorlogs')
    check_build_system('CMake', 'CMakeLists.txt', 'cmake -B build', 'cmake --build build',
                       'cd build && ctest --output-on-failure')
    named = {f'examples/ci/{path.name}' for path in EXAMPLES.iterdir()} - {'examples/ci/suite.c'}
    text = (SOURCE / 'docs' / 'ci.md').read_text()
    check_equal({path for path in named if f'../{path})' in text}, named, 'docs/ci.md names each')
    finish()


main()
