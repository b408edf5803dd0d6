# SPDX-License-Identifier: MIT
"""Runs `check` on a large suite: 10,000 tests with 50 call sites each, against a baseline of the same
size. Prints CPU time and memory, and fails above 1 s or 100 MB.

    python3 bench/check.py build/src/cli/alloc-tracker
"""

import os
import pathlib
import random
import subprocess
import sys
import tempfile

TESTS, SITES, DEPTH = 10_000, 50, 8
ENVIRONMENT = ('{"arch":"x86_64","libc":"glibc 2.36","compiler":"gcc 12.2.0","optimization":"none",'
               '"sanitizer":"none","library":"0.1.0"}')


def test_as_json(number, dice, extra):
    """Return a test in the results format. Its stacks share their outer frames, as in a real suite."""
    frames = [f'{{"function":"module_{n % 97}_function_{n}","file":"src/module_{n % 97}/file.c",'
              f'"line":{n % 900 + 1}}}' for n in (dice.randrange(5000) for _ in range(80))]
    sites = []
    for i in range(SITES):
        stack = ','.join(str(dice.randrange(80)) for _ in range(DEPTH))
        sites.append(f'{{"function":"malloc","stack":[{stack}],"count":{i + 1 + extra},'
                     f'"bytes":{(i + 1 + extra) * 64},"leaks":0,"leaked_bytes":0}}')
    allocs = SITES * (SITES + 1) // 2 + SITES * extra
    return (f'{{"id":"suite_{number % 100}::test_{number:05}","file":"tests/suite_{number % 100}.c",'
            f'"line":{number + 1},"status":"passed","usage":{{"allocs":{allocs},"reallocs":0,'
            f'"frees":{allocs},"bytes":{allocs * 64},"peak":{allocs * 64},"live":0,"leaks":0,'
            f'"leaked_bytes":0,"failed":0,"permitted":0,"unknown":0}},"budget":[],'
            f'"verdict":"none","frames":[{",".join(frames)}],"sites":[{",".join(sites)}],"dropped":0}}')


def write_results(path, every):
    """Write the results. In each `every`-th test the call sites allocate once more; 0 means none."""
    dice = random.Random(1)
    with open(path, 'w') as file:
        file.write('{"schema":"alloc-tracker-results/1","environment":' + ENVIRONMENT + ',"tests":[\n')
        for number in range(TESTS):
            extra = 1 if every and number % every == 0 else 0
            file.write((',\n' if number else '') + test_as_json(number, dice, extra))
        file.write(']}\n')


def measure(*command):
    child = subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    output = child.stdout.read().decode()
    _, status, usage = os.wait4(child.pid, 0)
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, os.waitstatus_to_exitcode(status), output


def main():
    tool = sys.argv[1]
    failed = False
    with tempfile.TemporaryDirectory() as directory:
        directory = pathlib.Path(directory)
        base, same, worse = (directory / name for name in ('base', 'same.json', 'worse.json'))
        write_results(same, 0)
        write_results(worse, 100)
        print(f'results {same.stat().st_size / 1e6:.0f} MB', end='')
        seconds, megabytes, status, _ = measure(tool, 'update', '--baseline', base, same)
        assert status == 0
        print(f', baseline {base.stat().st_size / 1e6:.0f} MB; update {seconds:.2f} s,'
              f' {megabytes:.0f} MB')
        for name, path, expected in (('within', same, 0), ('100 tests above', worse, 1)):
            best = min(measure(tool, 'check', '--baseline', base, path) for _ in range(3))
            seconds, megabytes, status, output = best
            assert status == expected, output[-200:]
            print(f'check, {name}: {seconds:.2f} s, {megabytes:.0f} MB: {output.splitlines()[-1]}')
            failed |= seconds > 1 or megabytes > 100
    print('FAILED: more than 1 s or 100 MB' if failed else 'passed: at most 1 s and 100 MB')
    sys.exit(failed)


main()
