# SPDX-License-Identifier: MIT
"""A malformed file ends the command with status 2 and FILE:LINE:COL: reason, in bounded memory, and
nothing is written. Each case is one row of a table."""

import json
import pathlib
import resource
import subprocess
import tempfile

import made
from harness import check, check_equal, finish

HEAD = '{"schema":"alloc-tracker-results/1",\n"environment":' + json.dumps(made.GCC) + ',\n'
GOOD = json.dumps(made.test('a::b', made.site('malloc', 1, 8, ('f', 'a.c', 3))))


def with_test(old, new):
    """Return a file with one changed member. Its test is on line 4."""
    assert old in GOOD, old
    return HEAD + '"tests":[\n' + GOOD.replace(old, new, 1) + ']}\n'


def column(old, inside=0):
    return GOOD.index(old) + 1 + inside


# For each case: the file, the position, the reason.
RESULTS = {
    'empty': ('', '1:1', 'the file ends where an object is expected'),
    'white space': ('\n \n', '3:1', 'the file ends where an object is expected'),
    'binary': ('\x7fELF\x02\x01', '1:1', 'expected an object, not the byte 0x7f'),
    'not an object': ('[]', '1:1', "expected an object, not '['"),
    'truncated': (HEAD + '"tests":[\n' + GOOD, None, "the file ends where ',' or ']' is expected"),
    'truncated in a string': ('{"schema":"alloc', '1:11', 'the file ends in a string'),
    'trailing text': (HEAD + '"tests":[]} x', '3:13', "expected the end of the file, not 'x'"),
    'no schema': ('{"tests":[]}', '1:2', 'expected member "schema" first'),
    'another schema': ('{"schema":"alloc-tracker-results/2"}', '1:11',
                       'schema "alloc-tracker-results/2"; this version reads'
                       ' "alloc-tracker-results/1"'),
    'missing member': (HEAD[:-2] + '}', f'2:{len(HEAD.splitlines()[1])}', 'member "tests" is missing'),
    'unknown member': (with_test('"dropped"', '"drop"'), f'4:{column("""dropped""", -1)}',
                       'unknown member "drop"'),
    'repeated member': (with_test('"dropped": 0', '"dropped": 0, "id": "x"'),
                        f'4:{column("""dropped""", 13)}', 'member "id" appears twice'),
    'NaN': (with_test('"dropped": 0', '"dropped": NaN'), f'4:{column("""dropped""", 10)}',
            "expected a whole number, not 'N'"),
    'negative': (with_test('"allocs": 1', '"allocs": -1'), f'4:{column("""allocs""", 9)}',
                 'the number is too small: expected at least 0'),
    'negative part of the peak': (with_test('"count": 1', '"count": 1, "peak_bytes": -1'), f'4:{column("""count""", 25)}',
                                  'the number is too small: expected at least 0'),
    'a program that is no name': (with_test('"status"', '"program": 1, "status"'), f'4:{column("""status""", 10)}',
                                  "expected a string, not '1'"),
    'fraction': (with_test('"allocs": 1', '"allocs": 1.5'), f'4:{column("""allocs""", 9)}',
                 "expected a whole number, not '.'"),
    'exponent': (with_test('"allocs": 1', '"allocs": 1e3'), f'4:{column("""allocs""", 9)}',
                 "expected a whole number, not 'e'"),
    'leading zero': (with_test('"allocs": 1', '"allocs": 01'), f'4:{column("""allocs""", 9)}',
                     'a number must not begin with 0'),
    'overflow': (with_test('"allocs": 1', '"allocs": 9223372036854775808'),
                 f'4:{column("""allocs""", 9)}', 'a number beyond 64 bits'),
    'a string for a number': (with_test('"allocs": 1', '"allocs": "1"'),
                              f'4:{column("""allocs""", 9)}', "expected a whole number, not '\"'"),
    'unknown status': (with_test('"passed"', '"perhaps"'), f'4:{column("passed", -1)}',
                       'unknown value "perhaps"'),
    'empty id': (with_test('"a::b"', '""'), f'4:{column("a::b", -1)}', 'the id is empty: expected suite::name'),
    'no such frame': (with_test('"stack": [0]', '"stack": [1]'), f'4:{column("""stack""", 9)}',
                      'there is no frame 1'),
    'line 0': (with_test('"line": 3', '"line": 0'), f'4:{column("""line": 3""", 7)}',
               'the number is too small: expected at least 1'),
    'not UTF-8': (with_test('"a.c"', '"a\udcff.c"'), f'4:{column("a.c", -1)}',
                  'a string that is not UTF-8'),
    'U+0000': (with_test('"a.c"', '"a\\u0000"'), f'4:{column("a.c", -1)}',
               'a string must not contain U+0000'),
    'half a surrogate pair': (with_test('"a.c"', '"\\ud800x"'), f'4:{column("a.c", -1)}',
                              'half of a surrogate pair'),
    'the other half': (with_test('"a.c"', '"\\udc00x"'), f'4:{column("a.c", -1)}',
                       'half of a surrogate pair'),
    'unknown escape': (with_test('"a.c"', '"\\x"'), f'4:{column("a.c", -1)}',
                       'unknown escape in a string'),
    'newline in a string': (with_test('"a.c"', '"a\nc"'), f'4:{column("a.c", -1)}',
                            'a control character in a string'),
    'long string': (with_test('a.c', 'x' * (1 << 20) + 'y'), f'4:{column("a.c", -1)}',
                    'a string longer than 1 MiB'),
    'deep nesting': (HEAD + '"tests":' + '[' * 1000000, '3:10', "expected an object, not '['"),
    'deep nesting in a member': (with_test('"budget": []', '"budget": ' + '[' * 100000),
                                 f'4:{column("""budget""", 10)}', "expected an object, not '['"),
    'control characters are not repeated': (with_test('"dropped"', '"\\u001b[31m"'),
                                            f'4:{column("""dropped""", -1)}',
                                            'unknown member "?[31m"'),
    'a test twice': (HEAD + '"tests":[\n' + GOOD + ',\n' + GOOD + ']}', '5:1',
                     'test a::b is in {}:4:1 already'),
}

