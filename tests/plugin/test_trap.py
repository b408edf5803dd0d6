# SPDX-License-Identifier: MIT
"""--debug, --crash and ALLOC_TRACKER_TRAP=1 stop inside the allocation that exceeds the budget. In gdb, the
user's function is within the first three frames. Without a debugger, the test fails and standard error has
the line."""

import pathlib
import re
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import SUITES, check, check_equal

SUITE = SUITES / 'trapped.c'


def find_stopped_child(parent):
    """Return the worker that stopped itself, found in /proc."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for status in pathlib.Path('/proc').glob('[0-9]*/stat'):
            try:
                fields = status.read_text().rsplit(')', 1)[1].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            if fields[0] == 'T' and int(fields[1]) == parent:
                return status.parent.name
        time.sleep(0.01)
    raise SystemExit('FAILED: no worker stopped')


def gdb(program, test, arguments, **env):
    """Run one test, attach gdb to its worker when the worker has stopped, and continue. Return gdb's output
    about the next stop."""
    suite = subprocess.Popen([str(program), '-j1', '--filter', f'trapped/{test}', *arguments],
                             env=harness.environment(**env), stdin=subprocess.DEVNULL,
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    worker = find_stopped_child(suite.pid)
    commands = ['set pagination off', 'set debuginfod enabled off', f'attach {worker}',
                'handle SIGCONT nostop noprint pass', f'shell kill -CONT {worker}', 'continue',
                'backtrace 4', 'kill']
    parts = ['gdb', '-batch', '-nx']
    for command in commands:
        parts += ['-ex', command]
    done = harness.run([*parts, program], timeout=120)
    suite.wait(60)
    return done.stdout + done.stderr


def check_backtrace(label, output, function):
    frames = re.findall(r'^#(\d)\s+(?:0x[0-9a-f]+ in )?(\w+)', output, re.MULTILINE)
    names = [name for number, name in frames if int(number) < 3]
    check('SIGTRAP' in output, f'{label}: gdb stops', output[-3000:])
    check(function in names, f'{label}: {function} is within three frames', output[-3000:])


def main():
    marks = harness.marks(SUITE)
    with tempfile.TemporaryDirectory() as directory:
        for level in ('-O0', '-O2'):
            program = harness.compile_suite(directory, [SUITE], 'gcc',
                                            ['-g', level, *harness.NO_BUILTIN])
            for test, function in [('direct', 'the_culprit'), ('through_libc', 'the_duplicator'),
                                   ('third_is_one_too_many', 'the_culprit')]:
                stop = {'STOP_FOR_DEBUGGER': '1'}
                check_backtrace(f'{level} {test} ALLOC_TRACKER_TRAP=1',
                                gdb(program, test, [], ALLOC_TRACKER_TRAP='1', **stop), function)
                check_backtrace(f'{level} {test} --crash',
                                gdb(program, test, ['--crash'], **stop), function)
                check_backtrace(f'{level} {test} --debug',
                                gdb(program, test, ['--debug=idle']), function)
        result = harness.Run(program, ['-j1'], ALLOC_TRACKER_TRAP='1')
        expected = {'direct': 'ERRORED', 'through_libc': 'ERRORED',
                    'third_is_one_too_many': 'ERRORED', 'clean': 'PASSED',
                    'expects_the_signal': 'FAILED'}
        check_equal({name.split('::')[1]: test.status for name, test in result.tests.items()},
                    expected, 'without a debugger, only the clean test passes')
        for name, what in (('direct', 'malloc of 24 bytes'), ('through_libc', 'strdup of 5 bytes')):
            check(re.search(rf'alloc_tracker: budget exceeded, stopped by ALLOC_TRACKER_TRAP: {what} at \S*trapped.c:'
                            rf'{marks[name][1]}\n', result.output),
                  f'standard error names {name}', result.output)
    harness.finish()


main()
