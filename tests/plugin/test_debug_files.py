# SPDX-License-Identifier: MIT
"""Stripped files have functions, lines and build facts if their debug files are installed by build ID, as
Debian's -dbgsym packages do it. Each run has a /usr/lib/debug of its own, in a mount namespace. Where root
cannot have one, as in a root directory of chroot, a run copies the files to the real directory and removes them. Their
names are build IDs that no other program has."""

import json
import os
import pathlib
import re
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import check, check_equal

LIBRARY = '''#include <stdlib.h>
void *volatile block;
static void grow(void)
{
    block = malloc(40);
}
void library_grow(void)
{
    grow();
    free(block);
}
'''

SUITE = '''#include <alloc_tracker/criterion.h>
void library_grow(void);
Test(s, t)
{
    cr_assert_no_alloc(library_grow());
}
'''

STRIPPED = '(no files and lines: {} is stripped; compile it with -g and do not strip it)'
PACKAGED = ('(no files and lines: {} is stripped, and its debug file is not in /usr/lib/debug; install its '
            '-dbgsym package, or compile it with -g)')
MOUNT = 'mount -t tmpfs none /usr/lib/debug && cp -r "$1/." /usr/lib/debug && shift && exec "$@"'
COPY = '''files=$1
shift
trap 'cd "$files" && find . -type f -exec rm -f /usr/lib/debug/{} \\; &&
    find . -mindepth 1 -depth -type d -exec rmdir --ignore-fail-on-non-empty /usr/lib/debug/{} \\;' EXIT
trap 'exit 1' HUP INT TERM
mkdir -p /usr/lib/debug
cp -rn "$files/." /usr/lib/debug
"$@"'''


def find_installation():
    """Return the command that installs a directory of debug files and runs another command. Skip the test if there is
    none."""
    for options in (['-m'], ['-rm']):
        prefix = ['unshare', *options]
        if harness.run([*prefix, 'mount', '-t', 'tmpfs', 'none', '/usr/lib/debug']).returncode == 0:
            return [*prefix, 'sh', '-c', MOUNT, 'sh']
    if os.geteuid() == 0:
        return ['sh', '-c', COPY, 'sh']
    print('skipped: no mount namespace')
    sys.exit(77)


def build_id(path):
    return re.search(r'Build ID: (\w+)', harness.run(['readelf', '-n', path]).stdout)[1]


def debug_path(root, path):
    """Return where the debug file of an object is installed."""
    name = build_id(path)
    return root / '.build-id' / name[:2] / f'{name[2:]}.debug'


def separate(root, path):
    """Move the debug information of an object to its place in `root`."""
    debug = debug_path(root, path)
    debug.parent.mkdir(parents=True, exist_ok=True)
    for command in (['objcopy', '--only-keep-debug', path, debug], ['strip', path]):
        done = harness.run(command)
        check_equal((done.returncode, done.stderr), (0, ''), command[0])


def run_suite(install, root, program):
    """Run the suite. Return its only message, and the build facts in its results."""
    results = program.parent / 'results.json'
    result = harness.Run(program, [f'--output=alloc:{results}'],
                         prefix=[*install, root])
    environment = json.loads(results.read_text())['environment']
    return result.tests['s::t'].messages[0][2], (environment['compiler'], environment['optimization'])


def check_library(install, directory, root, empty):
    (directory / 'library.c').write_text(LIBRARY)
    (directory / 'suite.c').write_text(SUITE)
    library = directory / 'library.so'
    done = harness.run(['gcc', '-g', '-O0', '-fPIC', '-shared', '-Wl,--build-id', directory / 'library.c',
                        '-o', library])
    check_equal(done.returncode, 0, 'the library builds')
    program = harness.compile_suite(directory, [directory / 'suite.c'], 'gcc', ['-g', '-O1'],
                                    link=[str(library), f'-Wl,-rpath,{directory}', '-Wl,--build-id'])
    separate(root, library)
    text, _ = run_suite(install, root, program)
    for function, line in (('grow', 5), ('library_grow', 9)):
        check(re.search(rf'^ +{function} +\S*library\.c:{line}\b', text, re.MULTILINE),
              f'library: {function} has its line', text)
    text, _ = run_suite(install, empty, program)
    check('library.so+0x' in text and 'library.c' not in text, 'library: no debug file', text)
    return program


def check_program(install, root, empty, program):
    _, known = run_suite(install, empty, program)
    check(known[0].startswith('gcc ') and known[1] == 'speed', 'program: the build facts', known)
    separate(root, program)
    text, facts = run_suite(install, root, program)
    check(re.search(r'^ +t +\S*suite\.c:5\b', text, re.MULTILINE), 'stripped: the test has its line', text)
    check_equal(facts, known, 'stripped: the build facts')
    text, facts = run_suite(install, empty, program)
    check(STRIPPED.format('suite') in text, 'stripped, no debug file: the note', text)
    check_equal(facts, ('unknown', 'unknown'), 'stripped, no debug file: no build facts')


def check_other_build(install, directory, root, program):
    """A debug file at the right place with another build ID gives no build facts."""
    other = harness.compile_suite(directory, [directory / 'suite.c'], 'gcc', ['-g', '-O1'], name='other',
                                  link=[str(directory / 'library.so'), '-Wl,--build-id=0x1234'])
    path = debug_path(root, program)
    path.write_bytes(other.read_bytes())
    _, facts = run_suite(install, root, program)
    check_equal(facts, ('unknown', 'unknown'), 'the debug file of another build')


def check_packaged(install, directory, empty, program):
    """A package's file names its debug file by the build ID."""
    link = directory / f'{build_id(program)[2:]}.debug'
    link.write_text('removed')
    done = harness.run(['objcopy', f'--add-gnu-debuglink={link}', program])
    check_equal((done.returncode, done.stderr), (0, ''), 'the section is added')
    link.unlink()
    text, _ = run_suite(install, empty, program)
    check(PACKAGED.format('suite') in text, 'packaged, no debug file: the note', text)


def main():
    install = find_installation()
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        root, empty = directory / 'debug', directory / 'empty'
        root.mkdir()
        empty.mkdir()
        program = check_library(install, directory, root, empty)
        check_program(install, root, empty, program)
        check_other_build(install, directory, root, program)
        check_packaged(install, directory, empty, program)
    harness.finish()


main()
