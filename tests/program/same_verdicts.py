#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs Criterion programs without alloc_tracker and under `alloc-tracker run`, and compares the status and
the assertions of each test.

    same_verdicts.py [--command ALLOC_TRACKER] PROGRAM...

A program whose two plain runs differ is reported and not compared. The last line is
`P programs, T tests, D differ`, with the totals of the allocations. Exit status: 0 if nothing differs."""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile


def verdicts_of(command, folder):
    """Run the program. Return ({test: (status, assertions)}, exit status)."""
    file = folder / 'verdicts.json'
    file.unlink(missing_ok=True)
    done = subprocess.run([*command, f'--json={file}', '--quiet'], stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                          errors='replace', timeout=900)
    if not file.exists():
        return None, (done.returncode, done.stderr[-400:])
    try:
        suites = json.loads(file.read_text(errors='replace'))['test_suites']
    except json.JSONDecodeError as error:
        # Criterion does not escape the messages of a suite.
        return None, f'the JSON is not well-formed: {error}'
    verdicts = {}
    for suite in suites:
        for test in suite['tests']:
            key = f"{suite['name']}::{test['name']}"
            verdicts.setdefault(key, []).append(
                (test['status'], test['assertions'] if test['status'] != 'CRASHED' else 0))
    # The parameters of a test end in an arbitrary order.
    return {test: sorted(several) for test, several in verdicts.items()}, done.returncode


def compare(program, command, folder):
    """Return (tests, differences, results) of a program. differences is None if its plain runs differ."""
    plain = verdicts_of([program], folder)
    results = folder / 'results.json'
    measured = verdicts_of([command, 'run', '-o', results, '--', program], folder)
    read = json.loads(results.read_text()) if results.exists() else {'tests': []}
    results.unlink(missing_ok=True)
    if plain == measured:
        return len(plain[0] or {}), [], read
    if verdicts_of([program], folder) != plain:
        return len(plain[0] or {}), None, read
    differences = [f'exit status {plain[1]} is {measured[1]}'] if plain[1] != measured[1] else []
    before, after = plain[0] or {}, measured[0] or {}
    differences += [f'{name}: {before.get(name)} is {after.get(name)}'
                    for name in sorted(before.keys() | after.keys())
                    if before.get(name) != after.get(name)]
    return len(before), differences, read


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--command', default='alloc-tracker')
    parser.add_argument('programs', nargs='+')
    arguments = parser.parse_args()
    tests = different = unsettled = measured = allocations = 0
    with tempfile.TemporaryDirectory() as name:
        for program in arguments.programs:
            count, differences, results = compare(program, arguments.command, pathlib.Path(name))
            usages = [test['usage'] for test in results['tests'] if test['usage']]
            measured += len(usages)
            allocations += sum(usage['allocs'] for usage in usages)
            tests += count
            if differences is None:
                unsettled += 1
                print(f'{program}: two plain runs differ', flush=True)
            elif differences:
                different += 1
                print(f'{program}: {count} tests', *differences, sep='\n    ', flush=True)
    print(f'{len(arguments.programs)} programs, {tests} tests, {different} differ, '
          f'{unsettled} of unsettled verdict; {measured} tests measured, {allocations} allocations')
    sys.exit(1 if different else 0)


main()