BASE_HEAD = ('{"schema":"alloc-tracker-baseline/1",\n"sections":[\n{"environment":'
             + json.dumps({k: v for k, v in made.GCC.items() if k != 'library'}) + ',\n"tests":[\n')
ENTRY = '{"id":"a::b","allocs":1,"bytes":8,"peak":8,"leaks":0}'
CONFLICT = 'a conflict marker of a merge: take one side of the conflict'
BASELINES = {
    'a conflict at the first test': (BASE_HEAD + '<<<<<<< HEAD\n' + ENTRY + ']}]}', '5:1', CONFLICT),
    'a conflict in a test': (BASE_HEAD + ENTRY[:-1] + ',\n<<<<<<< HEAD\n"sites":[]}]}]}', '6:1', CONFLICT),
    'a conflict after a test': (BASE_HEAD + ENTRY + '\n=======\n' + ENTRY + ']}]}', '6:1', CONFLICT),
    'a conflict at the end': (BASE_HEAD + ENTRY + ']}]}\n>>>>>>> branch\n', '6:1', CONFLICT),
    'no conflict': (BASE_HEAD + '<<<<<<', '5:1', "expected an object, not '<'"),
    'results are no baseline': (HEAD + '"tests":[]}', '1:11',
                                'schema "alloc-tracker-results/1"; this version reads'
                                ' "alloc-tracker-baseline/1"'),
    'an entry twice': (BASE_HEAD + ENTRY + ',\n' + ENTRY + ']}]}', '6:1',
                       'test a::b is in this section twice'),
    'a section twice': (BASE_HEAD + ']},\n' + BASE_HEAD[BASE_HEAD.index('{"env'):] + ']}]}', '6:16',
                        'this environment has a section already'),
    'a tolerance': (BASE_HEAD + ENTRY[:-1] + ',"allow":{"allocs":"2"}}]}]}', '5:72',
                    'expected a tolerance, "+2" or "+5%", not "2"'),
    'a metric is missing': (BASE_HEAD + '{"id":"a"}]}]}', '5:10', 'member "allocs" is missing'),
}


def check_refused(what, done, path, place, reason):
    check_equal(done.returncode, 2, f'{what}: exit status')
    check_equal(done.stdout, '', f'{what}: standard output')
    where = f'alloc-tracker: {path}:'
    seen = done.stderr
    good = seen.startswith(where + (f'{place}: ' if place else '')) and \
        seen.endswith(f': {reason.format(path)}\n') and seen.count('\n') == 1
    check(good, f'{what}: {place}: {reason}', seen)


def limited():
    resource.setrlimit(resource.RLIMIT_AS, (64 << 20, 64 << 20))


def check_huge(directory):
    huge = directory / 'huge.json'
    with open(huge, 'wb') as file:
        file.truncate(2 << 30)
    done = made.tool('show', huge, preexec_fn=limited)
    check_refused('2 GiB of nothing', done, huge, '1:1', 'expected an object, not the byte 0x00')
    with open(huge, 'r+b') as file:
        file.write((HEAD + '"tests":[\n').encode() + GOOD.replace('a.c', 'x' * 1000000).encode()[:-200])
    done = made.tool('show', huge, preexec_fn=limited)
    check_equal(done.returncode, 2, '2 GiB of nothing behind a good start: exit status')


def main():
    with tempfile.TemporaryDirectory() as directory:
        directory = pathlib.Path(directory)
        output, base = directory / 'out', directory / 'base'
        for what, (text, place, reason) in RESULTS.items():
            path = directory / 'bad.json'
            path.write_bytes(text.encode(errors='surrogateescape'))
            check_refused(what, made.tool('merge', '-o', output, path), path, place, reason)
            check(not output.exists(), f'{what}: nothing is written')
            made.write(base, BASE_HEAD + ENTRY + ']}]}')
            check_refused(what, made.tool('update', '--baseline', base, path), path, place, reason)
            check_equal(base.read_text(), BASE_HEAD + ENTRY + ']}]}', f'{what}: the old file remains')
        good = made.write(directory / 'good.json', HEAD + '"tests":[' + GOOD + ']}')
        for what, (text, place, reason) in BASELINES.items():
            path = made.write(directory / 'bad.base', text)
            check_refused(what, made.tool('check', '--baseline', path, good), path, place, reason)
            check_refused(what, made.tool('update', '--baseline', path, good), path, place, reason)
            check_equal(path.read_text(), text, f'{what}: the file remains')
        check_huge(directory)
        missing = made.tool('show', directory / 'none.json')
        made.check_run('no such file', missing, 2, '',
                       f'alloc-tracker: {directory}/none.json: No such file or directory\n')
        made.check_run('a directory', made.tool('show', directory), 2, '',
                       f'alloc-tracker: {directory}: Is a directory\n')
        done = subprocess.run([made.TOOL, 'show', '-'], input='{', capture_output=True, text=True)
        made.check_run('standard input', done, 2, '', 'alloc-tracker: (standard input):1:2: the file '
                       'ends where a string is expected\n')
    finish()


main()
