# SPDX-License-Identifier: MIT
"""Compares the composition of each region's peak and end with a replay of all events: see replay.h.
AT_STRESS=1 (meson test --setup stress) makes 10 million events. AT_SEED=N repeats the run with this seed."""

import os
import pathlib
import re
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import check, check_equal

EVENTS = 10_000_000 if os.environ.get('AT_STRESS') else 200_000
FIRST_SEED = int(os.environ.get('AT_SEED') or time.time_ns() % 1_000_000_000)


def main():
    for n_threads in (1, 8):
        for seed in (FIRST_SEED, FIRST_SEED + 1): # one of them with a suppression
            done = harness.run([os.environ['AT_REPLAY'], EVENTS, seed, n_threads], timeout=3000)
            print(done.stdout, end='')
            check_equal(done.returncode, 0, f'seed {seed}, {n_threads} threads: no difference')
            check(done.returncode == 0, f'seed {seed}: the replay succeeds', done.stderr[-4000:])
            made = re.match(rf'seed {seed}: (\d+) events of {n_threads} threads, (\d+) peaks', done.stdout)
            check(made and int(made.group(1)) >= EVENTS, f'seed {seed}: all events', done.stdout)
            check(made and int(made.group(2)) > EVENTS / 1000, f'seed {seed}: new peaks', done.stdout)
    harness.finish()


main()
