# SPDX-License-Identifier: MIT
"""Every stack from the cache equals the unwinder's stack, in programs that are difficult for the cache and
in real programs. In real programs the call sites must also add up to the totals. All run with a
preloaded build that compares each stack and aborts on a difference. AT_STRESS=1 (meson test --setup
stress) makes the test long. AT_SEED=N repeats the run with this seed."""

import json
import os
import pathlib
import shutil
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import check, check_equal

HERE = pathlib.Path(__file__).resolve().parent
LONG = bool(os.environ.get('AT_STRESS'))
SEED = int(os.environ.get('AT_SEED') or time.time_ns() % 1_000_000_000)
SCENARIOS = {  # rounds of a short run, and the minimum number of comparisons
    'recursion': (300, 3000), 'dynamic_frames': (1000, 5000), 'realigned_frames': (600, 1500),
    'jumps': (500, 2000), 'alternate_stacks': (100, 1000), 'interruptions': (3, 4000),
    'coroutines': (60, 3000), 'deep_stacks': (40, 600), 'threads': (3, 5000), 'stale_frames': (100, 200),
    'loading': (40, 150), 'mixture': (1, 8000),
}
BUILDS = [('gcc', '-O0'), ('gcc', '-O2 -fomit-frame-pointer'),
          ('clang', '-O0'), ('clang', '-O2 -fomit-frame-pointer')]

total = 0


def checked(command, what, minimum, timeout=600):
    """Run a program, and compare each of its stacks."""
    global total
    with tempfile.TemporaryDirectory() as directory:
        counts, usage = pathlib.Path(directory) / 'checks', pathlib.Path(directory) / 'usage'
        done = harness.run(command, timeout=timeout, cwd=directory,
                           LD_PRELOAD=os.environ['AT_CHECKED'], ALLOC_TRACKER_CHECKS=str(counts),
                           AT_TRACK_ALL=str(usage))
        n = sum(map(int, counts.read_text().split())) if counts.exists() else 0
        dropped = [line.split()[2] for line in usage.read_text().splitlines()] \
            if usage.exists() else []
    total += n
    check_equal(done.returncode, 0, f'{what} succeeds')
    check(done.returncode == 0, f'{what} has no stack that differs', done.stderr[-4000:])
    check(n >= minimum, f'{what} is compared at least {minimum} times', n)
    # Events of a handler wait in a queue. A handler that runs all the time fills the queue.
    check('interruptions' in what or dropped and set(dropped) == {'0'}, f'{what} drops nothing',
          dropped)
    return done.stdout


def build(directory, compiler, flags, source, name, *more):
    program = pathlib.Path(directory) / name
    done = harness.run([compiler, *flags.split(), '-g', *harness.NO_BUILTIN, *more, HERE / source,
                        '-o', program, '-pthread'])
    check_equal(done.returncode, 0, f'{source} builds with {compiler} {flags}')
    return program


def hand_made(directory):
    plugins = [build(directory, 'gcc', '-O2 -fomit-frame-pointer -fno-stack-protector',
                     'plugin_code.c', f'plugin{i}.so', '-shared', '-fPIC', f'-DFRAME={frame}',
                     f'-DFRAME_OUTER={outer}')
               for i, (frame, outer) in enumerate([(40, 80), (80, 40)])]
    for number, (compiler, flags) in enumerate(BUILDS):
        program = build(directory, compiler, flags, 'stacks.c', f'c{number}')
        for name, (rounds, minimum) in SCENARIOS.items():
            # Twenty rounds of the mixture have more stacks than the table of sites can store.
            scale = 1 if not LONG else 5 if name == 'mixture' else 20
            out = checked([program, name, rounds * scale, *plugins, SEED],
                          f'{name} by {compiler} {flags}', minimum * scale)
            check_equal(out, '', f'{name} by {compiler} {flags} prints nothing')
        cpp = build(directory, compiler.replace('gcc', 'g++').replace('clang', 'clang++'), flags,
                    'stacks.cpp', f'cpp{number}')
        rounds = 10000 if LONG else 300
        checked([cpp, rounds, 1, SEED], f'C++ by {compiler} {flags}', rounds * 3)
        rounds = rounds // 50
        checked([cpp, rounds, 64, SEED], f'64 threads of C++ by {compiler} {flags}',
                rounds * 64 * 3)


