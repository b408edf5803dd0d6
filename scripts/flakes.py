#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs the plugin's suites again and again under load, and reports every run that is not the first
one's equal: exit status, and of each test its verdict, messages, figures and call sites.

    scripts/flakes.py [N]      N rounds, 100 unless given, of the suites in build/gcc

A round is one run of each suite, two tests at a time; two processes spin meanwhile, so that four
share two processors. What may differ is left out: times, process numbers, and the order in which
tests of a parallel run end."""

import collections
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

SOURCE = pathlib.Path(__file__).resolve().parent.parent
BUILD = SOURCE / 'build' / 'gcc'
os.environ.update(AT_SOURCE_ROOT=str(SOURCE), AT_BUILD=str(BUILD),
                  AT_STAGE=str(BUILD / 'tests' / 'stage'))
sys.path.insert(0, str(SOURCE / 'tests'))
import harness

SUITES = ['abort', 'criteria', 'late', 'leaks', 'no_charge', 'permit', 'results', 'verdicts']
N_SPINNING = 2


def build(directory):
    return {name: harness.compile_suite(directory, [harness.SUITES / f'{name}.c'], 'gcc',
                                        ['-g', '-O1', *harness.NO_BUILTIN]) for name in SUITES}


def steady(text):
    text = re.sub(r'\(\d+\.\d+s\)', '(0.00s)', text)
    return re.sub(r'\[PID \d+\]|process \d+', '[PID]', text)


def seen(program, directory):
    """One run, as what must be the same each time: lines, in an order of their own."""
    results = pathlib.Path(directory) / 'results.json'
    run = harness.Run(program, ['-j2', f'--output=alloc:{results}'])
    lines = [f'exit status {run.status}']
    for name, test in run.tests.items():
        lines.append(steady(f'{name}: {test.status} {test.messages}'))
    for test in json.loads(results.read_text())['tests']:
        lines.append(f"results: {json.dumps(test, sort_keys=True)}")
    results.unlink()
    return collections.Counter(lines)


def difference(first, other):
    return '\n'.join([*(f'    first: {line[:1000]}' for line in (first - other)),
                      *(f'    now:   {line[:1000]}' for line in (other - first))])


def run_rounds(n, programs, directory):
    first = {}
    n_different = 0
    for i in range(1, n + 1):
        for name, program in programs.items():
            now = seen(program, directory)
            if now != first.setdefault(name, now):
                n_different += 1
                print(f'round {i}: {name} differs\n{difference(first[name], now)}', flush=True)
        if i % 50 == 0:
            print(f'{i} rounds, {n_different} runs differ', flush=True)
    print(f'{n} rounds of {len(programs)} suites: {n_different} runs differ')
    return n_different + harness.failures


def main():
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    subprocess.run(['ninja', '-C', str(BUILD), 'tests/stage.stamp'], check=True,
                   stdout=subprocess.DEVNULL)
    spin = f'import os\nwhile os.getppid() == {os.getpid()}: pass'
    spinning = [subprocess.Popen([sys.executable, '-c', spin])
                for _ in range(N_SPINNING)]
    try:
        with tempfile.TemporaryDirectory() as directory:
            n_bad = run_rounds(n, build(directory), directory)
    finally:
        for process in spinning:
            process.kill()
    sys.exit(1 if n_bad else 0)


if __name__ == '__main__':
    main()
