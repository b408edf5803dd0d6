# SPDX-License-Identifier: MIT
"""A run with an incompatible Criterion ends before its first test, with exit status 2 and a message, whether
the plugin is linked or preloaded. The test makes incompatible libraries from the installed one: a symbol has
another name or size, or a writer has another output or crashes."""

import pathlib
import re
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import STAGE, check, check_equal

SUITE = '#include <criterion/criterion.h>\nTest(suite, passes) {}\nTest(suite, fails) { cr_assert(0); }\n'
# (change of the library, words of the message)
REFUSED = {
    'renamed': 'it has no criterion_abort_test',
    'grown': 'its criterion_options has 160 bytes, where 152 are expected',
    'other': 'its statistics or tests have another layout',
    'astray': 'its statistics or tests have another layout',
}


def replace_once(content, old, new):
    check_equal((content.count(old), len(old)), (1, len(new)), f'{old} is in the library once')
    return content.replace(old, new)


def grow(content, name, more):
    """Increase the size of a symbol. The size is the last field of the 24 bytes of an ELF symbol."""
    symbols = subprocess.run(['readelf', '-W', '--dyn-syms', '-S', INSTALLED], check=True,
                             stdout=subprocess.PIPE, text=True).stdout
    [(index, size)] = re.findall(rf'^\s*(\d+): \w+\s+(\d+) .* {name}$', symbols, re.MULTILINE)
    [offset] = re.findall(r'\.dynsym\s+DYNSYM\s+\w+ (\w+)', symbols)
    at = int(offset, 16) + 24 * int(index) + 16
    check_equal(struct.unpack_from('<Q', content, at), (int(size),), f'the size of {name}')
    return content[:at] + struct.pack('<Q', int(size) + more) + content[at + 8:]


def make_library(kind):
    content = pathlib.Path(INSTALLED).read_bytes()
    if kind == 'renamed':
        return replace_once(content, b'\0criterion_abort_test\0', b'\0criterion_abort_tesu\0')
    if kind == 'grown':
        return grow(content, 'criterion_options', 8)
    if kind == 'other':
        return replace_once(content, b'"%s:%u: %s"', b'"%s:%x: %s"')
    if kind == 'astray':
        return replace_once(content, b'"%s:%u: %s"', b'"%s:%s: %s"')
    return content


def installed_library(program):
    done = harness.run(['ldd', program])
    return re.search(r'libcriterion\.so\.3 => (\S+)', done.stdout).group(1)


def check_refused(label, done, report, reason):
    check_equal(done.returncode, 2, f'{label}: the exit status')
    check(re.search(r'^alloc_tracker: this plugin, which was compiled for Criterion \S+, cannot be '
                       rf'used with \S+libcriterion\.so\.3: {re.escape(reason)}; build alloc_tracker '
                       r'and the suite for the Criterion that is loaded$', done.stderr, re.MULTILINE),
          f'{label}: the reason is printed', done.stderr)
    check(not report.exists(), f'{label}: no test ran')


def check_accepted(label, done, report):
    check_equal(done.returncode, 1, f'{label}: the exit status is the suite\'s')
    check('Tested: 2 | Passing: 1 | Failing: 1' in done.stderr, f'{label}: the tests ran', done.stderr)
    check(report.exists(), f'{label}: the report is written')


def main():
    global INSTALLED
    with tempfile.TemporaryDirectory() as directory:
        directory = pathlib.Path(directory)
        source = directory / 'suite.c'
        source.write_text(SUITE)
        linked = harness.compile_suite(directory, [source], name='linked')
        plain = harness.compile_suite(directory, [source], packages=['criterion'], name='plain')
        INSTALLED = installed_library(plain)
        tool = next(STAGE.glob('**/bin/alloc-tracker'))
        runs = {'linked': [linked], 'preloaded': [tool, 'run', '-o', directory / 'r', '--', plain]}
        for kind in ['same', *REFUSED]:
            folder = directory / kind
            folder.mkdir()
            (folder / 'libcriterion.so.3').write_bytes(make_library(kind))
            for how, command in runs.items():
                report = folder / f'{how}.tap'
                done = harness.run([*command, f'--tap={report}'], LD_LIBRARY_PATH=str(folder))
                if kind in REFUSED:
                    check_refused(f'{kind}, {how}', done, report, REFUSED[kind])
                else:
                    check_accepted(f'{kind}, {how}', done, report)
    harness.finish()


main()
