# SPDX-License-Identifier: MIT
"""A stack that is new but for its tail costs its new frames and a comparison of the rest: tracked
instructions of an allocation and its release, under few frames and under many, which repeat exactly
where times do not. A walk by rules takes 89 a frame."""

import pathlib
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import check, check_equal

HERE = pathlib.Path(__file__).resolve().parent
FEW, MANY = 10, 110
MOST_A_FRAME = 26
PAIRS = 5000


def instructions(program, depth, n, directory):
    done = harness.run(['valgrind', '--tool=callgrind', f'--callgrind-out-file={directory}/out',
                        program, str(depth), str(n)])
    check_equal(done.stdout, f'{n} 0\n', f'{n} allocations under {depth} frames are all seen')
    match = re.search(r'Collected : (\d+)', done.stderr)
    check(match is not None, 'callgrind has a total', done.stderr)
    return int(match.group(1)) if match else 0


def per_pair(program, depth, directory):
    """Between the 5,001st and the 10,000th, when every call site is known."""
    few, many = (instructions(program, depth, n, directory) for n in (PAIRS, 2 * PAIRS))
    return (many - few) / PAIRS


def main():
    machine = subprocess.run(['uname', '-m'], check=True, stdout=subprocess.PIPE, text=True).stdout
    if machine.strip() != 'x86_64':
        print('the figures are those of x86-64')
        sys.exit(77)
    with tempfile.TemporaryDirectory() as directory:
        program = harness.compile_suite(directory, [HERE / 'tails.c'], 'gcc',
                                        ['-O2', '-fomit-frame-pointer', *harness.NO_BUILTIN],
                                        packages=['alloc-tracker'])
        few, many = (per_pair(program, depth, directory) for depth in (FEW, MANY))
        a_frame = (many - few) / (MANY - FEW)
        print(f'{few:.0f} instructions a pair under {FEW} frames, {a_frame:.1f} for each more')
        check(0 < a_frame <= MOST_A_FRAME, f'at most {MOST_A_FRAME} instructions a frame of the tail',
              a_frame)
    harness.finish()


main()
