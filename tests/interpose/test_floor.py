# SPDX-License-Identifier: MIT
"""Counting costs what the design allows and no more: instructions of a malloc and free pair over
bare glibc, which repeat exactly where times do not; and in the code itself, no call, no locked
instruction and no frame on the way from malloc to the allocator beneath."""

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


def instructions(program, n, directory):
    done = harness.run(['valgrind', '--tool=callgrind',
                        f'--callgrind-out-file={directory}/out', program, str(n)])
    match = re.search(r'Collected : (\d+)', done.stderr)
    check(match is not None, 'callgrind has a total', done.stderr)
    return int(match.group(1)) if match else 0


def per_pair(program, directory):
    """Of PAIRS pairs, what start-up and the first ones cost taken out."""
    few, many = (instructions(program, n, directory) for n in (PAIRS, 2 * PAIRS))
    return (many - few) / PAIRS


def fast_path(program, name):
    """The instructions from the function's start on, slow path left out, up to the jump beneath."""
    code = subprocess.run(['objdump', '-d', '--no-show-raw-insn', f'--disassemble={name}', program],
                          check=True, stdout=subprocess.PIPE, text=True).stdout
    lines = [line.split('\t', 1)[1].strip() for line in code.splitlines()
             if re.match(r'\s+[0-9a-f]+:\t', line)]
    ends = [i for i, line in enumerate(lines) if re.match(r'(notrack )?jmp\s+\*', line)]
    check_equal(len(ends), 1, f'{name} jumps to the allocator beneath in one place')
    return lines[:ends[0] + 1] if ends else lines


def check_code(program, name, most):
    path = fast_path(program, name)
    text = '\n'.join(path)
    check(len(path) <= most, f'{name} is at most {most} instructions', text)
    check(not re.search(r'\bcall', text), f'{name} calls nothing on its fast path', text)
    check(not re.search(r'\block\b|\bxchg\b', text), f'{name} locks nothing', text)
    check(not re.search(r'\bpush|\bpop|sub\s.*rsp', text), f'{name} makes no frame', text)
    counted = re.findall(r'^add[ql]?\s.*\(%r\w+\)$', text, re.MULTILINE)
    check(counted, f'{name} counts in memory, in one instruction', text)


def main():
    machine = subprocess.run(['uname', '-m'], check=True, stdout=subprocess.PIPE, text=True).stdout
    if machine.strip() != 'x86_64':
        print('the figures are those of x86-64')
        sys.exit(77)
    with tempfile.TemporaryDirectory() as directory:
        flags = ['-O2', *harness.NO_BUILTIN]
        bare = pathlib.Path(directory) / 'bare'
        done = harness.run(['gcc', *flags, HERE / 'floor.c', '-o', bare])
        check_equal(done.returncode, 0, 'the program builds without us')
        counting = harness.compile_suite(directory, [HERE / 'floor.c'], 'gcc', flags,
                                         packages=['alloc-tracker'], name='counting')
        added = per_pair(counting, directory) - per_pair(bare, directory)
        print(f'{added:.2f} instructions a pair over bare glibc')
        check(0 < added <= MOST_A_PAIR, f'a pair costs at most {MOST_A_PAIR} instructions', added)
        check_code(counting, 'malloc', 10)
        check_code(counting, 'free', 9)
    harness.finish()


main()
