# SPDX-License-Identifier: MIT
"""If a message lacks files, lines or inlined functions, it has the right reason and a remedy. The test covers
each way to compile, compress, strip, split and damage debug information, for the program and for a library."""

import pathlib
import re
import shutil
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import SUITES, check, check_equal

SUITE = SUITES / 'missing_lines.c'
COMPILE = '(compile with -g to see files and lines)'
STRIPPED = '(no files and lines: {0} is stripped; compile it with -g and do not strip it)'
SPLIT = '(functions that were inlined in {0} are not shown; compile it without -gsplit-dwarf to see them)'
ZSTD = ('(no files and lines: the debug sections of {0} are compressed with zstd, which cannot be read here; '
        'link it with -gz=zlib, or run objcopy --decompress-debug-sections on it)')
UNKNOWN = ZSTD.replace('with zstd', 'in an unknown way')
LINES = ['inner', 'middle', 'one']
SPLIT_LINES = ['middle', 'one']


def sections(path):
    """Return {name: (offset, size)} of the sections."""
    done = harness.run(['readelf', '-SW', path])
    found = re.findall(r'\[ *\d+\] (\S+) +\S+ +[0-9a-f]+ ([0-9a-f]+) ([0-9a-f]+)', done.stdout)
    return {name: (int(offset, 16), int(size, 16)) for name, offset, size in found}


def build(directory, flags=('-g',), compiler='gcc', link=()):
    return harness.compile_suite(directory, [SUITE], compiler, flags, name='suite', link=link)


def objcopy(*arguments):
    done = harness.run(['objcopy', *arguments])
    check_equal((done.returncode, done.stderr), (0, ''), f'objcopy {arguments}')


def overwrite(path, section, offset, data):
    bytes_ = bytearray(path.read_bytes())
    start, size = sections(path)[section]
    data = data[:size - offset]
    bytes_[start + offset:start + offset + len(data)] = data
    path.write_bytes(bytes_)


def compressed_by(kind, directory):
    program = build(directory, link=['-Wl,--compress-debug-sections=zlib'])
    for name in sections(program):
        if name.startswith('.debug_'):
            try:
                overwrite(program, name, 0, kind.to_bytes(4, 'little'))
            except ValueError:
                pass
    return program


def stripped_with_link(directory, keep='keep', change=None):
    program = build(directory)
    debug = directory / 'suite.debug'
    objcopy('--only-keep-debug', program, debug)
    harness.run(['strip', program])
    objcopy(f'--add-gnu-debuglink={debug}', program)
    if change:
        change(debug)
    if keep == 'move':
        (directory / '.debug').mkdir(exist_ok=True)
        shutil.move(debug, directory / '.debug' / 'suite.debug')
    elif keep != 'keep':
        debug.unlink()
    return program


def damaged(section, offset, data):
    def make(directory):
        program = build(directory)
        overwrite(program, section, offset, data)
        return program
    return make


def decompressed(directory):
    program = build(directory, link=['-Wl,--compress-debug-sections=zstd'])
    objcopy('--decompress-debug-sections', program)
    return program


def stripped(*options):
    def make(directory):
        program = build(directory)
        harness.run(['strip', *options, program])
        return program
    return make


def mismatched(directory):
    """Use the debug file of another build."""
    other = build(directory, ['-g', '-O2'])
    debug = directory / 'other.debug'
    objcopy('--only-keep-debug', other, debug)
    return stripped_with_link(directory, change=lambda path: shutil.copy(debug, path))


def with_zstd_debug_file(directory):
    """Compress with objcopy, which binutils 2.40 can do. Otherwise compress with the linker."""
    other = build(directory, link=['-Wl,--compress-debug-sections=zstd'])
    debug = directory / 'other.debug'
    objcopy('--only-keep-debug', other, debug)
    program = build(directory)
    shutil.copy(debug, directory / 'suite.debug')
    harness.run(['strip', program])
    objcopy(f'--add-gnu-debuglink={directory / "suite.debug"}', program)
    return program


