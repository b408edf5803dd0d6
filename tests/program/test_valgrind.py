# SPDX-License-Identifier: MIT
"""In real programs, the numbers of allocations, releases and bytes equal those of valgrind. Some programs
copy the environment to the heap, so a preloaded object removes the variables of valgrind and alloc_tracker
before main. valgrind counts a realloc as one allocation and one release. AT_STRESS=1 (meson test --setup
stress) multiplies the work by ten. There is no compiler among the programs, because the allocations of gcc
depend on addresses and differ from run to run."""

import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import check, check_equal

COMMAND = next(harness.STAGE.glob('**/bin/alloc-tracker'))
SCALE = 10 if os.environ.get('AT_STRESS') else 1

CLEAN = """
#include <stdlib.h>
#include <string.h>
static __attribute__((constructor)) void clean(void)
{
    static const char *const names[] = { "ALLOC_TRACKER_RESULTS", "GLIBCPP_FORCE_NEW",
                                         "GLIBCXX_FORCE_NEW", "LD_LIBRARY_PATH", "LD_PRELOAD" };
    const char *preload = getenv("LD_PRELOAD");
    if (!getenv("ALLOC_TRACKER_RESULTS") && !(preload && strstr(preload, "vgpreload")))
        return; /* a process that will start the program */
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        unsetenv(names[i]);
}
"""


def run(prefix, command, directory):
    """Run without variables of a shell: valgrind is started by a shell, which exports PWD."""
    env = {'GIT_CONFIG_NOSYSTEM': '1', 'HOME': str(directory), 'LC_ALL': 'C.UTF-8',
           'LD_PRELOAD': str(directory / 'clean.so'), 'PATH': os.environ['PATH'],
           'PERL_HASH_SEED': '0', 'PWD': str(directory), 'PYTHONHASHSEED': '0'}
    return subprocess.run([*prefix, *command], env=env, cwd=directory, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=300 * SCALE)


def by_valgrind(command, directory):
    done = run(['valgrind', '--run-libc-freeres=no', '--run-cxx-freeres=no'], command, directory)
    match = re.search(r'total heap usage: ([\d,]+) allocs, ([\d,]+) frees, ([\d,]+) bytes',
                      done.stderr)
    check(match is not None, f'valgrind {command} has a total', done.stderr)
    return [int(number.replace(',', '')) for number in match.groups()], done.stdout


def by_us(command, directory, name='program'):
    results = directory / f'{name}.json'
    done = run([COMMAND, 'run', '-q', '-o', results], command, directory)
    check_equal(done.returncode, 0, f'{command} runs: {done.stderr}')
    test = json.loads(results.read_text())['tests'][0]
    usage = test['usage']
    check_equal([usage['unknown'], test['dropped']], [0, 0], f'{command}: no event is dropped')
    check_equal([sum(site['count'] for site in test['sites']),
                 sum(site['bytes'] for site in test['sites'])],
                [usage['allocs'], usage['bytes']], f'{command}: each allocation has a call site')
    return [usage['allocs'], usage['frees'] + usage['reallocs'], usage['bytes']], done.stdout


def compare(name, command, directory):
    expected, output = by_valgrind(command, directory)
    usage, our_output = by_us(command, directory, name)
    check_equal(our_output, output, f'{name}: the output')
    check_equal(usage, expected, f'{name}: the usage')


def main():
    with tempfile.TemporaryDirectory() as directory:
        directory = pathlib.Path(directory)
        git = ['git', '-C', 'repository', '-c', 'user.name=A', '-c', 'user.email=a@b.c']
        harness.run(['git', 'init', '-q', 'repository'], cwd=directory)
        for text in map(str, range(3 * SCALE)):
            (directory / 'repository' / 'file').write_text(text)
            harness.run([*git, 'add', 'file'], cwd=directory)
            harness.run([*git, 'commit', '-qm', text], cwd=directory)
        table = 'create table t(a, b); '
        rows = f'with recursive n(i) as (select 1 union all select i + 1 from n where i < {50 * SCALE}) '\
               'insert into t select i % 7, i from n; select a, count(*) from t group by a;'
        cases = [
            ('git', ['git', '-C', 'repository', 'log', '--patch']),
            ('perl', ['perl', '-e', 'my %h; $h{$_} = "v" x $_ for 1 .. ' f'{500 * SCALE}; '
                                    'print join ",", sort keys %h']),
            ('python3', ['/usr/bin/python3', '-I', '-S', '-c',
                         f'd = {{i: [str(i)] * 20 for i in range({900 * SCALE})}}; '
                         'print(" ".join(sorted(map(str, d)))[:100])']),
            ('sqlite3', ['sqlite3', ':memory:', table + rows]),
        ]
        (directory / 'clean.c').write_text(CLEAN)
        done = harness.run(['cc', '-shared', '-fPIC', directory / 'clean.c', '-o',
                            directory / 'clean.so'])
        check_equal(done.returncode, 0, f'clean.c builds: {done.stderr}')
        environments = [by(['env'], directory)[1] for by in (by_valgrind, by_us)]
        check_equal(*(sorted(line for line in text.splitlines() if not line.startswith('_='))
                      for text in environments), 'the environments are the same')
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            for future in [pool.submit(compare, *case, directory) for case in cases]:
                future.result()
    harness.finish()


main()
