# SPDX-License-Identifier: MIT
"""Four times as many operations, or call sites of a test, cost about four times the instructions, not
sixteen times. The tests count instructions, because times vary."""

import json
import pathlib
import re
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import check, check_equal

HERE = pathlib.Path(__file__).resolve().parent
COMMAND = next(harness.STAGE.glob('**/bin/alloc-tracker'))
TIMES = 4
MOST = 5  # n log n: 4 * log(1200) / log(300) = 4.98
ENVIRONMENT = {'arch': 'x86_64', 'libc': 'glibc 2.36', 'compiler': 'gcc 12.2.0',
               'optimization': 'none', 'sanitizer': 'none', 'library': '0.1.0'}


def write_results(path, n, shift):
    """Return a suite with n call sites, each in a function and on a line of its own."""
    frames = [{'function': f'f{i}', 'file': 'a.c', 'line': i + shift} for i in range(1, n + 1)]
    sites = [{'function': 'malloc', 'stack': [i], 'count': 1, 'bytes': 8 + shift, 'leaks': 0,
              'leaked_bytes': 0} for i in range(n)]
    usage = {'allocs': n, 'reallocs': 0, 'frees': n, 'bytes': n * (8 + shift), 'peak': 8, 'live': 0,
             'leaks': 0, 'leaked_bytes': 0, 'failed': 0, 'permitted': 0, 'unknown': 0}
    path.write_text(json.dumps({
        'schema': 'alloc-tracker-results/1', 'environment': ENVIRONMENT, 'tests': [
            {'id': 'a::b', 'status': 'passed', 'usage': usage, 'budget': [], 'verdict': 'none',
             'frames': frames, 'sites': sites, 'dropped': 0}]}))
    return path


def check_growth(what, few, many):
    print(f'{what}: {many / few:.2f} times the instructions')
    check(few < many <= MOST * few, f'{what}: at most {MOST} times the instructions', many / few)


def main():
    with tempfile.TemporaryDirectory() as directory:
        directory = pathlib.Path(directory)
        program = harness.compile_suite(directory, [HERE / 'many.c'], 'gcc',
                                        ['-O2', *harness.NO_BUILTIN], packages=['alloc-tracker'])
        for what, n, files in (('a session and its reports', 300, False),
                               ('a directory of reports', 150, True)):
            counts = []
            for number in (n, TIMES * n):
                path = [directory / f'reports-{number}'] if files else []
                count, output = harness.count_instructions(program, str(number), *path)
                check_equal(output, f'{number} operations\n', f'{what}: {number}')
                counts.append(count)
            check_growth(what, *counts)
        counts = []
        for number in (300, TIMES * 300):
            base = write_results(directory / 'base.json', number, 0)
            head = write_results(directory / 'head.json', number, 1)
            count, output = harness.count_instructions(COMMAND, 'compare', base, head)
            matched = re.findall(r'\+1 byte a[.]c:\d+, malloc in f', output)
            check_equal(len(matched), number, f'{number} call sites are matched')
            counts.append(count)
        check_growth('the call sites of two runs', *counts)
    harness.finish()


main()
