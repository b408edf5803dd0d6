# SPDX-License-Identifier: MIT
"""Reports as JSON files. tests/session/reports/ has files as version 0.1.0 writes them: reading and
writing them again gives the same bytes, in any locale. The numbers of peaks.json were computed from
their definitions, outside of the library. tests/session/reports_nested/ has the same operations as
written before the names of the Rust crate were added, without the peak. Other valid JSON is read. All
other files are refused with FILE:LINE:COL and a reason. Reading and writing add nothing to counters
and regions."""

import json
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import check, check_equal

HERE = pathlib.Path(__file__).resolve().parent
FILES = sorted((HERE / 'reports').glob('*.json'))
NESTED = HERE / 'reports_nested'
PLAIN = (HERE / 'reports' / 'plain.json').read_text()
NOT_COUNTED = '0 allocations counted by the region, 0 by the thread; 1.5 is 1.5\n'
SCHEMA = '"schema": "alloc-tracker-operation/1"'


def changed(old, new):
    assert old in PLAIN, old
    return PLAIN.replace(old, new, 1)


def place(text):
    """LINE:COL of the text in plain.json."""
    before = PLAIN[:PLAIN.index(text)]
    return f'{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}'


LINES = PLAIN.count('\n')
LONG = 'x' * ((1 << 20) + 1)

# What is read as the report of plain.json is.
SAME = {
    'members in another order': json.dumps(dict(sorted(json.loads(PLAIN).items()))),
    'compact': json.dumps(json.loads(PLAIN), separators=(',', ':')),
    'a member of a later version': changed('"tracked_spans"', '"later": [{"a": [true, false, null, '
                                           '-1.5e-3, "\\u20ac", {}, []]}, 1], "tracked_spans"'),
    'members of a later version inside': changed('"mean"', '"later": 1, "mean"'),
    'sums of a later version': changed('"nn"', '"later": "x", "nn"'),
    'an escaped name': changed('"plain"', '"\\u0070l\\u0061in"'),
    'a whole number as an extreme': changed('"min": 500.0', '"min": 500'),
    'an extreme with an exponent': changed('"min": 500.0', '"min": 0.5E+3'),
    'no estimates with the names of the crate': PLAIN[:PLAIN.index('  "slope_bytes')]
                                                + PLAIN[PLAIN.index('  "spans_with'):],
    'other estimates with the names of the crate': changed('"slope_bytes_per_iteration": 500.8',
                                                           '"slope_bytes_per_iteration": 1.8'),
    'an extreme with many digits': changed('"min": 500.0', f'"min": 500.{"0" * 2000}'),
}

# What is refused: the place in the file and the reason.
REFUSED = {
    'an empty file': ('', '1:1: the file ends where an object is expected'),
    'half a file': (PLAIN[:PLAIN.index('"moments"')], f'{place(chr(34) + "moments")}: the file ends where a string is expected'),
    'an array': ('[]', "1:1: expected an object, not '['"),
    'bytes': (b'\x01\x02\xFF', '1:1: expected an object, not the byte 0x01'),
    'text after the end': (PLAIN + '{}', f"{PLAIN.count(chr(10)) + 1}:1: expected the end of the file, not '{{'"),
    'NaN': (changed('502.0', 'NaN'), f'{place("502.0")}: expected a number, not \'N\''),
    'no members': ('{}', '1:2: member "operation" is missing'),
    'no schema': (changed(f'  {SCHEMA},\n', ''), f'{LINES - 1}:1: member "schema" is missing'),
    'no moments': (PLAIN[:PLAIN.index(',\n  "moments"')] + '\n}',
                   f'{PLAIN[:PLAIN.index("  " + chr(34) + "moments")].count(chr(10)) + 1}:1: member '
                   '"moments" is missing'),
    'another schema': (changed('operation/1', 'operation/9'),
                       f'{place(chr(34) + "alloc-tracker-op")}: schema "alloc-tracker-operation/9"; '
                       'this version reads "alloc-tracker-operation/1"'),
    'a number as the name': (changed('"plain"', '3'), f'{place(chr(34) + "plain")}: expected a string, '
                             "not '3'"),
    'a name that is not UTF-8': (PLAIN.encode().replace(b'"plain"', b'"\xFF"'),
                                 f'{place(chr(34) + "plain")}: a string that is not UTF-8'),
    'a name with U+0000': (changed('"plain"', '"\\u0000"'),
                           f'{place(chr(34) + "plain")}: a string must not contain U+0000'),
    'a name that is too long': (changed('plain', LONG),
                                f'{place(chr(34) + "plain")}: a string longer than 1 MiB'),
    'a missing count': (changed('  "tracked_spans": 2,\n', ''),
                        f'{LINES - 1}:1: member "tracked_spans" is missing'),
    'a member twice': (changed('"tracked_spans": 2', '"span_count": 2'),
                       f'{place(chr(34) + "tracked_spans")}: member "span_count" appears twice'),
    'a negative count': (changed('3012', '-1'), f'{place("3012")}: the number is too small: expected at least 0'),
    'a fraction as a count': (changed('3012', '3012.5'),
                              f"{place('3012')}: expected a whole number, not '.'"),
    'a count beyond 64 bits': (changed('3012', '9223372036854775808'),
                               f'{place("3012")}: a number beyond 64 bits'),
    'too many tracked spans': (changed('"tracked_spans": 2', '"tracked_spans": 4'),
                               f'{place("3,")}: "span_count" is smaller than "spans_with_iterations" '
                               'or "tracked_spans"'),
    'too many rated spans': (changed('"spans_with_iterations": 3', '"spans_with_iterations": 4'),
                             f'{place("3,")}: "span_count" is smaller than "spans_with_iterations" '
                               'or "tracked_spans"'),
    'a negative extreme': (changed('500.0', '-500.0'),
                           f'{place("500.0")}: the number is too small: expected at least 0'),
    'a huge extreme': (changed('500.0', '1e999'),
                       f'{place("500.0")}: a number beyond the range of a double'),
    'an extreme that begins with 0': (changed('500.0', '0500.0'),
                                      f'{place("500.0")}: a number must not begin with 0'),
    'an extreme without digits': (changed('500.0', '500.,'),
                                  f"{place('500.0')}: expected a digit, not ','"),
    'a string as an extreme': (changed('500.0', '"500"'),
                               f'{place("500.0")}: expected a number, not \'"\''),
    'a missing extreme': (changed('    "min": 500.0,\n', ''),
                          f'{place("{" + chr(10) + "    " + chr(34) + "mean")}: a member "min" or "max" is '
                          'missing'),
    'a sum that is not hexadecimal': (changed('"1b64"', '"1g64"'),
                                      f'{place(chr(34) + "1b64")}: expected hexadecimal digits in a '
                                      'string'),
    'a missing sum': (changed('    "nn": "e",\n', ''), f'{LINES - 2}:3: member "nn" is missing'),
    'deep nesting': (changed('"tracked_spans"', f'"x": {"[" * 100}'),
                     f'{place(chr(34) + "tracked").split(":")[0]}:72: an unknown member is nested too '
                     'deeply'),
    'a slope of the crate that is a string': (
        changed('"slope_bytes_per_iteration": 500.8', '"slope_bytes_per_iteration": "500.8'),
        f'{place("500.85714285714283,").split(":")[0]}:32: expected a number, not \'"\''),
    'a sum of the peak without the others': (
        changed('"nn": "e"', '"nn": "e", "peak_nt": "1"'),
        f'{LINES - 1}:3: member "peak_t" is missing'),
    'sums of the peak for some of the spans': (
        changed('"nn": "e"', '"nn": "e", "peak_t": "1", "peak_nt": "1", "peak_nntt": "1", '
                '"peak_nnnt": "1"'),
        f'{place("3," + chr(10) + "  " + chr(34) + "slope")}: "span_count" and "tracked_spans" differ, but '
        '"moments" has sums of the peak'),
}


