# SPDX-License-Identifier: MIT
"""The compiler removes the allocations that docs/semantics.md lists, for each row of flags."""

import pathlib
import re
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import SOURCE, check_equal


def main():
    text = (SOURCE / 'docs' / 'semantics.md').read_text()
    code = re.findall(r'^```c\n(.*?)^```$', text, re.MULTILINE | re.DOTALL)
    rows = re.findall(r'^\| `(-O.*?)` \| (.*?) \| (.*?) \|$', text, re.MULTILINE)
    check_equal((len(code), len(rows)), (1, 3), 'one program, and rows of flags')
    with tempfile.TemporaryDirectory() as directory:
        source = pathlib.Path(directory) / 'elided.c'
        source.write_text(code[0])
        for flags, *documented in rows:
            for compiler, expected in zip(('gcc', 'clang'), documented):
                program = harness.compile_suite(directory, [source], compiler,
                                                ['-Wall', '-Wextra', '-Werror', *flags.split()],
                                                packages=['alloc-tracker'])
                done = harness.run([program])
                check_equal((done.returncode, done.stdout.strip()), (0, expected),
                            f'{compiler} {flags}')
    harness.finish()


main()
