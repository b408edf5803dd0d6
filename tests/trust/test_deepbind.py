# SPDX-License-Identifier: MIT
"""An object that is opened with RTLD_DEEPBIND, or in a namespace of its own, calls libc's malloc. From
then on, each region, report, statement, block, criterion, budget, sweep, test and program that ends is
unobserved. An object that is loaded already, or that does not allocate by itself, changes nothing.
dlopen still searches the directories of its caller's object."""

import json
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import harness
from harness import check, check_equal

COMMAND = next(harness.STAGE.glob('**/bin/alloc-tracker'))
SECRET = '#include <stdlib.h>\nvoid use(void);\nvoid use(void) { free(malloc(50)); }\n'
# Opens an object in a directory that only this object names.
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
    int tracking = at_is_observable(&reason);
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
SPANS = USE + '''
#include <alloc_tracker/alloc_tracker.h>
static struct at_session *session;
static struct at_operation *begin(void)
{
    session = at_session_new();
    return at_session_operation(session, "work");
}
static void end(void)
{
    struct at_report *report;
    puts(at_status_string(at_session_report(session, &report)));
    at_session_print(session, stdout);
    at_session_free(session);
}
int main(int argc, char **argv)
{
    int mode = RTLD_NOW | (argc > 2 ? RTLD_DEEPBIND : 0);
    struct at_operation *work = begin();
    struct at_span span;
    if (strcmp(argv[1], "tracked") == 0)
        at_span_begin_tracked(work, AT_PROCESS, &span);
    else
        span = argv[1][0] == 't' ? at_span_begin_thread(work) : at_span_begin_process(work);
    if (use(mode))
        return 3;
    at_span_end(&span);
    end();
    work = begin();
    at_measure_thread(work) { }
    end();
    return 0;
}
'''
WORK = '#include <stdlib.h>\nvoid *work(void);\nvoid *work(void) { return malloc(1234); }\n'
COPIES = '#include <string.h>\nvoid *work(void);\nvoid *work(void) { return strdup("a text"); }\n'
EARLY = USE + '''
#include <alloc_tracker/criterion.h>
static __attribute__((constructor)) void open_early(void) { use(RTLD_NOW | RTLD_DEEPBIND); }
Test(early, without_limit) { cr_assert(1); }
Test(early, with_limit, .data = cr_alloc_budget(.leaks = at_most(1000))) { cr_assert(1); }
'''
# These tests have no limit, so nothing is checked at their end.
ENDS = USE + '''
#include <alloc_tracker/criterion.h>
#include <signal.h>
#include <unistd.h>
#define BUDGET .data = cr_alloc_budget(.allocs = at_most(1000))
enum { DEEP = RTLD_NOW | RTLD_DEEPBIND };
Test(ends, hidden_by_exit, .exit_code = 3, BUDGET) { use(DEEP); _exit(3); }
Test(ends, hidden_by_quick_exit, .exit_code = 3, BUDGET) { use(DEEP); quick_exit(3); }
Test(ends, hidden_by_signal, .signal = SIGTERM, BUDGET) { use(DEEP); raise(SIGTERM); }
Test(ends, hidden_without_limit, .exit_code = 3) { use(DEEP); _exit(3); }
Test(ends, seen_by_exit, .exit_code = 3, BUDGET) { use(RTLD_NOW); _exit(3); }
Test(ends, seen_by_signal, .signal = SIGTERM, BUDGET) { use(RTLD_NOW); raise(SIGTERM); }
'''
SUITES_OF = {'c': ['gcc', '-std=gnu17'], 'cpp': ['g++', '-std=c++17']}
REASON = ('libsecret.so was opened with RTLD_DEEPBIND, so its allocations do not reach '
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
                (0, ['dropped 1', f'0 {directory}/hidden/{REASON}', 'allocations cannot be observed in this process']),
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


def check_spans(directory, opener):
    program = directory / 'spans'
    compile(directory, 'spans', SPANS, '-o', program, *opener,
            *harness.pkg_config('--cflags', '--libs', 'alloc-tracker'))
    for kind in ('thread', 'process', 'tracked'):
        lines = harness.run([program, kind]).stdout.splitlines()
        check_equal([lines.count('success'), 'not observed' in str(lines)], [2, False],
                    f'span, {kind}: without RTLD_DEEPBIND there are reports')
        lines = harness.run([program, kind, 'deep']).stdout.splitlines()
        check_equal(lines[0::2], ['allocations cannot be observed in this process'] * 2,
                    f'span, {kind}: with it there is none')
        check(all(REASON in line for line in lines[1::2]), f'span, {kind}: the reason', lines)


def build_objects(directory):
    compile(directory, 'work', WORK, '-shared', '-fPIC', '-o', directory / 'libwork.so')
    compile(directory, 'lazy', WORK, '-shared', '-fPIC', '-Wl,-z,lazy', '-o',
            directory / 'liblazy.so')
    compile(directory, 'copies', COPIES, '-shared', '-fPIC', '-o', directory / 'libcopies.so')
    compile(directory, 'outer', 'int unused;\n', '-shared', '-fPIC', '-Wl,--no-as-needed',
            directory / 'libwork.so', f'-Wl,-rpath,{directory}', '-o', directory / 'libouter.so')
    (directory / 'link.so').symlink_to(directory / 'libwork.so')
    return {'WORK': directory / 'libwork.so', 'LINK': directory / 'link.so',
            'LAZY': directory / 'liblazy.so', 'OUTER': directory / 'libouter.so',
            'COPIES': directory / 'libcopies.so'}


def check_early(directory, opener):
    """The object was loaded before the first test."""
    source = directory / 'early.c'
    source.write_text(EARLY)
    suite = harness.compile_suite(directory, [source], 'gcc', ['-g', *opener, *harness.NO_BUILTIN])
    tests = harness.Run(suite).tests
    check_equal(tests['early::without_limit'].status, 'PASSED', 'early: no limit, no failure')
    check_equal(tests['early::with_limit'].status, 'FAILED', 'early: a limit fails')
    check(REASON in str(tests['early::with_limit'].messages), 'early: the reason',
          tests['early::with_limit'].messages)


def check_ends(directory, opener):
    """The test's process ended before observability could be checked."""
    source = directory / 'ends.c'
    source.write_text(ENDS)
    suite = harness.compile_suite(directory, [source], 'gcc', ['-g', *opener, *harness.NO_BUILTIN])
    results = directory / 'ends.json'
    run = harness.Run(suite, [f'--output=alloc:{results}'])
    measured = {test['id']: test for test in json.loads(results.read_text())['tests']}
    check_equal(len(measured), 6, 'ends: every test')
    for name, test in measured.items():
        hidden = 'hidden' in name
        fails = hidden and 'without_limit' not in name
        check_equal(run.tests[name].status, 'FAILED' if fails else 'PASSED', name)
        check_equal([test['verdict'] == 'unobserved', test['usage'] is None], [hidden, hidden],
                    f'{name}: its results')
        check_equal('RTLD_DEEPBIND' in test.get('reason', ''), hidden, f'{name}: the reason')
    check_equal(run.output.count('was opened with RTLD_DEEPBIND or dlmopen'), 3,
                'ends: the message')


def words_of(name):
    if name == 'hidden_namespace':
        return 'libwork.so was opened in another namespace by dlmopen()'
    library = 'liblazy' if name == 'hidden_lazy' else 'libwork'
    return f'{library}.so was opened with RTLD_DEEPBIND'


def check_suite(directory, language, flags):
    objects = build_objects(directory)
    program = harness.compile_suite(directory, [harness.SUITES / f'deepbind.{language}'], flags[0],
                                    ['-g', *flags[1:], *harness.NO_BUILTIN], link=['-pthread'])
    results = directory / 'results.json'
    tests = harness.Run(program, [f'--output=alloc:{results}'], **objects).tests
    check_equal(len(tests), 32, f'{language}: every test')
    for full, test in tests.items():
        name = full.split('::')[1]
        hidden = name.startswith('hidden_')
        check_equal(test.status, 'FAILED' if hidden else 'PASSED', f'{language}: {name}')
        check(not hidden or words_of(name) in str(test.messages), f'{language}: {name}: the reason',
              test.messages)
        if not hidden:
            check_equal(test.messages, [], f'{language}: {name}: nothing is said')
    measured = {test['id'].split('::')[1]: test for test in json.loads(results.read_text())['tests']}
    for name, test in measured.items():
        hidden = name.startswith('hidden_') or name == 'seen_without_any_limit'
        check_equal([test['verdict'] == 'unobserved', test['usage'] is None], [hidden, hidden],
                    f'{language}: {name}: its results')


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
        check_spans(directory, opener)
        check_early(directory, opener)
        check_ends(directory, opener)
        for language, flags in SUITES_OF.items():
            folder = directory / language
            folder.mkdir()
            check_suite(folder, language, flags)
    harness.finish()


main()
