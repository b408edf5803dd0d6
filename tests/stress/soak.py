#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Runs the test suites of Debian packages, without alloc_tracker and under `alloc-tracker run`. Every
verdict must be the same. In each process the call sites must add up to the totals.

    tests/stress/soak.py --build build/gcc --directory DIR [PACKAGE...]

The script fetches the sources into DIR with apt-get source and builds them there once. For each package
it prints the number of verdicts, and every verdict that differs. It needs a network and the build
dependencies of the packages. python3 needs the package libpython3.11-testsuite. `meson test` does not run
this script.
"""

import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import time

PYTHON_TESTS = (
    'abc argparse array ast asyncgen atexit base64 bigmem binascii bisect bool buffer builtin bytes '
    'bz2 calendar capi cmath codecs collections configparser contextlib copy coroutines csv ctypes '
    'dataclasses datetime decimal decorators deque descr dict difflib dis email enum exceptions '
    'faulthandler fcntl file fileio float fork1 format fractions fstring functools gc generators '
    'getopt glob grammar gzip hashlib heapq hmac html httplib importlib inspect int io iter '
    'itertools json keyword list logging long lzma mailbox marshal math memoryio memoryview mmap '
    'netrc ntpath opcodes optparse ordered_dict os pathlib pickle pickletools plistlib poll popen '
    'posix posixpath pprint property pty pwd queue random range re reprlib resource richcmp '
    'sched select selectors set shelve shlex shutil signal slice socket sort sqlite3 statistics str '
    'string stringprep struct subprocess super sys sysconfig syslog tarfile tempfile textwrap '
    'thread threading threading_local time tokenize traceback tracemalloc tuple types typing '
    'unicode unicodedata unpack urllib urlparse userdict uu uuid wait3 wait4 warnings weakref '
    'weakset with xml_etree xml_etree_c xmlrpc yield_from zipfile zipimport zlib').split()


class Package:
    """A package: how to fetch and build it, its commands, and how to read verdicts from their output."""
    source = None     # the argument of apt-get source
    builds = ()       # commands, which run in order in the source directory
    directory = '.'   # in which its suite runs
    environment = {}

    def prepare(self, workspace):
        root = next((path for path in workspace.glob(f'{self.source}-*') if path.is_dir()), None)
        if not root:
            fetch(self.source, workspace)
            root = next(path for path in workspace.glob(f'{self.source}-*') if path.is_dir())
        if not (root / '.soak-built').exists():
            for command in self.builds:
                subprocess.run(command, shell=True, cwd=root, check=True, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
            (root / '.soak-built').touch()
        return root / self.directory

    def commands(self, workspace):
        """Return {name: command}. A command is a program with its arguments."""
        raise NotImplementedError

    def verdicts(self, output):
        """Return {name: verdict}."""
        raise NotImplementedError


class Jansson(Package):
    source, directory = 'jansson', 'soak'
    builds = ['cmake -S . -B soak -DJANSSON_BUILD_DOCS=OFF', 'make -C soak -j2']

    def commands(self, workspace):
        return {'ctest': ['ctest']}

    def verdicts(self, output):
        return dict(re.findall(r'Test +#\d+: (\S+) \.+ *(.*?) +[\d.]+ sec', output))


class Pcre2(Package):
    source, directory = 'pcre2', 'soak'
    builds = ['mkdir -p soak && cd soak && ../configure --enable-jit --disable-shared '
              '--enable-pcre2-16 --enable-pcre2-32', 'make -C soak -j2 check TESTS=']
    environment = {'srcdir': '..'}

    def commands(self, workspace):
        return {'RunTest': ['sh', '../RunTest'], 'RunGrepTest': ['sh', '../RunGrepTest'],
                'pcre2_jit_test': ['./pcre2_jit_test']}

    def verdicts(self, output):
        """Return every line with its heading. A line is "OK", or a difference."""
        found, heading = {}, ''
        for number, line in enumerate(output.splitlines()):
            heading = line if line.startswith(('Test ', 'Testing ')) else heading
            found[f'{number}: {heading}'] = line
        return found


class Git(Package):
    source, directory = 'git', 't'
    builds = ['make -j2 CFLAGS=-O2 NO_CURL=1 NO_TCLTK=1 NO_GETTEXT=1 all']
    scripts = 't002[2-9]* t003* t006[0-3]* t100* t400*'
    environment = {'TEST_NO_MALLOC_CHECK': '1'}  # that check replaces LD_PRELOAD

    def commands(self, workspace):
        scripts = sorted({path.name for pattern in self.scripts.split()
                          for path in workspace.glob(pattern + '.sh')})
        return {name: ['sh', './' + name] for name in scripts}

    def verdicts(self, output):
        return {f'{number} {name}': verdict for verdict, number, name
                in re.findall(r'^(ok|not ok) (\d+) -? ?(.*)$', output, re.M)}


class Python(Package):
    def prepare(self, workspace):
        directory = workspace / 'python'
        directory.mkdir(exist_ok=True)
        return directory

    def commands(self, workspace):
        return {name: ['/usr/bin/python3', '-m', 'test', '-v', f'test_{name}']
                for name in PYTHON_TESTS}

    def verdicts(self, output):
        """Return the verdicts of tests that print nothing between their name and their verdict."""
        return {name: verdict for name, verdict in re.findall(
            r'^(\w+ \([\w.]+\))(?: \.\.\.|\n.*? \.\.\.) (ok|FAIL|ERROR|skipped|expected failure)',
            output, re.M)}


PACKAGES = {'jansson': Jansson(), 'pcre2': Pcre2(), 'git': Git(), 'python3': Python()}


def fetch(source, workspace):
    """Fetch the source with package lists of its own, so that the system's apt does not change."""
    lists = workspace / 'lists'
    (lists / 'partial').mkdir(parents=True, exist_ok=True)
    release = re.search(r'^VERSION_CODENAME=(.*)$', pathlib.Path('/etc/os-release').read_text(),
                        re.M).group(1)
    (workspace / 'sources.list').write_text(f'deb-src http://deb.debian.org/debian {release} main\n')
    apt = ['apt-get', '-qq', '-o', f'Dir::Etc::SourceList={workspace}/sources.list',
           '-o', 'Dir::Etc::SourceParts=-', '-o', f'Dir::State::Lists={lists}']
    subprocess.run([*apt, 'update'], check=True)
    subprocess.run([*apt, 'source', source], cwd=workspace, check=True, stdout=subprocess.DEVNULL)


