# SPDX-License-Identifier: MIT
"""An object that is opened with RTLD_DEEPBIND calls libc's malloc: from then on no figure is called
whole, in a region that is open, in one that would begin, in a test and in a program. dlopen still
searches where its caller's object says."""

import json
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import check, check_equal

COMMAND = next(harness.STAGE.glob('**/bin/alloc-tracker'))
SECRET = '#include <stdlib.h>\nvoid use(void);\nvoid use(void) { free(malloc(50)); }\n'
# Opens what lies in a directory that only this object names.
OPENER = '''#define _GNU_SOURCE
#include <dlfcn.h>
void *open_secret(int mode);
void *open_secret(int mode) { return dlopen("libsecret.so", mode); }
'''
USE = '''#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
void *open_secret(int mode);
static int use(int mode)
{
    void *secret = open_secret(mode);
    if (!secret)
        return 1;
    ((void (*)(void)) dlsym(secret, "use"))();
    return 0;
}
'''
PROGRAM = USE + '''
#include <alloc_tracker/alloc_tracker.h>
int main(int argc, char **argv)
{
    (void) argc;
    int mode = RTLD_NOW | (strcmp(argv[1], "deep") == 0 ? RTLD_DEEPBIND : 0);
    struct at_region *region, *later = NULL;
    at_region_begin(AT_THREAD, &region);
    if (use(mode))
        return 3;
    at_region_end(region);
    struct at_usage usage = at_region_usage(region);
    const char *reason = NULL;
    int tracking = at_is_tracking(&reason);
    printf("dropped %d\\n%d %s\\n%s\\n", (int) usage.dropped, tracking, reason ? reason : "-",
           at_status_string(at_region_begin(AT_THREAD, &later)));
    return 0;
}
'''
PLAIN = USE + '''
int main(int argc, char **argv)
{
    (void) argc;
    return use(RTLD_NOW | (strcmp(argv[1], "deep") == 0 ? RTLD_DEEPBIND : 0));
}
'''
SUITE = USE + '''
#include <alloc_tracker/criterion.h>
Test(deep, bound)
{
    void *volatile handle;
    cr_permit_alloc { handle = open_secret(RTLD_NOW); }
    (void) handle;
    cr_expect_no_alloc(use(RTLD_NOW | RTLD_DEEPBIND));
}
'''
REASON = ('libsecret.so was opened with RTLD_DEEPBIND, so what it allocates does not reach '
          'alloc_tracker; open it without RTLD_DEEPBIND when measuring')


def compile(directory, name, text, *arguments):
    source = directory / f'{name}.c'
    source.write_text(text)
    done = harness.run(['cc', '-g', *harness.NO_BUILTIN, source, *arguments])
    check_equal((done.returncode, done.stderr), (0, ''), f'{name} builds')


def check_region(directory, opener):
    program = directory / 'program'
    compile(directory, 'program', PROGRAM, '-o', program, *opener,
            *harness.pkg_config('--cflags', '--libs', 'alloc-tracker'))
    done = harness.run([program, 'plain'])
    check_equal((done.returncode, done.stdout.splitlines()), (0, ['dropped 0', '1 -', 'success']),
                'without RTLD_DEEPBIND all is seen')
    done = harness.run([program, 'deep'])
    check_equal((done.returncode, done.stdout.splitlines()),
                (0, ['dropped 1', f'0 {REASON}', 'allocations cannot be observed in this process']),
                'with it that is said, and no region begins')


def check_program(directory, opener):
    program, results = directory / 'plain', directory / 'results.json'
    compile(directory, 'plain', PLAIN, '-o', program, *opener)
    for mode, status, verdict in (('shallow', 0, 'none'), ('deep', 1, 'unobserved')):
        done = harness.run([COMMAND, 'run', '-q', '-o', results, '--', program, mode])
        [test] = json.loads(results.read_text())['tests']
        check_equal(test['verdict'], verdict, f'run, {mode}: the verdict')
        check_equal(done.returncode != 0, status != 0, f'run, {mode}: the exit status')
        check((REASON in done.stderr) == (mode == 'deep'), f'run, {mode}: the reason', done.stderr)


def check_suite(directory, opener):
    source = directory / 'suite.c'
    source.write_text(SUITE)
    suite = harness.compile_suite(directory, [source], 'gcc', ['-g', *opener, *harness.NO_BUILTIN])
    test = harness.Run(suite).tests['deep::bound']
    check_equal(test.status, 'FAILED', 'a statement that opens one so fails')
    check(any(REASON in message for _, _, message in test.messages), 'the test says why',
          test.messages)


def main():
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        hidden = directory / 'hidden'
        hidden.mkdir()
        compile(directory, 'secret', SECRET, '-shared', '-fPIC', '-o', hidden / 'libsecret.so')
        compile(directory, 'opener', OPENER, '-shared', '-fPIC', '-o', directory / 'libopener.so',
                '-Wl,-rpath,$ORIGIN/hidden,--enable-new-dtags')
        opener = ['-Wl,--no-as-needed', f'-L{directory}', '-lopener', f'-Wl,-rpath,{directory}']
        check_region(directory, opener)
        check_program(directory, opener)
        check_suite(directory, opener)
    harness.finish()


main()