def write(directory, content):
    directory.mkdir()
    path = directory / 'bad.json'
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def check_round_trip(program, directory, what, decimal, **env):
    done = harness.run([program, HERE / 'reports', directory], **env)
    check_equal(done.stdout, f'{len(FILES)} operations\n'
                + NOT_COUNTED.replace('is 1.5', f'is {decimal}'), f'{what}: files are read')
    written = {path.name: path.read_bytes() for path in directory.glob('*')}
    check_equal(sorted(written), [path.name for path in FILES], f'{what}: the names of the files')
    for path in FILES:
        check_equal(written.get(path.name), path.read_bytes(), f'{what}: {path.name}')
    return done.stderr


def check_locale(program, directory, table):
    """A program whose decimal point is a comma."""
    subprocess.run(['localedef', '-i', 'de_DE', '-f', 'UTF-8', directory / 'de_DE.UTF-8'],
                   check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    seen = check_round_trip(program, directory / 'comma', 'a decimal comma', '1,5',
                            LOCPATH=directory, LC_ALL='de_DE.UTF-8')
    check_equal(seen, table, 'a decimal comma: the table')
    check('857,142,857,142,857,088' in table and '  14.29' in table, 'the table has commas and points',
          table)


def check_unwritable(program):
    """libc may allocate to translate the reason; a region ignores it."""
    done = harness.run([program, HERE / 'reports', program])
    expected = (f'input or output failed\n{program}: Not a directory\n'
                '0 allocations counted by the region, ')
    check(done.stdout.startswith(expected), 'a directory that cannot be written', done.stdout)


def check_nested(program, directory):
    """A file without sums of the peak: the operation has no peak, also if its spans were tracked."""
    done = harness.run([program, NESTED, directory])
    check_equal(done.stdout, f'{len(FILES) - 1} operations\n' + NOT_COUNTED, 'files of an earlier version')
    for path in FILES:
        if path.name != 'peaks.json':
            check_equal((directory / path.name).read_bytes(), path.read_bytes(),
                        f'{path.name}, as an earlier version wrote it')


def check_accepted(program, directory, expected, number, what, content):
    source, target = directory / f'same-{number}', directory / f'same-{number}-written'
    write(source, content)
    done = harness.run([program, source, target])
    check_equal(done.stdout, '1 operations\n' + NOT_COUNTED, what)
    written = target / 'plain.json'
    check_equal(written.read_text() if written.exists() else '', expected, f'{what}: the same report')


def check_refused(program, directory, number, what, content, reason):
    path = write(directory / f'refused-{number}', content)
    done = harness.run([program, path.parent])
    expected = f"a file is not in the expected format\n{path}:{reason}"
    check(done.stdout.startswith(expected) and done.stdout.endswith(NOT_COUNTED), what,
          f'{expected}\n{done.stdout}')


def main():
    with tempfile.TemporaryDirectory() as directory:
        directory = pathlib.Path(directory)
        program = harness.compile_suite(directory, [HERE / 'reports.c'], 'gcc',
                                        ['-O1', *harness.NO_BUILTIN], packages=['alloc-tracker'])
        table = check_round_trip(program, directory / 'again', 'the files of version 0.1.0', '1.5')
        check_nested(program, directory / 'nested')
        check_locale(program, directory, table)
        check_unwritable(program)
        for number, (what, content) in enumerate(SAME.items()):
            check_accepted(program, directory, PLAIN, number, what, content)
        for number, (what, (content, reason)) in enumerate(REFUSED.items()):
            check_refused(program, directory, number, what, content, reason)
    harness.finish()


main()
