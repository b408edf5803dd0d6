# SPDX-License-Identifier: MIT
"""A test pays for what it asks, in instructions of a pair of malloc and free, which repeat exactly where
times do not. A body without a limit costs counting alone. A body with a limit costs at most 1.1 times
one region of the core."""

import pathlib
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import SUITES, check

# The start of a run differs by up to 14,000 instructions. The difference is divided by the number of pairs.
MANY_PAIRS = 200000
PAIRS = 20000
MOST_COUNTED = 16.5
MOST_LIMITED = 1.1


def instructions(program, n, directory, arguments):
    """All instructions of the program and its children that handle `n` pairs."""
    for path in pathlib.Path(directory).glob('out.*'):
        path.unlink()
    done = harness.run(['valgrind', '--tool=callgrind', '--trace-children=yes',
                        f'--callgrind-out-file={directory}/out.%p', program, *arguments],
                       PAIRS=str(n), timeout=300)
    check(done.returncode == 0, f'{program} {arguments} runs', done.stderr)
    return sum(int(total) for path in pathlib.Path(directory).glob('out.*')
               for total in re.findall(r'^totals: (\d+)$', path.read_text(), re.MULTILINE))


def per_pair(program, directory, n_pairs, *arguments):
    """Return the instructions of a pair, without those of the start and of the first pairs."""
    few, many = (instructions(program, n, directory, arguments) for n in (n_pairs, 2 * n_pairs))
    return (many - few) / n_pairs


def main():
    machine = subprocess.run(['uname', '-m'], check=True, stdout=subprocess.PIPE, text=True).stdout
    if machine.strip() != 'x86_64':
        print('the numbers are those of x86-64')
        sys.exit(77)
    with tempfile.TemporaryDirectory() as directory:
        def build(name, packages, *flags):
            return harness.compile_suite(directory, [SUITES / 'cost.c'], 'gcc',
                                         ['-O2', *flags, *harness.NO_BUILTIN], packages, name)

        plugin = build('plugin', None)
        region = per_pair(build('region', ['alloc-tracker', 'criterion'], '-DREGION'), directory, PAIRS)
        bare = per_pair(build('bare', ['criterion'], '-DBARE'), directory, MANY_PAIRS)
        counted = per_pair(plugin, directory, MANY_PAIRS, '--filter=cost/counted')
        limited = per_pair(plugin, directory, PAIRS, '--filter=cost/limited')
    print(f'bare {bare:.1f}, counted {counted:.1f}, one region {region:.1f}, limited {limited:.1f}')
    check(0 < counted - bare <= MOST_COUNTED, 'a body without a limit costs counting alone',
          counted - bare)
    check(1 < limited / region <= MOST_LIMITED, f'at most {MOST_LIMITED} times one region',
          limited / region)
    harness.finish()


main()
