#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs the plugin's suites many times under load, and reports every run that differs from the first
run of its suite: in the exit status, or in the verdict, messages, usage or call sites of a test.

    scripts/flakes.py [N]      N rounds (default 100) of the suites in build/gcc

A round runs each suite once, two tests at a time. Two rounds run at once for each processor, so four
tests share a processor: the rounds are the load. Times, process numbers and the order in which tests
end may differ."""

import collections
import concurrent.futures
import itertools
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading

SOURCE = pathlib.Path(__file__).resolve().parent.parent
BUILD = SOURCE / 'build' / 'gcc'
os.environ.update(AT_SOURCE_ROOT=str(SOURCE), AT_BUILD=str(BUILD),
                  AT_STAGE=str(BUILD / 'tests' / 'stage'))
sys.path.insert(0, str(SOURCE / 'tests'))
import harness

SUITES = ['abort', 'criteria', 'late', 'leaks', 'not_counted', 'permit', 'results', 'verdicts']
N_SPINNING = 2


def build(directory):
    return {name: harness.compile_suite(directory, [harness.SUITES / f'{name}.c'], 'gcc',
                                        ['-g', '-O1', *harness.NO_BUILTIN]) for name in SUITES}


def without_varying_parts(text):
    """Replace times and process numbers."""
    text = re.sub(r'\(\d+\.\d+s\)', '(0.00s)', text)
    return re.sub(r'\[PID \d+\]|process \d+', '[PID]', text)


def run_suite(program, directory):
    """Run the suite once. Return the lines that must be the same in each run, as a multiset."""
    results = pathlib.Path(directory) / 'results.json'
    run = harness.Run(program, ['-j2', f'--output=alloc:{results}'])
    lines = [f'exit status {run.status}']
    for name, test in run.all_tests:
        lines.append(without_varying_parts(f'{name}: {test.status} {test.messages}'))
    for test in json.loads(results.read_text())['tests']:
        lines.append(f"results: {json.dumps(test, sort_keys=True)}")
    results.unlink()
    return collections.Counter(lines)


def difference(first, other):
    return '\n'.join([*(f'    first: {line[:1000]}' for line in (first - other)),
                      *(f'    now:   {line[:1000]}' for line in (other - first))])


class Rounds:
    """The rounds, shared by several threads."""

    def __init__(self, n, programs):
        self.n = n
        self.programs = programs
        self.first = {}
        self.n_different = 0
        self.n_done = 0
        self.numbers = itertools.count(1)
        self.lock = threading.Lock()

    def compare(self, i, name, now):
        with self.lock:
            first = self.first.setdefault(name, now)
            if now != first:
                self.n_different += 1
                print(f'round {i}: {name} differs\n{difference(first, now)}', flush=True)

    def run(self):
        with tempfile.TemporaryDirectory() as directory:
            while (i := next(self.numbers)) <= self.n:
                for name, program in self.programs.items():
                    self.compare(i, name, run_suite(program, directory))
                with self.lock:
                    self.n_done += 1
                    if self.n_done % 50 == 0:
                        print(f'{self.n_done} rounds: {self.n_different} runs differed', flush=True)


def main():
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    n_threads = 2 * os.cpu_count()
    subprocess.run(['ninja', '-C', str(BUILD), 'tests/stage.stamp'], check=True,
                   stdout=subprocess.DEVNULL)
    with tempfile.TemporaryDirectory() as directory:
        rounds = Rounds(n, build(directory))
        with concurrent.futures.ThreadPoolExecutor(n_threads) as pool:
            for thread in [pool.submit(rounds.run) for _ in range(n_threads)]:
                thread.result()
    print(f'{n} rounds of {len(SUITES)} suites: {rounds.n_different} runs differed')
    sys.exit(1 if rounds.n_different or harness.failures else 0)


if __name__ == '__main__':
    main()
