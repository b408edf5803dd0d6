# SPDX-License-Identifier: MIT
"""The command takes its memory from malloc. A page of the kernel for each short string would cost
several system calls a test: 24,000 for `show --sites` of 2,000 tests."""

import pathlib
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import made
from harness import check, check_equal, finish

MOST = 16  # some buffers double, so a larger file may need a few calls more


def results(n):
    return made.results(*(
        made.test(f'suite{i // 50}::test{i}', made.site('malloc', 3, 96, ('push', 'ring.c', i + 1)),
                  made.site('strdup', 1, 6, ('label', 'label.c', i + 1))) for i in range(n)))


def count_releases(directory, arguments):
    trace = directory / 'trace'
    done = subprocess.run(['strace', '-qq', '-f', '-c', '-o', trace, '-e', 'trace=munmap', made.TOOL,
                           *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    check_equal((done.returncode, done.stderr), (0, ''), f'{arguments[0]} ends well')
    rows = re.findall(r'^\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)\s+(?:\d+\s+)?munmap$', trace.read_text(),
                      re.MULTILINE)
    return sum(map(int, rows))


def main():
    with tempfile.TemporaryDirectory() as directory:
        directory = pathlib.Path(directory)
        few = made.write(directory / 'few.json', results(10))
        many = made.write(directory / 'many.json', results(2000))
        base = directory / 'base'
        made.tool('update', '--baseline', base, made.write(directory / 'half.json', results(1000)))
        for command in (['show'], ['show', '--sites'], ['show', '--format', 'html'],
                        ['show', '--format', 'speedscope'], ['merge', '-o', '-'],
                        ['check', '--baseline', base], ['compare', base]):
            for size, path in {'10 tests': few, '2,000 tests': many}.items():
                calls = count_releases(directory, [*command, path])
                check(calls <= MOST, f'{command[0]} of {size}: at most {MOST} calls of munmap', calls)
    finish()


main()