# (label, how to build it, functions that have a line, the note)
CASES = [
    ('-g', build, LINES, None),
    ('zlib', lambda d: build(d, ['-g', '-gz=zlib']), LINES, None),
    ('old zlib', lambda d: build(d, ['-g', '-gz=zlib-gnu']), LINES, None),
    ('decompressed', decompressed, LINES, None),
    ('DWARF 4', lambda d: build(d, ['-gdwarf-4']), LINES, None),
    ('clang', lambda d: build(d, ['-g'], 'clang'), LINES, None),
    ('without -g', lambda d: build(d, []), [], COMPILE),
    ('zstd', lambda d: build(d, link=['-Wl,--compress-debug-sections=zstd']), [], ZSTD),
    ('unknown compression', lambda d: compressed_by(77, d), [], UNKNOWN),
    ('stripped', stripped(), [], STRIPPED),
    ('stripped of debug information', stripped('-g'), [], COMPILE),
    ('debug file beside', stripped_with_link, LINES, None),
    ('debug file in .debug', lambda d: stripped_with_link(d, 'move'), LINES, None),
    ('debug file gone', lambda d: stripped_with_link(d, 'remove'), [],
     '(no files and lines: {0} is stripped, and its debug file {0}.debug was not found; put that file into '
     'the same directory)'),
    ('debug file of another build', mismatched, [],
     '(no files and lines: {0}.debug belongs to another build of {0}; keep the two files of one build '
     'together)'),
    ('debug file with zstd', with_zstd_debug_file, [], ZSTD.replace('{0}', '{0}.debug')),
    ('split', lambda d: build(d, ['-g', '-gsplit-dwarf']), SPLIT_LINES, SPLIT),
    ('split, DWARF 4', lambda d: build(d, ['-gdwarf-4', '-gsplit-dwarf']), SPLIT_LINES, SPLIT),
    ('split, clang', lambda d: build(d, ['-g', '-gsplit-dwarf', '-fno-split-dwarf-inlining'], 'clang'),
     SPLIT_LINES, SPLIT),
    ('split, clang, inlining kept', lambda d: build(d, ['-g', '-gsplit-dwarf', '-fsplit-dwarf-inlining'],
                                                    'clang'), LINES, None),
    ('split, zlib', lambda d: build(d, ['-g', '-gsplit-dwarf', '-gz=zlib']), SPLIT_LINES, SPLIT),
    ('units damaged', damaged('.debug_info', 20, b'\xff' * 400), [],
     r'(no files and lines: the debug information of {0} cannot be read: * in .debug_info at *; build it again with '
     '-gdwarf-4)'),
    ('abbreviations damaged', damaged('.debug_abbrev', 20, b'\xff' * 400), [],
     '(no files and lines: the debug information of {0} cannot be read: * in .debug_abbrev at *; build it again with '
     '-gdwarf-4)'),
    ('a version to come', damaged('.debug_info', 4, b'\x09'), [],
     '(no files and lines: the debug information of {0} cannot be read: unrecognized DWARF version in .debug_info at *; '
     'build it again with -gdwarf-4)'),
]


def notes(text):
    return [line.strip() for line in text.splitlines() if line.strip().startswith('(')]


def functions_with_lines(text):
    return re.findall(r'^ +(\w+) +\S*missing_lines.c:\d+', text, re.MULTILINE)


def matches(note, pattern):
    return re.fullmatch('.*'.join(map(re.escape, pattern.split('*'))), note) is not None


def check_case(label, program, functions, note, name='suite'):
    result = harness.Run(program)
    text = result.tests['dbg::one'].messages[0][2]
    check_equal(functions_with_lines(text), functions, f'{label}: functions with lines')
    seen = notes(text)
    expected = [note.format(name)] if note else []
    check(len(seen) == len(expected) and all(map(matches, seen, expected)), f'{label}: the note',
          f'expected {expected}\nseen     {seen}')


def check_suppression(directory):
    """Check that an unused suppression has a note if functions are not known."""
    path = directory / 'inner.supp'
    path.write_text('function:inner\nfile:nothing.c\n')
    for flags, added in ((['-g', '-gsplit-dwarf'], ' (functions that are inlined in code compiled with '
                          '-gsplit-dwarf are not known)'), ([], '')):
        program = build(directory, flags)
        result = harness.Run(program, ALLOC_TRACKER_SUPPRESSIONS=str(path))
        lines = [line for line in result.output.splitlines() if line.startswith('alloc_tracker:')]
        check_equal(lines, [f'alloc_tracker: {path}:1: unused suppression function:inner{added}',
                            f'alloc_tracker: {path}:2: unused suppression file:nothing.c'], f'{flags}')
        check_equal(result.tests['dbg::one'].status, 'FAILED', 'and the test fails')


def check_library(directory):
    """Check that only a library without its lines has a note if the program has lines."""
    source = directory / 'missing_lines_library.c'
    source.write_text('#include <stdlib.h>\nvoid *volatile kept;\nvoid library(void) { kept = malloc(13); }\n')
    suite = directory / 'missing_lines.c'
    suite.write_text('#include <alloc_tracker/criterion.h>\nvoid library(void);\n'
                     'Test(dbg, one) { cr_assert_no_alloc(library()); }\n')
    library = directory / 'liblibrary.so'
    for flags, note in ((['-g'], None), ([], None), (['-g', '-s'], None),
                        (['-g', '-Wl,--compress-debug-sections=zstd'], ZSTD),
                        (['-g', '-gsplit-dwarf'], SPLIT)):
        harness.run(['gcc', *flags, '-fPIC', '-shared', source, '-o', library])
        program = harness.compile_suite(directory, [suite], 'gcc', ['-g'], name='with_library',
                                        link=[str(library), f'-Wl,-rpath,{directory}'])
        check_case(f'library {flags}', program, ['one'], note, 'liblibrary.so')


def check_panic(directory):
    """Check that the message of a panic has the same notes."""
    source = directory / 'panic.c'
    source.write_text('#include <alloc_tracker/alloc_tracker.h>\n#include <stdlib.h>\nvoid *volatile kept;\n'
                      'int main(void) { at_panic_on_next_alloc(true); kept = malloc(13); return 0; }\n')
    for flags, note in (([], COMPILE), (['-g', '-Wl,--compress-debug-sections=zstd'], ZSTD),
                        (['-g', '-gsplit-dwarf'], SPLIT), (['-g'], None)):
        program = harness.compile_suite(directory, [source], 'gcc', flags, ['alloc-tracker'])
        done = harness.run([program])
        check_equal(notes(done.stderr), [note.format('panic')] if note else [], f'panic {flags}')


def main():
    with tempfile.TemporaryDirectory() as directory:
        for i, (label, make, functions, note) in enumerate(CASES):
            place = pathlib.Path(directory) / str(i)
            place.mkdir()
            check_case(label, make(place), functions, note)
        directory = pathlib.Path(directory)
        check_suppression(directory)
        check_library(directory)
        check_panic(directory)
    harness.finish()


main()
