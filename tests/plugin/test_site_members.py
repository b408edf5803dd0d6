# SPDX-License-Identifier: MIT
"""A call site in results has its part of the peak and the sizes of its requests. A frame has the text of its line, of
a source file with any bytes, but not of one that changed after the build. A test has the name of its program."""

import json
import os
import pathlib
import shutil
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import check, check_equal

HEAD = b'''\
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>
#include <alloc_tracker/criterion.h>
static void *kept[4];
static __attribute__((noinline)) void *grow(void *old, size_t n)
{
    return realloc(old, n); /* the size */
}
'''
# {test: (line with one call, expected text)}
LINES = {
    'blanks': (b'\t kept[0]  =\t\tmalloc( 1 ) ; \v', 'kept[0] = malloc( 1 ) ;'),
    'crlf': (b'    kept[0] = malloc(1);\r', 'kept[0] = malloc(1);'),
    'utf_8': ('kept[0] = malloc(1); /* größer */'.encode(), 'kept[0] = malloc(1); /* größer */'),
    'latin_1': (b'kept[0] = malloc(1); /* gr\xf6\xdfer */', 'kept[0] = malloc(1); /* gr\ufffd\ufffder */'),
    'control': (b'kept[0] = malloc(1); /* \x1b[31m\x08\x7f */', 'kept[0] = malloc(1); /* [31m */'),
    'quotes': (b'kept[0] = malloc(sizeof "\\"" ); /* </script> */', 'kept[0] = malloc(sizeof "\\"" ); /* </script> */'),
    'long_line': (b'kept[0] = malloc(1); /* ' + b'y' * 100000 + b' */', 'kept[0] = malloc(1); /* ' + 'y' * 176),
    'cut_character': (b'kept[0] = malloc(1); /* ' + b'y' * 175 + '€ */'.encode(), 'kept[0] = malloc(1); /* ' + 'y' * 175),
}
TAIL = b'''\
Test(sites, composition)
{
    for (int i = 0; i < 1000; i++)
        free(malloc(100)); /* not live at the peak */
    char *large = malloc(50000);
    for (int i = 1; i <= 3; i++)
        kept[i] = malloc((size_t) (10 * i)); /* three sizes */
    free(large);
    void *grown = NULL;
    for (size_t n = 4; n <= 4000; n += 3996)
        grown = grow(grown, n);
    free(grown);
}
Test(sites, one_line)
{
    kept[0] = malloc(8), kept[1] = malloc(16); free(kept[0]); kept[2] = malloc(4);
}
Test(sites, repeated, .data = cr_alloc_budget(.repeat = 3))
{
    static int run;
    kept[0] = malloc((size_t) ++run);
    free(kept[0]);
}
Test(sites, crashes, .signal = SIGSEGV)
{
    kept[0] = malloc(7);
    raise(SIGSEGV);
}
Test(sites, fails)
{
    cr_expect_no_alloc(kept[0] = malloc(5));
    cr_assert_eq(chdir("/"), 0);
    kept[1] = malloc(6); /* after chdir() */
}
'''


def write_suite(path):
    lines = [b'Test(lines, %s)\n{\n%s\n}\n' % (name.encode(), line) for name, (line, _) in LINES.items()]
    path.write_bytes(HEAD + b''.join(lines) + TAIL)


def run_suite(program, *arguments):
    path = program.parent / 'results.json'
    done = harness.run([program, f'--output=alloc:{path}', *arguments], cwd=program.parent)
    raw = path.read_bytes()
    raw.decode()  # is UTF-8
    harness.check_schema(path, 'results.schema.json', f'{arguments}: the schema')
    return done, raw, {test['id'].split('::')[1]: test for test in json.loads(raw)['tests']}


def inner_frame(test, site):
    return test['frames'][site['stack'][0]]


def check_texts(tests):
    for name, (_, text) in LINES.items():
        site, = tests[name]['sites']
        check_equal(inner_frame(tests[name], site)['source'], text, f'{name}: the text of the line')
    texts = [inner_frame(tests['fails'], site)['source'] for site in tests['fails']['sites']]
    check_equal(texts, ['kept[1] = malloc(6); /* after chdir() */', 'cr_expect_no_alloc(kept[0] = malloc(5));'],
                'the runner reads the source, wherever the test is')


