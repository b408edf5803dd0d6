# SPDX-License-Identifier: MIT
"""Test docs/adopting.md. Its commands run in order in the consumers' project and print the output that
the page shows. The consumers' build files contain the code that the page lists for build systems."""

import json
import os
import pathlib
import re
import shutil
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import SOURCE, STAGE, check, check_equal

CONSUMERS = SOURCE / 'tests' / 'consumers'
PAGE = SOURCE / 'docs' / 'adopting.md'
FILES = {'Meson': 'meson/meson.build', 'CMake': 'cmake/CMakeLists.txt', 'make': 'make/Makefile',
         'autotools': ['autotools/configure.ac', 'autotools/Makefile.am']}


def without_time(text):
    return re.sub(r'\(\d+\.\d+s\)', '(0s)', text)


def make_prefix(directory):
    """Return a prefix whose directory lib/pkgconfig is that of the staged installation."""
    prefix = directory / 'prefix'
    (prefix / 'lib').mkdir(parents=True)
    (prefix / 'lib' / 'pkgconfig').symlink_to(next(STAGE.glob('**/alloc-tracker.pc')).parent)
    return str(prefix)


def check_measured(path, what):
    """The suite that the commands linked has measured its tests."""
    tests = json.loads(path.read_text())['tests'] if path.exists() else []
    check_equal([(test['id'], test['usage']['allocs']) for test in tests],
                [('stock::grows', 1), ('stock::stays', 0)], f'measured by {what}')


def check_commands(text, directory):
    """Each block of commands succeeds, or fails if its output contains a failed assertion."""
    found = re.findall(r'^```(sh|text)\n(.*?)^```$', text, re.MULTILINE | re.DOTALL)
    check_equal(len(found), 13, 'adopting.md: its blocks')
    path = f"{next(STAGE.glob('**/bin'))}:{os.environ['PATH']}"
    for (kind, commands), (after, shown) in zip(found, [*found[1:], ('', '')]):
        if kind != 'sh':
            continue
        env = {'PATH': path}
        if 'PREFIX' in commands:
            env |= {'PREFIX': make_prefix(directory), 'PKG_CONFIG_PATH': '/nonexistent'}
        results = directory / 'stock.json'
        results.unlink(missing_ok=True)
        done = harness.run(['sh', '-ec', f'exec 2>&1\n{commands}'], cwd=directory, **env)
        if results.name in commands:
            check_measured(results, commands)
        shown = shown if after == 'text' else ''
        check_equal(done.returncode != 0, 'Assertion Failed' in shown, f'{commands}{done.stdout}')
        if shown:
            check_equal(without_time(done.stdout), without_time(shown), commands)


def check_build_systems(text):
    rows = re.findall(r'^\| (\w+) \| (.*) \|$', text, re.MULTILINE)
    check_equal([name for name, _ in rows], list(FILES), 'adopting.md: the build systems')
    for name, row in rows:
        files = FILES[name] if isinstance(FILES[name], list) else [FILES[name]]
        content = ''.join((CONSUMERS / file).read_text() for file in files)
        for code in re.findall(r'`([^`]+)`', row):
            check(code in content, f'adopting.md: {name}: {code}')


def main():
    text = PAGE.read_text()
    with tempfile.TemporaryDirectory() as directory:
        project = pathlib.Path(directory) / 'project'
        shutil.copytree(CONSUMERS / 'project', project)
        check_commands(text, project)
    check_build_systems(text)
    [wrap] = re.findall(r'^```ini\n(.*?)^```$', text, re.MULTILINE | re.DOTALL)
    check_equal(wrap, (CONSUMERS / 'alloc-tracker.wrap').read_text(), 'adopting.md: the wrap file')
    [makefile] = re.findall(r'^```make\n(.*?)^```$', text, re.MULTILINE | re.DOTALL)
    check_equal(makefile, (CONSUMERS / 'project' / 'stock.mk').read_text(), 'adopting.md: stock.mk')
    [code] = re.findall(r'^```c\n(.*?)^```$', text, re.MULTILINE | re.DOTALL)
    check((CONSUMERS / 'project' / 'test_queue.c').read_text().endswith(code),
          'adopting.md: test_queue.c')
    harness.finish()


main()
