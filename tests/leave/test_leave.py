# SPDX-License-Identifier: MIT
"""The table of docs/trust.md, scope guard × way to leave it: after each way, allocations are counted as if
the guard had never begun. The frames are C, with and without cleanup, and without unwind tables."""

import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import SOURCE, check_equal

HERE = pathlib.Path(__file__).resolve().parent
NO_TABLES = ['-fno-asynchronous-unwind-tables', '-fno-unwind-tables', '-fno-exceptions']
# (flags of the C frames, number of cells). There are 21 ways. Two are exceptions, which cannot pass a frame
# without unwind tables.
FRAMES = [(['-O1'], 210), (['-O1', '-fexceptions'], 210), (['-O0', '-fexceptions'], 210),
          (['-O2', '-fomit-frame-pointer'], 210), (['-O1', *NO_TABLES], 190)]


def check_table(directory, compiler, flags, n):
    label = ' '.join([compiler, *flags])
    frames = pathlib.Path(directory) / 'enter.o'
    done = harness.run([compiler, '-c', HERE / 'enter.c', '-o', frames, *flags, '-g', '-Wall',
                        '-Wextra', '-Werror', *harness.NO_BUILTIN,
                        *harness.pkg_config('--cflags', 'alloc-tracker')])
    check_equal(done.stderr, '', f'{label}: the frames compile')
    program = harness.compile_suite(
        directory, [HERE / 'leave.cpp', HERE / 'ways.cpp', frames], {'gcc': 'g++', 'clang': 'clang++'}[compiler],
        ['-g', '-O1', '-Wall', '-Wextra', '-Werror', *harness.NO_BUILTIN],
        packages=['alloc-tracker'], link=['-pthread'])
    done = harness.run([program, *(['no exceptions'] if n < 210 else [])])
    check_equal(done.stdout, f'2 permitted, 1 not\n{n} of {n} cells pass\n', label)
    check_equal(done.returncode, 0, f'{label}: the program succeeds')
    return program


def check_blocks(directory, compiler, flags):
    """Each way to leave a block of the plugin gives one verdict."""
    label = ' '.join([compiler, *flags])
    packages = ['alloc-tracker-criterion', 'criterion']
    blocks = pathlib.Path(directory) / 'blocks.o'
    done = harness.run([compiler, '-c', HERE / 'blocks.c', '-o', blocks, *flags, '-g', '-Wall',
                        '-Wextra', '-Werror', *harness.pkg_config('--cflags', *packages)])
    check_equal(done.stderr, '', f'{label}: the blocks compile')
    program = harness.compile_suite(
        directory, [HERE / 'suite.cpp', blocks], {'gcc': 'g++', 'clang': 'clang++'}[compiler],
        ['-g', '-O1', '-Wall', '-Wextra', '-Werror', *harness.NO_BUILTIN], link=['-pthread'])
    run = harness.Run(program)
    check_equal(len(run.tests), 13 * 2 * 2 + 12, f'{label}: every test ran')
    for name, test in run.tests.items():
        fails = name.split('::')[1].startswith('fail')
        check_equal(test.status, 'FAILED' if fails else 'PASSED', f'{label}: {name}')
        runners = name.startswith('s') and name.split('::')[1] in ('fail__exit', 'fail_quick_exit')
        if not runners or 'sweep' in name:  # the runner prints the others to standard error
            check_equal(len(test.messages), int(fails), f'{label}: {name} has one message')


def check_coroutines(directory):
    for level in ('-O0', '-O2'):
        program = harness.compile_suite(directory, [HERE / 'coroutine.cpp'], 'g++',
                                        ['-std=c++20', level, *harness.NO_BUILTIN],
                                        packages=['alloc-tracker'])
        done = harness.run([program])
        check_equal(done.stdout, '1 permitted, 3 not\n1 permitted, 0 not\n',
                    f'C++20 coroutines, {level}')


def check_document(program):
    """The ways in the table are the ways of the test."""
    text = (SOURCE / 'docs' / 'trust.md').read_text()
    table = text.split('| the frame is left by |')[1].split('\n\n')[0].splitlines()[2:]
    cells = [[cell.strip() for cell in row.strip('|').split('|')] for row in table]
    check_equal([row[0] for row in cells], harness.run([program, 'list']).stdout.splitlines(),
                'docs/trust.md has each way')
    check_equal(sum(not cell for row in cells for cell in row), 0, 'docs/trust.md: no cell is empty')


def main():
    with tempfile.TemporaryDirectory() as directory:
        for compiler in ('gcc', 'clang'):
            for flags, n in FRAMES:
                program = check_table(directory, compiler, flags, n)
            for flags in (['-O1'], ['-O1', '-fexceptions']):
                check_blocks(directory, compiler, flags)
        check_document(program)
        check_coroutines(directory)
    harness.finish()


main()