def check_numbers(tests):
    members = ('count', 'bytes', 'min_bytes', 'max_bytes', 'peak_count', 'peak_bytes', 'leaks', 'leaked_bytes')
    sites = [[site[member] for member in members] for site in tests['composition']['sites']]
    check_equal(sites, [[1000, 100000, 100, 100, 0, 0, 0, 0], [1, 50000, 50000, 50000, 1, 50000, 0, 0],
                        [2, 4004, 4, 4000, 0, 0, 0, 0], [3, 60, 10, 30, 3, 60, 3, 60]], 'the numbers of the sites')
    check_equal([site['function'] for site in tests['composition']['sites']],
                ['malloc', 'malloc', 'realloc', 'malloc'], 'their functions')
    check_equal(list(tests['composition']['sites'][0]), ['function', 'stack', *members], 'the order of members')
    check_equal([[site[member] for member in members] for site in tests['one_line']['sites']],
                [[3, 28, 4, 16, 2, 24, 2, 20]], 'three calls on one line are one site')
    for test in tests.values():
        at_peak = sum(site['peak_bytes'] for site in test['sites'] or [])
        if test['sites'] is not None:
            check_equal(at_peak, test['usage']['peak'], f'{test["id"]}: the parts of the peak add up')
    check_equal(tests['crashes']['sites'], None, 'a crashed test has no sites')
    check_equal(tests['repeated']['sites'][0]['max_bytes'], 3, 'the last of three runs')


def check_changed_source(program, source):
    """Check that a source file that is newer than the program gives no text, in results and in messages."""
    built = program.stat().st_mtime_ns
    for age, seen in ((built, True), (built + 1, False)):
        os.utime(source, ns=(age, age))
        done, _, tests = run_suite(program, '--filter=sites/fails')
        frames = tests['fails']['frames']
        check_equal(['source' in frame for frame in frames], [seen] * len(frames), f'text in results: {age - built}')
        check_equal([frame['line'] > 0 for frame in frames], [True] * len(frames), 'lines in any case')
        check_equal('fails  suite.c:' in done.stderr, True, f'the message has the line: {done.stderr}')
        check_equal(done.stderr.count('kept[0] = malloc(5)'), 2 if seen else 1, f'the text in the message: {age - built}')


def check_program_names(program):
    libtool = program.parent / '.libs'
    libtool.mkdir()
    for copy, name in ((libtool / 'lt-ring_test', 'ring_test'), (libtool / 'ring_test', 'ring_test'),
                       (program.parent / 'lt-ring_test', 'lt-ring_test')):
        shutil.copy2(program, copy)
        path = program.parent / 'named.json'
        harness.run([copy, f'--output=alloc:{path}', '--filter=lines/crlf'])
        check_equal(json.loads(path.read_text())['tests'][0]['program'], name, f'the program of {copy}')


def check_run(directory):
    """Check a program that is not a suite: libtool's name, and the program of a forked child."""
    tool = next(harness.STAGE.glob('**/bin/alloc-tracker'))
    source = directory / 'plain.c'
    source.write_text('#include <stdlib.h>\n#include <sys/wait.h>\n#include <unistd.h>\nvoid *volatile block;\n'
                      'int main(void)\n{\n    block = malloc(3); /* plain */\n    free(block);\n'
                      '    if (fork() == 0) {\n        block = malloc(4); /* child */\n        exit(0);\n    }\n'
                      '    wait(NULL);\n    return 0;\n}\n')
    (directory / '.libs').mkdir(exist_ok=True)
    program = directory / '.libs' / 'lt-plain'
    done = harness.run(['gcc', '-g', '-O0', source, '-o', program])
    check_equal(done.returncode, 0, 'it builds')
    path = directory / 'run.json'
    done = harness.run([tool, 'run', '-o', path, '--', program])
    check_equal(done.returncode, 0, f'alloc-tracker run: {done.stderr}')
    rows = [(test['id'], test['program'], [inner_frame(test, site).get('source') for site in test['sites']])
            for test in json.loads(path.read_text())['tests']]
    check_equal(rows, [('plain', 'plain', ['block = malloc(3); /* plain */']),
                       ('plain/plain', 'plain', ['block = malloc(4); /* child */'])], 'processes of a program')
    harness.check_schema(path, 'results.schema.json', 'alloc-tracker run: the schema')


def main():
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        source = directory / 'suite.c'
        write_suite(source)
        program = harness.compile_suite(directory, [source], 'gcc', ['-g', '-O0', '-w', *harness.NO_BUILTIN])
        _, one, tests = run_suite(program, '-j1')
        check_equal(run_suite(program, '-j8')[1] == one, True, 'the same bytes with one job and with eight')
        check_texts(tests)
        check_numbers(tests)
        check_equal({test['program'] for test in tests.values()}, {'suite'}, 'the program of each test')
        check_program_names(program)
        check_run(directory)
        check_changed_source(program, source)
    harness.finish()


main()