def balanced(name, command, minimum):
    """Run a program, compare its stacks, and check that its call sites add up to the totals."""
    global total
    with tempfile.TemporaryDirectory() as directory:
        counts, results = pathlib.Path(directory) / 'checks', pathlib.Path(directory) / 'results'
        done = harness.run(command, timeout=3000, cwd=directory, ALLOC_TRACKER_CHECKS=str(counts),
                           LD_PRELOAD=os.environ['AT_CHECKED_PRELOAD'],
                           ALLOC_TRACKER_RESULTS=str(results))
        n = sum(map(int, counts.read_text().split())) if counts.exists() else 0
        processes = json.loads(results.read_text())['tests'] if results.exists() else []
    total += n
    check(done.returncode == 0, f'{name} has no stack that differs', done.stderr[-4000:])
    check(n >= minimum, f'{name} is compared at least {minimum} times', n)
    check(processes, f'{name} has results')
    for process in processes:
        usage, sites = process['usage'], process['sites']
        check_equal([process['dropped'], usage['unknown']], [0, 0],
                    f"{process['id']}: no event is unknown")
        for metric, of_site in (('allocs', 'count'), ('bytes', 'bytes'), ('leaks', 'leaks'),
                                ('leaked_bytes', 'leaked_bytes')):
            check_equal(sum(site.get(of_site, 0) for site in sites), usage[metric],
                        f"{process['id']}: {metric} of all sites")
        # Runtime-owned blocks are live, but no leaks.
        check(usage['live'] >= usage['leaked_bytes'], f"{process['id']}: leaked bytes are live bytes")


def real(directory):
    source = pathlib.Path(directory) / 'source.cpp'
    source.write_text('#include <map>\n#include <regex>\n#include <string>\n'
                      'int main() { return std::regex_match("aab", std::regex("a+b")); }\n'
                      if LONG else 'struct s { int a; };\nint main() { return s().a; }\n')
    script = 'my %h; $h{$_} = "x$_" x 3 for 1..{}; print join ",", sort keys %h;'
    programs = {
        'perl': (['perl', '-e', script.replace('{}', '20000' if LONG else '500')], 500),
        'git': (['git', '--no-pager', 'help', '-a'], 100),
        'g++': (['g++', '-O1', '-c', source, '-o', source.with_suffix('.o')], 5000),
    }
    if LONG:
        programs |= {
            'gcc': (['gcc', '-O2', '-x', 'c', '-c', HERE / 'stacks.c', '-o',
                     source.with_suffix('.o')], 5000),
            'python3': (['/usr/bin/python3', '-c', 'import json, email, http.client, decimal\n'
                         'print(len(json.dumps([{"a": [i]} for i in range(5000)])))'], 3000),
            'sqlite3': (['sqlite3', ':memory:', 'create table t(a, b); with recursive n(i) as '
                         '(select 1 union all select i + 1 from n where i < 2000) insert into t '
                         'select i, i * 2 from n; select a % 10, sum(b) from t group by 1;'], 500),
        }
    for name, (command, minimum) in programs.items():
        if shutil.which(command[0]):
            balanced(name, command, minimum)


def main():
    if not os.environ.get('AT_CHECKED'):
        print('this machine has no stack cache')
        sys.exit(77)
    with tempfile.TemporaryDirectory() as directory:
        hand_made(directory)
        real(directory)
    print(f'seed {SEED}: {total} stacks compared')
    harness.finish()


main()
