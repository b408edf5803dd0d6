# SPDX-License-Identifier: MIT
"""Counting costs at most the allowed number of instructions: those of a pair of malloc and free above bare
glibc. In the code, the path from malloc to the underlying allocator has no call, no locked instruction and
no frame. Times vary, instructions do not."""

import pathlib
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import check, check_equal

HERE = pathlib.Path(__file__).resolve().parent
MOST_A_PAIR = 16
PAIRS = 20000


def instructions_per_pair(program):
    """Return the instructions of a pair after the first PAIRS pairs."""
    few, many = (harness.count_instructions(program, str(n))[0] for n in (PAIRS, 2 * PAIRS))
    return (many - few) / PAIRS


def fast_path(program, name):
    """Return the instructions from the begin of the function to the jump to the underlying allocator."""
    code = subprocess.run(['objdump', '-d', '--no-show-raw-insn', f'--disassemble={name}', program],
                          check=True, stdout=subprocess.PIPE, text=True).stdout
    lines = [line.split('\t', 1)[1].strip() for line in code.splitlines()
             if re.match(r'\s+[0-9a-f]+:\t', line)]
    ends = [i for i, line in enumerate(lines) if re.match(r'(notrack )?jmp\s+\*', line)]
    check_equal(len(ends), 1, f'{name} has one jump to the underlying allocator')
    return lines[:ends[0] + 1] if ends else lines


def check_code(program, name, most):
    path = fast_path(program, name)
    text = '\n'.join(path)
    check(len(path) <= most, f'{name} is at most {most} instructions', text)
    check(not re.search(r'\bcall', text), f'{name} has no call on its fast path', text)
    check(not re.search(r'\block\b|\bxchg\b', text), f'{name} has no locked instruction', text)
    check(not re.search(r'\bpush|\bpop|sub\s.*rsp', text), f'{name} has no frame', text)
    counted = re.findall(r'^add[ql]?\s.*\(%r\w+\)$', text, re.MULTILINE)
    check(counted, f'{name} counts in memory, in one instruction', text)


def main():
    harness.require_x86_64()
    with tempfile.TemporaryDirectory() as directory:
        flags = ['-O2', *harness.NO_BUILTIN]
        bare = pathlib.Path(directory) / 'bare'
        done = harness.run(['gcc', *flags, HERE / 'floor.c', '-o', bare])
        check_equal(done.returncode, 0, 'the program builds without the library')
        counting = harness.compile_suite(directory, [HERE / 'floor.c'], 'gcc', flags,
                                         packages=['alloc-tracker'], name='counting')
        added = instructions_per_pair(counting) - instructions_per_pair(bare)
        print(f'{added:.2f} instructions a pair above bare glibc')
        check(0 < added <= MOST_A_PAIR, f'a pair costs at most {MOST_A_PAIR} instructions', added)
        check_code(counting, 'malloc', 10)
        check_code(counting, 'free', 9)
    harness.finish()


main()