def run(package, prefix, command, directory):
    env = dict(os.environ, LC_ALL='C.UTF-8', **package.environment)
    try:
        done = subprocess.run([*prefix, *command], cwd=directory, env=env, timeout=1200,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, errors='replace')
    except subprocess.TimeoutExpired:
        return {'exit': 'timeout'}, ''
    return {'exit': done.returncode, **package.verdicts(done.stdout)}, done.stdout


def read_balance(results, total):
    """Add the processes and allocations of a run to `total`. Return the metrics that do not add up."""
    wrong = []
    for test in json.loads(results.read_text())['tests']:
        usage, sites = test['usage'], test.get('sites')
        total['unobserved' if test['verdict'] == 'unobserved' else 'processes'] += 1
        total['allocs'] += usage['allocs']
        if test['dropped']:
            wrong.append((test['id'], 'dropped', test['dropped']))
        if not sites:
            continue  # a process that a signal ended has no sites
        for metric, of_site in (('allocs', 'count'), ('bytes', 'bytes'), ('leaks', 'leaks')):
            if sum(site.get(of_site, 0) for site in sites) != usage[metric]:
                wrong.append((test['id'], metric, usage[metric]))
    return wrong


def soak(name, package, tool, workspace):
    """Run all commands of a package twice. Return True if anything differs."""
    directory = package.prepare(workspace)
    logs = workspace / 'logs' / name
    logs.mkdir(parents=True, exist_ok=True)
    results = logs / 'results.json'
    n_verdicts, seconds, differing, wrong = 0, [0, 0], [], []
    total = {'processes': 0, 'unobserved': 0, 'allocs': 0}
    for part, command in package.commands(directory).items():
        seen = []
        for i, prefix in enumerate(([], [tool, 'run', '-q', '-o', results, '--'])):
            started = time.monotonic()
            verdicts, output = run(package, prefix, command, directory)
            seconds[i] += time.monotonic() - started
            (logs / f'{part}.{"tracked" if i else "plain"}').write_text(output)
            seen.append(verdicts)
        n_verdicts += len(seen[0])
        wrong += read_balance(results, total)
        differing += [(f'{part}: {key}', seen[0].get(key), seen[1].get(key))
                      for key in {**seen[0], **seen[1]} if seen[0].get(key) != seen[1].get(key)]
    print(f'{name}: {n_verdicts} verdicts, {len(differing)} differ; {seconds[0]:.0f} s without, '
          f'{seconds[1]:.0f} s with; {total["processes"]} processes made {total["allocs"]} '
          f'allocations, {len(wrong)} metrics do not add up, {total["unobserved"]} processes '
          f'could not be observed')
    for process, metric, seen in wrong:
        print(f'    {process}: {metric} {seen}')
    for key, plain, tracked in differing:
        print(f'    {key}: without {plain!r}, with {tracked!r}')
    sys.stdout.flush()
    return bool(differing or wrong) or n_verdicts == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--build', required=True, type=pathlib.Path)
    parser.add_argument('--directory', required=True, type=pathlib.Path)
    parser.add_argument('packages', nargs='*', metavar='PACKAGE', help=', '.join(PACKAGES))
    arguments = parser.parse_args()
    tool = (arguments.build / 'src' / 'cli' / 'alloc-tracker').resolve(strict=True)
    workspace = arguments.directory.resolve()
    workspace.mkdir(parents=True, exist_ok=True)
    names = arguments.packages or list(PACKAGES)
    failed = [name for name in names if soak(name, PACKAGES[name], tool, workspace)]
    sys.exit(1 if failed else 0)


main()
