# SPDX-License-Identifier: MIT
"""If only the inner frames of a stack are new, a capture costs those frames and a comparison of the outer
ones. This test counts the instructions of a tracked allocation and its release, below few and below many
outer frames. A walk by rules takes 89 instructions a frame. Times vary, instructions do not."""

import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import check, check_equal

HERE = pathlib.Path(__file__).resolve().parent
FEW, MANY = 10, 110
MOST_A_FRAME = 26
PAIRS = 5000


def instructions(program, depth, n):
    count, output = harness.count_instructions(program, str(depth), str(n))
    check_equal(output, f'{n} 0\n', f'{n} allocations below {depth} frames are all recorded')
    return count


def instructions_per_pair(program, depth):
    """Return the instructions of a pair after the first 5,000, when every call site is known."""
    few, many = (instructions(program, depth, n) for n in (PAIRS, 2 * PAIRS))
    return (many - few) / PAIRS


def main():
    harness.require_x86_64()
    with tempfile.TemporaryDirectory() as directory:
        program = harness.compile_suite(directory, [HERE / 'tails.c'], 'gcc',
                                        ['-O2', '-fomit-frame-pointer', *harness.NO_BUILTIN],
                                        packages=['alloc-tracker'])
        few, many = (instructions_per_pair(program, depth) for depth in (FEW, MANY))
        a_frame = (many - few) / (MANY - FEW)
        print(f'{few:.0f} instructions a pair below {FEW} frames, {a_frame:.1f} for each more')
        check(0 < a_frame <= MOST_A_FRAME, f'at most {MOST_A_FRAME} instructions for each outer frame',
              a_frame)
    harness.finish()


main()
