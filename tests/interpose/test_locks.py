# SPDX-License-Identifier: MIT
"""Count how often one call takes the tracker's lock: callgrind counts how often each instruction
runs, and the disassembly shows which instructions take the lock."""

import pathlib
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import SOURCE, check, check_equal

HERE = pathlib.Path(__file__).resolve().parent
CALLS = 1000
# Locks for each call. realloc() removes the old block's record before the allocator can hand out
# its address again, and records the new block afterwards. A release of a block that is older than
# the region is attributed by the caller's stack, which must not be read with the lock held.
LOCKS = {'malloc': 1, 'free': 1, 'free-stacks': 1, 'realloc': 2, 'free-unrecorded': 2}


def locking_instructions(program):
    """Return the addresses of the instructions that try to take the tracker's lock."""
    code = subprocess.run(['objdump', '-d', '--no-show-raw-insn', program], check=True,
                          stdout=subprocess.PIPE, text=True).stdout
    return {int(match[1], 16) for match in
            re.finditer(r'^ +([0-9a-f]+):\tlock cmpxchg .*<at_ordered>$', code, re.MULTILINE)}


def executions(program, kind, n, addresses, directory):
    """Return how often these instructions run in a process that makes `n` calls of this kind."""
    out = pathlib.Path(directory) / 'out'
    done = harness.run(['valgrind', '--tool=callgrind', '--dump-instr=yes', '--dump-line=no',
                        '--compress-pos=no', f'--callgrind-out-file={out}', program, kind, str(n)])
    check_equal(done.returncode, 0, f'{kind}: the program runs')
    total, is_call = 0, False
    for line in out.read_text().splitlines():
        match = re.fullmatch(r'0x([0-9a-f]+) (\d+)', line)
        if match and not is_call and int(match[1], 16) in addresses:
            total += int(match[2])
        is_call = line.startswith('calls=')
    return total


def main():
    harness.require_x86_64()
    with tempfile.TemporaryDirectory() as directory:
        flags = ['-O2', '-no-pie', '-I', SOURCE / 'src', *harness.NO_BUILTIN]
        program = harness.compile_suite(directory, [HERE / 'locks.c'], 'gcc', map(str, flags),
                                        packages=['alloc-tracker'])
        addresses = locking_instructions(program)
        check(addresses, 'the disassembly has instructions that take the lock')
        for kind, expected in LOCKS.items():
            few, many = (executions(program, kind, n, addresses, directory)
                         for n in (CALLS, 2 * CALLS))
            check_equal((many - few) / CALLS, expected, f'{kind}: locks for each call')
    harness.finish()


main()
