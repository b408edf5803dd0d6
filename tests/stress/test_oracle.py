# SPDX-License-Identifier: MIT
"""Compares the library with an independent recording of every call, in random programs: see oracle.h.
AT_STRESS=1 (meson test --setup stress) makes the test long. AT_SEED=N repeats the run with this seed."""

import os
import pathlib
import re
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import check, check_equal

LONG = bool(os.environ.get('AT_STRESS'))
FIRST_SEED = int(os.environ.get('AT_SEED') or time.time_ns() % 1_000_000_000)


def run(program, n_calls, seed, mode):
    """Run the oracle. Return the number of calls, and the number of compared stacks."""
    with tempfile.TemporaryDirectory() as directory:
        checks = pathlib.Path(directory) / 'checks'
        done = harness.run([program, n_calls, seed, mode], timeout=3000,
                           ALLOC_TRACKER_CHECKS=str(checks))
        n_checks = int(checks.read_text()) if checks.exists() else 0
    print(f'{pathlib.Path(program).name} {n_calls} {seed} {mode}: {done.stdout}', end='')
    check_equal(done.returncode, 0, f'{mode}, seed {seed}: the oracle succeeds')
    check(done.returncode == 0, f'{mode}, seed {seed}: no difference', done.stderr[-4000:])
    made = re.match(rf'seed {seed}: (\d+) calls', done.stdout)
    check(made and int(made.group(1)) >= n_calls, f'{mode}, seed {seed}: the oracle made the calls',
          done.stdout)
    return int(made.group(1)) if made else 0, n_checks


def main():
    n_counted = run(os.environ['AT_ORACLE'], 100_000_000 if LONG else 500_000, FIRST_SEED,
                    'counting')[0]
    n_tracked = n_compared = n_checked = 0
    for seed in range(FIRST_SEED, FIRST_SEED + (20 if LONG else 4)):
        n_tracked += run(os.environ['AT_ORACLE'], 1_000_000 if LONG else 200_000, seed,
                         'tracking')[0]
    for seed in range(FIRST_SEED, FIRST_SEED + (10 if LONG else 1)):
        if not os.environ.get('AT_ORACLE_CHECKED'):
            break
        n_calls, n_checks = run(os.environ['AT_ORACLE_CHECKED'], 400_000 if LONG else 100_000,
                                seed, 'tracking')
        check(n_checks > n_calls / 4, f'seed {seed}: stacks were compared', n_checks)
        n_checked += n_calls
        n_compared += n_checks
    print(f'{n_counted} calls counted, {n_tracked} tracked; {n_checked} tracked with '
          f'{n_compared} stacks compared')
    harness.finish()


main()
